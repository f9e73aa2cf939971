"""Tests of the documentation: what a page says is so."""
