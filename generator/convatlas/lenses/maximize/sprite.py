"""The pictures that excite filters, as tiles."""

from __future__ import annotations

from convatlas.lenses.maximize.records import read_attempts
from convatlas.lenses.parts.sprite import Cut, SpriteView
from convatlas.model import scores
from convatlas.model.facts import Layer, NetworkFacts
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture


class MaximizeSprite(SpriteView):
    """The best attempt at exciting a filter."""

    name = "made"
    place = 100
    shareable = True

    def cut(
        self, network: NetworkFacts, records: RecordIndex, layer: Layer, index: int
    ) -> Cut | None:
        """Return the whole picture."""
        picture = exciting_picture(records, layer, index)
        return (picture.digest, None) if picture else None

    def has_hue(self, records: RecordIndex, layer: str, index: int) -> bool:
        """Return True: the colours are what the filter responds to."""
        return True


def exciting_picture(records: RecordIndex, layer: Layer, index: int) -> Picture | None:
    """Return the best attempt at exciting a filter; None if there is none or it fails to."""
    attempts = [record for _, record in read_attempts(records, layer.name, index, "positive")]
    if not attempts:
        return None
    best = attempts[scores.best([record.data for record in attempts], "positive")]
    response = best.data["response"]
    fails = response is None or (layer.rectified and response <= 0)
    return None if fails else best.pictures["picture"]
