"""The images that excite filters most, as tiles."""

from __future__ import annotations

from convatlas.lenses.crops.records import read_crops
from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.parts.sprite import Cut, SpriteView
from convatlas.lenses.photographs.records import read_photograph
from convatlas.model.crops import window
from convatlas.model.facts import Layer, NetworkFacts
from convatlas.model.record_index import RecordIndex


class ExamplesSprite(SpriteView):
    """The window of a filter's strongest image, as far as it may be shown."""

    name = "examples"
    place = 200

    def cut(
        self, network: NetworkFacts, records: RecordIndex, layer: Layer, index: int
    ) -> Cut | None:
        """Return the window of the published image, or the first published crop."""
        examples = read_examples(records, layer.name, index)
        if examples is None:
            return None
        strongest = examples.data["top"][0]
        photograph = read_photograph(records, strongest["image"])
        if photograph is None:
            return _first_window(records, layer, index)
        seen = window(layer, strongest["position"], network.preprocessing.size)
        return photograph.digest, (seen.left, seen.top, seen.width, seen.height)


def _first_window(records: RecordIndex, layer: Layer, index: int) -> Cut | None:
    crops = read_crops(records, layer.name, index)
    if crops is None:
        return None
    height, width = crops.data["size"]
    return crops.pictures["crops"].digest, (0, 0, width, height)
