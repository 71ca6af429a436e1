"""Walls of more tiles than one page holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

WALL = 512
"""Tiles on one page of a wall; more would make the first view slow."""


def numbers(first: int, last: int) -> str:
    """The name of a page by the places of its tiles, from zero."""
    return f"{first}–{last}"


def paged(
    first: str, tiles: Sequence[Any], name: Callable[[int, int], str] = numbers
) -> Iterator[tuple[str, Sequence[Any], list[Any]]]:
    """The parts of a wall: the path of each page, its tiles, and (file, text, is this) of all."""
    starts = range(0, max(len(tiles), 1), WALL)
    files = ["index.html", *(f"index-{number}.html" for number in range(2, len(starts) + 1))]
    ends = [min(start + WALL, len(tiles)) for start in starts]
    names = [name(start, end - 1) if tiles else "" for start, end in zip(starts, ends, strict=True)]
    for start, end, own in zip(starts, ends, files, strict=True):
        paging = [(file, text, file == own) for file, text in zip(files, names, strict=True)]
        yield first.removesuffix("index.html") + own, tiles[start:end], paging
