"""A label in a chart."""

from __future__ import annotations

from typing import NamedTuple


class Label(NamedTuple):
    """A text whose ``anchor`` ("start", "middle" or "end") is at (x, y), in pixels."""

    x: int
    y: int
    text: str
    anchor: str
