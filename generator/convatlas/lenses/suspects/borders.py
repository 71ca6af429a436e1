"""Filters that do much for a class and fire at one place at the border of its images.

What a class is, is rarely at the border of all its images; a mark, a frame or a background may be.
A texture that fills the image makes filters fire everywhere, and peak wherever the padding lets
them: so images count only if little of the map lies above zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, lgamma, log, log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convatlas.lenses.parts.peaks import GRID, Peaks
from convatlas.lenses.parts.spread import spread
from convatlas.lenses.suspects.records import AtBorder
from convatlas.lenses.suspects.strong import Strong
from convatlas.model.records import short

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

MOST = 0.5
"""The share of the class's images on which a filter must fire there."""
ODDS = 4.0
"""By how many times the odds of that must be those on the other images on which it fires, and those
of the layer's filters where they fire."""
CHANCE = 0.01
"""How likely one false alarm may be in a network whose filters fire alike on all classes."""
SHOWN = 6
"""Maximum number of images that are shown."""

ROOM = 3
"""By how many sixteenths of the map that which lies above zero may be more than the place."""
FULL = 12
"""How many sixteenths it may be at most."""
TINY = 1e-9
"""The least share that is told from none, and from all."""

_LAST = GRID - 1
_ROW, _COLUMN = np.divmod(np.arange(GRID * GRID), GRID)

PLACES: Mapping[str, Flags] = {
    "top left": (_ROW == 0) & (_COLUMN == 0),
    "top right": (_ROW == 0) & (_COLUMN == _LAST),
    "bottom left": (_ROW == _LAST) & (_COLUMN == 0),
    "bottom right": (_ROW == _LAST) & (_COLUMN == _LAST),
    "top": _ROW == 0,
    "bottom": _ROW == _LAST,
    "left": _COLUMN == 0,
    "right": _COLUMN == _LAST,
    "border": np.isin(_ROW, (0, _LAST)) | np.isin(_COLUMN, (0, _LAST)),
}
"""The cells [16] of each place, the smallest places first."""
NAMES = tuple(PLACES)


def at_border(
    found: Sequence[Strong],
    peaks: Mapping[int, Peaks],
    members: Mapping[int, Flags],
    sampled: NDArray[np.int64],
    tests: int,
) -> Iterator[tuple[int, AtBorder]]:
    """Yield a layer's suspects, each with the class's index.

    Args:
        found: The filters of the layer that do much for some class.
        peaks: Those of each of its filters.
        members: Which images of the sample are of a class [images].
        sampled: The images of the sample, by their indices in the set.
        tests: How many filters of all layers are looked into, for one class or another.
    """
    if not found or not peaks:
        return
    firing = {index: Firing.of(own) for index, own in peaks.items()}
    usual: Floats = np.mean([own.shares for own in firing.values() if own.at_all.any()], 0)
    for each in found:
        member = members[each.number]
        if each.filter not in firing or not member.any():
            continue
        own = firing[each.filter]
        place = own.stands_out(member, usual, CHANCE / (tests * len(PLACES)))
        if place is not None:
            cells = peaks[each.filter].cells[member & own.at_all]
            images = sampled[own.at[place] & member]
            others = own.at_all & ~member
            yield (
                each.number,
                {
                    "layer": each.layer,
                    "index": each.filter,
                    "effect": each.effect,
                    "place": NAMES[place],
                    "own": len(images),
                    "of": int(member.sum()),
                    "others": short(float(own.at[place, others].mean())) if others.any() else None,
                    "layer_share": short(float(usual[place])),
                    "cells": np.bincount(cells, minlength=GRID * GRID).tolist(),
                    "images": images[spread(len(images), SHOWN)].tolist(),
                },
            )


class Firing(NamedTuple):
    """The images on which a filter fires."""

    at_all: Flags
    """Whether it does [images]."""
    at: Flags
    """Whether it does at each place and hardly anywhere else [9, images]."""

    @classmethod
    def of(cls, peaks: Peaks) -> Firing:
        """Return what a filter's peaks say."""
        places = [
            inside[peaks.cells] & (peaks.filled <= min(int(inside.sum()) + ROOM, FULL))
            for inside in PLACES.values()
        ]
        at_all = peaks.filled > 0
        return cls(at_all, np.stack(places) & at_all)

    @property
    def shares(self) -> Floats:
        """On what share of the images on which it fires it does at each place alone [9]."""
        shares: Floats = self.at.sum(1) / max(int(self.at_all.sum()), 1)
        return shares

    def stands_out(self, member: Flags, usual: Floats, chance: float) -> int | None:
        """Return the smallest place that stands out for a class, by its number, or None.

        Args:
            member: Which images are of the class.
            usual: The mean of ``shares`` over the filters of the layer.
            chance: How likely it may be that the filter fires there on so many of them.
        """
        count, images = self.at[:, member].sum(1), int(member.sum())
        others = self.at_all & ~member
        # The fewer other images it fires on, the more the layer stands for them.
        mean = (self.at[:, others].sum(1) + usual) / (others.sum() + 1)
        most = np.maximum(mean, usual).clip(TINY, 1 - TINY)
        odds = (count + 0.5) / (images - count + 0.5)  # as is usual where a count may be zero
        likely = (count >= MOST * images) & (odds >= ODDS * most / (1 - most))
        for place in np.flatnonzero(likely).tolist():
            if _chance(int(count[place]), images, float(most[place])) <= chance:
                return int(place)
        return None


def _chance(count: int, images: int, share: float) -> float:
    """Return how likely at least so many of some images are of a kind that has a share of all."""
    yes, no = log(share), log1p(-share)
    whole = lgamma(images + 1)
    return sum(
        exp(whole - lgamma(k + 1) - lgamma(images - k + 1) + k * yes + (images - k) * no)
        for k in range(count, images + 1)
    )
