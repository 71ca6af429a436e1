"""A text in a chart."""

from __future__ import annotations

from typing import NamedTuple


class Label(NamedTuple):
    """A text at a place; ``anchor`` says which end of it: "start", "middle" or "end"."""

    x: int
    y: int
    text: str
    anchor: str
