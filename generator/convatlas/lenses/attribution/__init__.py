"""Attribution: which pixels of its strongest images a filter responds to, by several methods."""

from convatlas.lenses.attribution.lens import Attribution

__all__ = ["Attribution"]
