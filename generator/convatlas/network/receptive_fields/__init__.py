"""Receptive fields, propagated through every operation of a forward pass."""
