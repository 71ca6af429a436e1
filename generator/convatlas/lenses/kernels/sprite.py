"""Kernels as tiles."""

from __future__ import annotations

from convatlas.lenses.kernels.records import read_kernel
from convatlas.lenses.parts.sprite import Cut, SpriteView
from convatlas.model.facts import Layer, NetworkFacts
from convatlas.model.record_index import RecordIndex


class KernelsSprite(SpriteView):
    """The kernel in colour or grey, or its strongest slice."""

    name = "kernels"
    place = 300
    lossless = True

    def cut(
        self, network: NetworkFacts, records: RecordIndex, layer: Layer, index: int
    ) -> Cut | None:
        """Return the first of the tiles side by side."""
        kernel = read_kernel(records, layer.name, index)
        if kernel is None:
            return None
        height, width = kernel.data["size"]
        return kernel.pictures["kernel"].digest, (0, 0, width, height)

    def has_hue(self, records: RecordIndex, layer: str, index: int) -> bool:
        """Return whether the kernel is drawn in the colours of its input."""
        kernel = read_kernel(records, layer, index)
        return kernel is not None and kernel.data["mode"] == "colour"
