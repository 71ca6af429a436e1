"""A small curve of a number from 0 to 1 over several moments, for a template to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from convatlas.ui.text import number

WIDTH, HEIGHT, MARGIN = 96, 40, 4


@dataclass(frozen=True)
class OverTime:
    """A curve in a box of ``width`` x ``height`` pixels."""

    line: str
    """An SVG path; it has gaps where a value is unknown."""
    points: Sequence[tuple[int, int]]
    """(x, y) of each value that is known."""
    alt: str
    width: int = WIDTH
    height: int = HEIGHT


def over_time(values: Sequence[float | None], subject: str) -> OverTime:
    """Return the curve of ``values``, one a moment; what is below 0 is drawn at 0.

    Args:
        subject: what is drawn: "Correlation of filter 12 to epoch-9".
    """
    step = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    places = [
        None if value is None else (round(MARGIN + place * step), _height(value))
        for place, value in enumerate(values)
    ]
    runs = (list(run) for known, run in groupby(places, bool) if known)
    lines = ("L".join(f"{x} {y}" for x, y in filter(None, run)) for run in runs)
    told = ", ".join(number(value, 2) for value in values)
    line = "".join(f"M{each}" for each in lines)
    return OverTime(line, [each for each in places if each], f"{subject}: {told}")


def _height(value: float) -> int:
    return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * min(max(value, 0), 1))
