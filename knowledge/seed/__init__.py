"""Seed knowledge: the entries that the project ships, loaded once and brought up to date."""
