"""Checks of a published site."""
