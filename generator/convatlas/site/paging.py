"""Walls of more tiles than one page holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

WALL = 512
"""Tiles on one page of a wall; more would make the first view slow."""


def paged(first: str, tiles: Sequence[Any]) -> Iterator[tuple[str, Sequence[Any], list[Any]]]:
    """The parts of a wall: the path of each page, its tiles, and (file, text, is this) of all."""
    starts = range(0, max(len(tiles), 1), WALL)
    files = ["index.html", *(f"index-{number}.html" for number in range(2, len(starts) + 1))]
    for start, own in zip(starts, files, strict=True):
        paging = [
            (file, f"{begin}–{min(begin + WALL, len(tiles)) - 1}", file == own)
            for begin, file in zip(starts, files, strict=True)
        ]
        yield first.removesuffix("index.html") + own, tiles[start : start + WALL], paging
