"""The responses of all filters of a layer as bars, numbers that a template draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from convatlas.ui.text import count, number

WIDTH, HEIGHT = 640, 172
TOP, TALL = 48, 104
"""Where the bars begin, and how high they may be; above them are the labels' two zones."""
NAMES = 32
"""Height of a label, large enough for a finger; below it lines lead to the bars."""
APART = 40
"""Labels nearer to each other than this would overlap."""
MOST = WIDTH // APART - 1
"""Labels that find room."""


class Mark(NamedTuple):
    """A filter that is told by its index above the bars."""

    filter: int
    href: str | None  # its page, from the page of the plot
    x: int


@dataclass(frozen=True)
class Plot:
    """A bar for each filter, side by side in a box of ``count`` x ``tall`` that is stretched.

    Bars stand on the median, so that those of strong filters rise though all responses be negative.
    """

    count: int
    bars: str  # the outline of all bars, as SVG spells a path
    first: str  # the bars that are marked
    leaders: str  # lines from labels to their bars
    marks: Sequence[Mark]
    range: str  # the lowest and the highest response, in words
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
    """The bars of ``values``, one a filter.

    :param marked: indices of filters that stand out, the first the most.
    :param subject: what is drawn: "Mean response".
    :param page: the page of a filter, by its index.
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
    base: int  # where the median is drawn
    unit: float

    @classmethod
    def of(cls, values: Sequence[float]) -> _Scale:
        middle, high, low = median(values), max(values), min(values)
        unit = TALL / (high - low) if high > low else 0.0
        return cls(middle, round((high - middle) * unit), unit)

    def y(self, value: float) -> int:
        return self.base - round((value - self.median) * self.unit)


def _bars(values: Sequence[float], scale: _Scale) -> str:
    """The skyline of all bars in one path, in few letters: there may be thousands."""
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
    """Ascending places moved apart as little as it takes, and inside the box."""
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
