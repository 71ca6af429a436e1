"""What stands out in an atlas: the filters that its author chose, else the strongest findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from convatlas.lenses.examples import text as sentences
from convatlas.lenses.examples.text import labels
from convatlas.lenses.maximize.text import compared
from convatlas.site.health import ALWAYS
from convatlas.ui import text as words
from convatlas.ui.thumbnails import Fact, made_for

Known = tuple[Fact, Fact]
"""A layer and one of its filters."""


MANY = 200
"""Images from which on one of a hundred says something."""


class Highlight(NamedTuple):
    """A filter that stands out: why, in a word or two, and what there is to it, in a sentence."""

    network: Fact
    layer: Fact
    filter: Fact
    why: str
    text: str


def highlights(
    manifest: Fact, filters: Mapping[str, tuple[Fact, Fact, Fact]], most: int
) -> list[Highlight]:
    """Those that the author of the atlas chose, all of them; else at most so many findings.

    :param filters: filter, layer and network by the path of the filter's page.
    """
    chosen = [
        Highlight(network, layer, filter, (filter["note"] or {}).get("name") or "", entry["text"])
        for entry in manifest["highlights"]
        for filter, layer, network in [filters[entry["href"]]]
    ]
    if chosen:
        return chosen
    turns = zip_longest(*(strongest(network) for network in manifest["networks"]))
    return [found for found in chain.from_iterable(turns) if found][:most]


def strongest(network: Fact) -> list[Highlight]:
    """The filters of a network that stand out most, each for one reason."""
    live = [
        (layer, filter)
        for layer in network["layers"]
        for filter in layer["filters"]
        if not filter["dead"]
    ]
    found: list[Highlight] = []
    for why, measure, tell in REASONS:
        taken = [highlight.filter for highlight in found]
        known = [(value, pair) for pair in live if (value := measure(*pair)) is not None]
        free = [(value, pair) for value, pair in known if not any(pair[1] is old for old in taken)]
        if free:
            _, (layer, filter) = max(free, key=lambda entry: entry[0])
            found.append(Highlight(network, layer, filter, why, tell(layer, filter)))
    return [*found, *_doubles(network)]


def _ratio(layer: Fact, filter: Fact) -> float | None:
    made = filter["maximize"]["positive"] if made_for(filter) else None
    return made["ratio"] if made and made["passed"] else None


def _excited(layer: Fact, filter: Fact) -> str:
    told = compared(filter["maximize"]["positive"], filter["examples"])
    return f"The picture made for it reaches {told}."


def _selective(layer: Fact, filter: Fact) -> float | None:
    classes = (filter["examples"] or {}).get("classes")
    if not classes or classes[0]["images"] < 2 or classes[0]["mean"] <= 0:
        return None
    value: float | None = filter["examples"]["selectivity"]
    return value


def _classed(layer: Fact, filter: Fact) -> str:
    examples = filter["examples"]
    return f"Best class: {examples['classes'][0]['label']}. {sentences.selectivity(examples)}"


def _rare(layer: Fact, filter: Fact) -> float | None:
    share = filter["examples"]["share_images"] if filter["examples"] else 0
    return -share if layer["rectified"] and 0 < share < 0.25 else None


def _seldom(layer: Fact, filter: Fact) -> str:
    examples = filter["examples"]
    named = labels(examples, 1)
    best = f"; most of all {named[0]}" if named else ""
    images = words.plural(examples["images"], "image")
    return f"{words.percent(examples['share_images'])} of {images} bring it above zero{best}."


def _busy(layer: Fact, filter: Fact) -> float | None:
    share: float | None = filter["examples"]["share_positions"] if filter["examples"] else None
    return share if layer["rectified"] and share is not None and share >= ALWAYS else None


def _always(layer: Fact, filter: Fact) -> str:
    share = words.percent(filter["examples"]["share_positions"])
    return f"Above zero at {share} of all positions, so that nothing of it is cut off."


def _alone(layer: Fact, filter: Fact) -> float | None:
    """The highest response in units of what one of a hundred images reaches."""
    examples = filter["examples"]
    if not examples or examples["images"] < MANY or examples["percentiles"]["99"] <= 0:
        return None
    times: float = examples["bounds"]["highest"] / examples["percentiles"]["99"]
    return times


def _lonely(layer: Fact, filter: Fact) -> str:
    named = labels(filter["examples"], 1)
    times = words.number(_alone(layer, filter), 2)
    best = f"{named[0]}, its strongest image," if named else "Its strongest image"
    return f"{best[0].upper()}{best[1:]} reaches {times} times what one of a hundred does."


def _below(layer: Fact, filter: Fact) -> float | None:
    """How far it goes below zero, in units of how far it goes above."""
    bounds = filter["examples"]["bounds"] if filter["examples"] else {"highest": 0}
    return (
        -bounds["lowest"] / bounds["highest"] if bounds["highest"] > 0 > bounds["lowest"] else None
    )


def _inhibited(layer: Fact, filter: Fact) -> str:
    bounds, times = filter["examples"]["bounds"], words.number(_below(layer, filter), 2)
    low, high = words.number(bounds["lowest"]), words.number(bounds["highest"])
    return f"Images bring it {times} times as far below zero as above: from {low} to {high}."


Measure = Callable[[Fact, Fact], Any]
Tell = Callable[[Fact, Fact], str]
REASONS: Sequence[tuple[str, Measure, Tell]] = (
    ("Furthest beyond every image", _ratio, _excited),
    ("Most selective", _selective, _classed),
    ("Seldom above zero", _rare, _seldom),
    ("Always on", _busy, _always),
    ("One image above all", _alone, _lonely),
    ("Rather inhibited", _below, _inhibited),
)
"""Why filters stand out: what is to be highest (None: it does not count), and what is told."""


def _doubles(network: Fact) -> Iterator[Highlight]:
    """The two filters of a layer that answer most alike."""
    pairs = [
        (pair, layer) for layer in network["layers"] for pair in layer["health"]["duplicates"] or ()
    ]
    if pairs:
        (one, other, correlation), layer = max(pairs, key=lambda entry: entry[0][2])
        filter = next(found for found in layer["filters"] if found["index"] == one)
        told = f"Correlation {words.number(correlation, 4)} with filter {other} of its layer."
        yield Highlight(network, layer, filter, "Near-duplicate", told)
