"""Filters that do much for a class, but which images of other classes excite most.

In the layers where what excites a filter is as a rule what it is for, a filter of which that is not
so may have found something that the class shares with others, such as a background or a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from convatlas.lenses.suspects.records import ExcitedByOthers
from convatlas.lenses.suspects.strong import Strong

RULE = 2 / 3
"""The share of the strongest images that must be of the class for the median filter of a layer."""
FEW = 1 / 3
"""The share up to which a filter is a suspect."""
FILTERS = 4
"""The number of filters that a layer must have to tell what is usual."""


class Exciting(NamedTuple):
    """The strongest images of a filter that does much for a class."""

    own: int
    """How many are of the class."""
    most: int
    """How many could be."""
    of: int
    """How many they are."""


def exciting(
    found: Sequence[Strong],
    strongest: Callable[[int], Collection[int]],
    images: Mapping[int, set[int]],
) -> list[Exciting]:
    """Return what excites filters.

    Args:
        found: The filters of one layer that do much for some class.
        strongest: Returns a filter's strongest images.
        images: The images of each class.
    """
    pairs = [(strongest(each.filter), images[each.number]) for each in found]
    return [
        Exciting(len(own.intersection(shown)), min(len(own), len(shown)), len(shown))
        for shown, own in pairs
    ]


def usual_share(told: Sequence[Exciting]) -> float:
    """Return what share of their strongest images is usually of the class, 0 to 1.

    It is 0 where there are too few filters to tell.
    """
    shares = [each.own / each.most for each in told if each.most]
    return median(shares) if len(shares) >= FILTERS else 0.0


def excited_by_others(
    found: Sequence[Strong], told: Sequence[Exciting]
) -> Iterator[tuple[int, ExcitedByOthers]]:
    """Yield the suspects of a layer, each with the class's index, given what excites each."""
    if usual_share(told) < RULE:
        return
    usual = median(each.own for each in told)
    for each, seen in zip(found, told, strict=True):
        if seen.own <= FEW * seen.most:
            suspect: ExcitedByOthers = {
                "layer": each.layer,
                "index": each.filter,
                "effect": each.effect,
                "own": seen.own,
                "of": seen.of,
                "usual": usual,
            }
            yield each.number, suspect
