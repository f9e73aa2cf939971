"""Dashboard 看板: read-only figures of the service."""
