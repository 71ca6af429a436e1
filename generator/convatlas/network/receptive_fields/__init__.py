"""Receptive fields, followed through every operation of a forward pass."""
