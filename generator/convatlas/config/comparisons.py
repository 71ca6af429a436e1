"""Which pairs of networks an atlas compares, and which networks are timelines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convatlas.config.raw_values import Place
from convatlas.config.schema import Atlas, Comparison, Expect
from convatlas.model.comparison import Match


@dataclass(frozen=True)
class Wanted:
    """Two networks to compare."""

    before: str
    after: str
    match: Match
    expect: Expect
    """Empty for the pairs of a timeline other than that of its first network with its last."""
    place: Place
    """The entry of the file that asks for it."""


def pairs_wanted(atlas: Atlas) -> list[Wanted]:
    """Return the pairs in the order of the file, with those of timelines."""
    return [
        wanted for index, entry in enumerate(atlas.compare) for wanted in _pairs_of(entry, index)
    ]


def timelines_wanted(atlas: Atlas) -> list[tuple[str, ...]]:
    """Return the networks of each timeline in the order of time."""
    return [tuple(entry.networks) for entry in atlas.compare if entry.networks]


def _pairs_of(entry: Comparison, index: int) -> Iterator[Wanted]:
    """Yield the pair of an entry or, of a timeline, each network with the last."""
    place = ("compare", index)
    if entry.before and entry.after:
        yield Wanted(entry.before, entry.after, entry.match, entry.expect, place)
    *earlier, last = entry.networks or [""]
    for number, network in enumerate(earlier):
        expect = Expect() if number else entry.expect
        yield Wanted(network, last, entry.match, expect, place)
