"""Consultation 咨询: one citizen's conversation, its messages and turns."""
