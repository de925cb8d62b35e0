"""Planting changes and seeing whether the tests notice."""
