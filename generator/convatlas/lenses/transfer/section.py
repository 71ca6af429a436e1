"""The part of the manifest on transfer."""

from __future__ import annotations

from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.parts.section import Entries, LayerResults, Place, Section
from convatlas.lenses.transfer.entries import TransferEntry
from convatlas.lenses.transfer.rank import Beaten, beaten
from convatlas.lenses.transfer.records import read_transfer
from convatlas.model.facts import ForeignPicture
from convatlas.ui.network_results import NetworkResults


class TransferSection(Section):
    """What other networks answer to each filter's picture."""

    entry = list[TransferEntry]

    def entries(self, layer: LayerResults) -> Entries | None:
        """Return the function that makes a filter's entries; None if no other network has any."""
        found: dict[int, list[TransferEntry]] = {}
        own = layer.network.network.name, layer.layer.name
        for judge in layer.others:
            for foreign in judge.foreign:
                if (foreign.network, foreign.layer) == own:
                    entry = _entry(layer, judge, foreign)
                    found.setdefault(foreign.index, []).extend(entry)
        if not any(found.values()):
            return None

        def entry_of(index: int, place: Place) -> list[TransferEntry] | None:
            return found.get(index) or None

        return entry_of


def _entry(
    layer: LayerResults, judge: NetworkResults, foreign: ForeignPicture
) -> list[TransferEntry]:
    """Return what a network answers to a picture; nothing if it is not known yet."""
    record = read_transfer(judge.records, foreign)
    examples = read_examples(judge.records, foreign.twin_layer, foreign.twin)
    if record is None or examples is None:
        return []
    response = record.data["response"]
    known = None if response is None else beaten(response, examples.data)
    images = known.images if known else examples.data["images"]
    name = judge.network.name
    return [
        {
            "network": name,
            "filter": f"{name}/{foreign.twin_layer}/{foreign.twin}",
            "href": layer.href(name, foreign.twin_layer, foreign.twin),
            "correlation": foreign.correlation,
            "response": response,
            "percentile": known and _percent(known.least, known),
            "at_most": known and _percent(known.most, known, up=known.least < known.most),
            "images": images,
            "sample": images < examples.data["images"],
        }
    ]


def _percent(count: int, known: Beaten, *, up: bool = False) -> float:
    """Return a share in percent to two decimals, rounded down so that 100 means all images."""
    hundredths = 10_000 * count
    return (-(-hundredths // known.images) if up else hundredths // known.images) / 100
