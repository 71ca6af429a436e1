"""A histogram for a template to draw: one path of bars, marks and labels, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from convatlas.model import manifest
from convatlas.ui.charts.label import Label
from convatlas.ui.text import number

WIDTH = 480
MARGIN = 8
"""Space on the left and the right, so that a mark at an end stays inside."""
TOP = 8
"""Space above the highest bar."""
BELOW = 32
"""Space below the bars, for a row of marks and a row of labels."""
APART = 72
"""Minimum distance of labels, so that they do not overlap."""


@dataclass(frozen=True)
class Histogram:
    """Bars over an axis at the height ``base``, in a box of ``width`` x ``height``."""

    bars: str  # the outline of all bars, as an SVG path
    zero: int | None  # x coordinate of zero; None if it is off the axis
    marks: str  # points below the axis, as an SVG path
    others: str  # short lines there, as an SVG path
    labels: Sequence[Label]
    alt: str
    base: int
    height: int
    width: int = WIDTH
    left: int = MARGIN
    right: int = WIDTH - MARGIN


class _Scale:
    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high
        self.unit = (WIDTH - 2 * MARGIN) / (high - low)

    def x(self, value: float) -> int:
        """Return the x coordinate of a value, clipped to the axis."""
        if value <= self.low:
            return MARGIN
        return (
            WIDTH - MARGIN if value >= self.high else round(MARGIN + (value - self.low) * self.unit)
        )


def histogram(
    data: manifest.Histogram | None,
    height: int,
    subject: str,
    marks: Iterable[float] = (),
    others: Iterable[float] = (),
) -> Histogram | None:
    """Return a histogram to draw; None if it has no data or all values are equal.

    Args:
        height: the height of the highest bar in pixels, in a box 480 pixels wide.
        subject: what is counted: "the highest response of 1,000 images".
        marks: values that get a point below the axis.
        others: values that get a short line there.
    """
    if data is None or not any(data["counts"]) or not data["edges"][0] < data["edges"][-1]:
        return None
    edges, base = data["edges"], TOP + height
    scale = _Scale(edges[0], edges[-1])
    zero = scale.x(0) if edges[0] <= 0 <= edges[-1] else None
    return Histogram(
        bars=_bars([scale.x(edge) for edge in edges], data["counts"], base),
        zero=zero,
        marks=_points(map(scale.x, marks), base + 4, "h0"),
        others=_points(map(scale.x, others), base, "v8"),
        labels=list(_labels(edges, zero, base)),
        alt=_alt(data, subject),
        base=base,
        height=base + BELOW,
    )


def _bars(places: Sequence[int], counts: Sequence[int], base: int) -> str:
    """Return the outline of the bars; a bar that is not empty is at least one pixel high."""
    scale = (base - TOP) / max(counts)
    parts, last, level = [f"M{places[0]} {base}"], places[0], base
    for left, count in zip(places, counts, strict=False):
        y = base - max(round(count * scale), 1) if count else base
        if y != level:
            parts.append(f"h{left - last}v{y - level}")
            last, level = left, y
    return "".join([*parts, f"H{places[-1]}V{base}z"])


def _points(places: Iterable[int], base: int, shape: str) -> str:
    return "".join(f"M{x} {base + 4}{shape}" for x in dict.fromkeys(places))


def _labels(edges: Sequence[float], zero: int | None, base: int) -> Iterator[Label]:
    """Yield the labels of zero and of the ends, without ends too close to zero."""
    y = base + BELOW - 4
    if zero is not None:
        yield Label(zero, y, "0", "middle")
    if zero is None or zero - MARGIN > APART:
        yield Label(MARGIN, y, number(edges[0]), "start")
    if zero is None or WIDTH - MARGIN - zero > APART:
        yield Label(WIDTH - MARGIN, y, number(edges[-1]), "end")


def _alt(data: manifest.Histogram, subject: str) -> str:
    edges, counts = data["edges"], data["counts"]
    most = max(range(len(counts)), key=counts.__getitem__)
    share = counts[most] / sum(counts)
    return (
        f"Histogram of {subject}, from {number(edges[0])} to {number(edges[-1])}: most, "
        f"{100 * share:.0f} %, lie between {number(edges[most])} and {number(edges[most + 1])}"
    )
