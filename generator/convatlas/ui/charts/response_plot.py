"""A bar plot of the responses of all filters of a layer, for a template to draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from convatlas.ui.text import count, number

WIDTH, HEIGHT = 640, 172
TOP, TALL = 48, 104
"""Top of the bars, and their maximum height; above them are labels and leader lines."""
NAMES = 32
"""Height of a label, large enough for a finger; below it, leader lines lead to the bars."""
APART = 40
"""Minimum distance of labels, so that they do not overlap."""
MOST = WIDTH // APART - 1
"""Maximum number of labels."""


class Mark(NamedTuple):
    """A filter that is labelled with its index above the bars."""

    filter: int
    href: str | None  # its page, relative to the page of the plot
    x: int


@dataclass(frozen=True)
class Plot:
    """A bar for each filter, side by side in a box of ``count`` x ``tall`` that is stretched.

    Bars start at the median, so that those of strong filters rise even if all responses are
    negative.
    """

    count: int
    bars: str  # the outline of all bars, as an SVG path
    first: str  # the marked bars, as an SVG path
    leaders: str  # lines from labels to their bars, as an SVG path
    marks: Sequence[Mark]
    range: str  # the lowest and the highest response, as text
    median: str
    alt: str
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    tall: int = TALL
    names: int = NAMES
    apart: int = APART


def plot(
    values: Sequence[float],
    marked: Sequence[int],
    subject: str,
    page: Callable[[int], str | None],
) -> Plot:
    """Return the plot of ``values``, one per filter.

    Args:
        marked: indices of filters that stand out, the one that does most first.
        subject: what is drawn: "Mean response".
        page: returns the page of a filter, given its index, or None.
    """
    scale = _Scale.of(values)
    labelled = sorted(marked[:MOST])
    places = spread([_middle(index, len(values)) for index in labelled])
    marks = [Mark(index, page(index), x) for index, x in zip(labelled, places, strict=True)]
    return Plot(
        count=len(values),
        bars=_bars(values, scale),
        first="".join(_bar(index, values[index], scale) for index in sorted(marked)),
        leaders="".join(_leader(mark, values, scale) for mark in marks),
        marks=marks,
        range=f"{number(min(values))} to {number(max(values))}",
        median=number(scale.median),
        alt=_alt(values, marked, subject),
    )


class _Scale(NamedTuple):
    median: float
    base: int  # y coordinate of the median
    unit: float

    @classmethod
    def of(cls, values: Sequence[float]) -> _Scale:
        middle, high, low = median(values), max(values), min(values)
        unit = TALL / (high - low) if high > low else 0.0
        return cls(middle, round((high - middle) * unit), unit)

    def y(self, value: float) -> int:
        return self.base - round((value - self.median) * self.unit)


def _bars(values: Sequence[float], scale: _Scale) -> str:
    """Return the outline of all bars as a short path, since there may be thousands."""
    parts, level, run = [f"M0 {scale.base}"], scale.base, 0
    for value in values:
        y = scale.y(value)
        if y != level:
            parts.append(f"h{run}v{y - level}" if run else f"v{y - level}")
            level, run = y, 0
        run += 1
    return "".join([*parts, f"h{run}V{scale.base}z"])


def _bar(index: int, value: float, scale: _Scale) -> str:
    return f"M{index} {scale.base}V{scale.y(value)}h1V{scale.base}z"


def _leader(mark: Mark, values: Sequence[float], scale: _Scale) -> str:
    x = _middle(mark.filter, len(values))
    return f"M{mark.x} {NAMES - 4}L{x} {TOP - 4}V{TOP + scale.y(values[mark.filter])}"


def _middle(index: int, filters: int) -> int:
    return round((index + 0.5) * WIDTH / filters)


def spread(places: Sequence[int]) -> list[int]:
    """Return ascending x coordinates moved apart as little as necessary, and into the box."""
    moved = list(_pushed(places, APART // 2))
    back = _pushed([WIDTH - x for x in reversed(moved)], APART // 2)
    return [WIDTH - x for x in back][::-1]


def _pushed(places: Sequence[int], start: int) -> Iterator[int]:
    for place in places:
        start = max(place, start)
        yield start
        start += APART


def _alt(values: Sequence[float], marked: Sequence[int], subject: str) -> str:
    best = marked[0] if marked else 0
    return (
        f"{subject} of {count(len(values))} filters, from {number(min(values))} to "
        f"{number(max(values))}, that of filter {best}"
    )
