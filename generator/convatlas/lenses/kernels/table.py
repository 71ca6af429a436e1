"""Kernels on a layer's page."""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.lenses.kernels.entries import kernels
from convatlas.lenses.parts.table import Export, Table, TileView
from convatlas.model.manifest import Layer
from convatlas.ui.rounding import rounded

DIGITS = 3
"""Significant digits of norms."""


def _drawn(layer: Layer) -> bool:
    """Return whether the layer's kernels are single pictures, not rows of slices."""
    entries = (kernels(filter) for filter in layer["filters"])
    return any(entry is not None and entry["mode"] != "slices" for entry in entries)


class KernelsTable(Table):
    """Kernels on a layer's page."""

    view = TileView("kernels", "kernels", place=300, stands=_drawn, rank=200)

    def export(self, entries: Sequence[object]) -> Export:
        """Return the kernels of a layer's filters; norms have three significant digits."""
        return Export([rounded(entry, DIGITS) for entry in entries], {})
