"""Suspects: what an auditor of a network's classes would look at first."""

from convatlas.lenses.suspects.lens import Suspects

__all__ = ["Suspects"]
