"""Grids with more tiles than fit on one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

WALL = 512
"""Maximum number of tiles on a page of a grid; more would make the first view slow."""


class PageLink(NamedTuple):
    """A link to one of the pages of a grid."""

    file: str
    text: str
    here: bool
    """Whether it is the page that contains the link."""


def numbers(first: int, last: int) -> str:
    """Return the name of a page, given the positions of its first and last tile, from zero."""
    return f"{first}–{last}"


def paged(
    first: str, tiles: Sequence[T], name: Callable[[int, int], str] = numbers
) -> Iterator[tuple[str, Sequence[T], list[PageLink]]]:
    """Yield the pages of a grid: the path of each, its tiles, and links to all of them.

    Args:
        first: the path of the first page, which ends in "index.html".
        name: returns the name of a page, given the positions of its first and last tile.
    """
    starts = range(0, max(len(tiles), 1), WALL)
    files = ["index.html", *(f"index-{number}.html" for number in range(2, len(starts) + 1))]
    ends = [min(start + WALL, len(tiles)) for start in starts]
    names = [name(start, end - 1) if tiles else "" for start, end in zip(starts, ends, strict=True)]
    for start, end, own in zip(starts, ends, files, strict=True):
        links = [PageLink(file, text, file == own) for file, text in zip(files, names, strict=True)]
        yield first.removesuffix("index.html") + own, tiles[start:end], links
