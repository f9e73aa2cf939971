"""Tests of the images and compose files, as far as they go without a Docker engine."""
