"""Consoles: server-rendered pages for citizens and staff."""
