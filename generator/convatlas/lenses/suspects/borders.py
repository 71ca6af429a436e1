"""Filters that do much for a class and fire at one place at the border of its images.

What a class is, is rarely at the border of all its images; a mark, a frame or a background may be.
A texture that fills the image makes filters fire everywhere, and peak wherever the padding lets
them: so images count only if little of the map lies above zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, lgamma

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
"""By how many times the odds of that must be those of other images, and of the layer's filters."""
CHANCE = 0.01
"""How likely one false alarm may be in a network whose filters fire alike on all classes."""
SHOWN = 6
"""Maximum number of images that are shown."""

ROOM = 3
"""By how many sixteenths of the map that which lies above zero may be more than the place."""
FULL = 12
"""How many sixteenths it may be at most."""

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
    fires = {index: _fires(own) for index, own in peaks.items()}
    usual: Floats = np.mean([own.mean(1) for own in fires.values()], 0)
    for each in found:
        member = members[each.number]
        if each.filter not in peaks or not member.any() or member.all():
            continue
        place = _place(fires[each.filter], member, usual, CHANCE / (tests * len(PLACES)))
        if place is not None:
            there, cells = fires[each.filter][place], peaks[each.filter].cells
            images = sampled[there & member]
            yield (
                each.number,
                {
                    "layer": each.layer,
                    "index": each.filter,
                    "effect": each.effect,
                    "place": NAMES[place],
                    "own": len(images),
                    "of": int(member.sum()),
                    "others": short(float(there[~member].mean())),
                    "layer_share": short(float(usual[place])),
                    "cells": np.bincount(cells[member], minlength=GRID * GRID).tolist(),
                    "images": images[spread(len(images), SHOWN)].tolist(),
                },
            )


def _fires(peaks: Peaks) -> Flags:
    """Return whether a filter peaks at each place and fires hardly anywhere else [9, images]."""
    return np.stack(
        [
            inside[peaks.cells] & (peaks.filled <= min(int(inside.sum()) + ROOM, FULL))
            for inside in PLACES.values()
        ]
    )


def _place(fires: Flags, member: Flags, usual: Floats, chance: float) -> int | None:
    """Return the smallest place that stands out for a class, by its number, or None.

    Args:
        fires: Whether a filter fires at each place [9, images].
        member: Which images are of the class.
        usual: On what share of all images the layer's filters do [9].
        chance: How likely it may be that so many images of the class are among those on which the
            filter does.
    """
    own, others = fires[:, member], fires[:, ~member].mean(1)
    count, missing = own.sum(1), (~own).sum(1)
    odds = (count + 0.5) / (missing + 0.5)  # as is usual where a count may be zero
    most = np.maximum(others, usual).clip(max=1 - 1e-9)
    stands_out = (own.mean(1) >= MOST) & (odds >= ODDS * most / (1 - most))
    for place in np.flatnonzero(stands_out).tolist():
        if _chance(fires[place], member) <= chance:
            return int(place)
    return None


def _chance(marked: Flags, drawn: Flags) -> float:
    """Return how likely so many images that are drawn are marked: Fisher's exact test."""
    images, marks, draws = len(marked), int(marked.sum()), int(drawn.sum())
    count, unmarked = int((marked & drawn).sum()), images - marks
    whole = _log_choices(images, draws)
    return sum(
        exp(_log_choices(marks, k) + _log_choices(unmarked, draws - k) - whole)
        for k in range(max(count, draws - unmarked), min(draws, marks) + 1)
    )


def _log_choices(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
