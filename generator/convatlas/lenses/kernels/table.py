"""Kernels on a layer's page."""

from __future__ import annotations

from convatlas.lenses.kernels.entries import kernels
from convatlas.lenses.parts.table import Table, TileView
from convatlas.model.manifest import Layer


def _drawn(layer: Layer) -> bool:
    """Return whether the layer's kernels are single pictures, not rows of slices."""
    entries = (kernels(filter) for filter in layer["filters"])
    return any(entry is not None and entry["mode"] != "slices" for entry in entries)


class KernelsTable(Table):
    """Kernels on a layer's page."""

    view = TileView("kernels", "kernels", place=300, stands=_drawn, rank=200)
