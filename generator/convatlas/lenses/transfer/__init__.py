"""Transfer: whether other networks see in a filter's picture what it was made to show."""

from convatlas.lenses.transfer.lens import Transfer

__all__ = ["Transfer"]
