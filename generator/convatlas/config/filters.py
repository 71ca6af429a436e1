"""Selections of a layer's filters, and the identity of a single filter."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

LONGEST_NAME = 100
"""How many characters the name of a network may have."""

_RANGES = re.compile(r"\s*\d{1,9}(\s*-\s*\d{1,9})?\s*(,\s*\d{1,9}(\s*-\s*\d{1,9})?\s*)*")


def ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Parse ``0-63,70`` into first and last indices, both inclusive: ``((0, 63), (70, 70))``.

    Raises:
        ValueError: the text is not a list of indices and ranges, or a range runs backwards.
    """
    if not _RANGES.fullmatch(text):
        raise ValueError("write `all`, a range such as 0-63, or several: 0-63,70")
    pairs = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        pairs.append((int(first), int(last or first)))
    for begin, end in pairs:
        if begin > end:
            raise ValueError(f"the range {begin}-{end} runs backwards; write {end}-{begin}")
    return tuple(pairs)


def chosen(filters: str | Sequence[int], count: int) -> tuple[int, ...]:
    """Return the selected indices of a layer with ``count`` filters, ascending and unique.

    Indices past the end of the layer are ignored, because one setting applies to layers of
    different sizes.

    Raises:
        ValueError: the text is neither ``all`` nor a list of ranges.
    """
    if filters == "all":
        return tuple(range(count))
    if isinstance(filters, str):
        wanted = {
            index for begin, end in ranges(filters) for index in range(begin, min(end + 1, count))
        }
        return tuple(sorted(wanted))
    return tuple(sorted({index for index in filters if index < count}))


@dataclass(frozen=True)
class Identity:
    """The parts of ``network/layer/index``."""

    network: str
    layer: str
    index: int


def network_of(text: str, networks: Collection[str]) -> str:
    """Return the part before a slash that is a network's name, or else all before the first slash.

    Only a known network may have a slash in its name; of several, the longest is meant.
    """
    cuts = [place for place, each in enumerate(text[: LONGEST_NAME + 1]) if each == "/"]
    known = (text[:cut] for cut in reversed(cuts) if text[:cut] in networks)
    return next(known, text.partition("/")[0])


def identity(text: str, networks: Collection[str]) -> Identity:
    """Parse ``network/layer/index``; only a known network may have a slash in its name.

    Raises:
        ValueError: the text has another form.
    """
    rest, _, index = text.rpartition("/")
    network = network_of(rest, networks)
    layer = rest[len(network) + 1 :]
    if not (network and layer and re.fullmatch(r"[0-9]{1,9}", index)):
        raise ValueError("write network/layer/index, such as squeezenet/features.0/12")
    return Identity(network, layer, int(index))
