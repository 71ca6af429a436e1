"""The kernels' part of the manifest."""

from __future__ import annotations

from convatlas.lenses.kernels.entries import KernelsEntry
from convatlas.lenses.kernels.records import read_kernel
from convatlas.lenses.parts.section import Entries, LayerResults, Place, Section


class KernelsSection(Section):
    """Each filter's kernel."""

    entry = KernelsEntry

    def entries(self, layer: LayerResults) -> Entries:
        """Return what makes a filter's ``KernelsEntry``."""

        def entry(index: int, place: Place) -> KernelsEntry | None:
            kernel = read_kernel(layer.records, layer.layer.name, index)
            if kernel is None:
                return None
            return {**kernel.data, "picture": place("kernel", kernel.pictures["kernel"])}

        return entry
