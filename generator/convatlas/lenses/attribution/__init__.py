"""What in a filter's strongest images made it answer: each method is one sprite of windows."""

from convatlas.lenses.attribution.lens import Attribution

__all__ = ["Attribution"]
