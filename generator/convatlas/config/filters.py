"""Which filters of a layer are asked for, and how a single one is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_RANGES = re.compile(r"\s*\d{1,9}(\s*-\s*\d{1,9})?\s*(,\s*\d{1,9}(\s*-\s*\d{1,9})?\s*)*")


def ranges(text: str) -> tuple[tuple[int, int], ...]:
    """``0-63,70`` as first and last indices, both included: ``((0, 63), (70, 70))``.

    Raises:
        ValueError: the text is no list of indices and ranges, or a range runs backwards.
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
    """The indices that are asked for in a layer of ``count`` filters, ascending, each once.

    Indices beyond the layer are passed over: one setting serves layers of different sizes.

    Raises:
        ValueError: a text that is neither ``all`` nor ranges.
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
    """A filter's identity, taken apart."""

    network: str
    layer: str
    index: int


def identity(text: str, networks: Iterable[str]) -> Identity:
    """``network/layer/index`` taken apart; only a known network's name may hold a slash itself.

    Raises:
        ValueError: the text has another form.
    """
    rest, _, index = text.rpartition("/")
    known = [name for name in networks if rest.startswith(f"{name}/")]
    network = max(known, key=len) if known else rest.partition("/")[0]
    layer = rest[len(network) + 1 :]
    if not (network and layer and re.fullmatch(r"[0-9]{1,9}", index)):
        raise ValueError("write network/layer/index, such as squeezenet/features.0/12")
    return Identity(network, layer, int(index))
