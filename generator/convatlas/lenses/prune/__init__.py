"""The prune audit: what is left of a network whose least important filters are masked."""

from convatlas.lenses.prune.lens import Prune

__all__ = ["Prune"]
