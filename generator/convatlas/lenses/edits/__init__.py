"""Edits: which filters notice a change to the images, what it does to the scores, and by which."""

from convatlas.lenses.edits.lens import Edits

__all__ = ["Edits"]
