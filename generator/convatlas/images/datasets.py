"""Data sets that code returns, whatever their kind: their items by number."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image

from convatlas.config.user_code import UserCodeError, call
from convatlas.images.decode import Undecodable, from_item
from convatlas.images.items import apart, unbatched

MOST = 10_000_000
"""Maximum number of items; a data set that says more has no end."""
LARGEST = 2**30
"""Maximum size in bytes of all pictures that come one after the other and are kept in memory."""

Item = tuple[Image.Image, Any]
"""A picture of mode RGB or L, and its class in any form."""


class Items(Protocol):
    """The items of a data set."""

    def __len__(self) -> int:
        """Return how many there are."""

    def item(self, index: int) -> Item:
        """Return one of them.

        Raises:
            Undecodable: it is no picture.
            UserCodeError: the data set's code raises.
        """


def items_of(dataset: Any, source: str) -> Items:
    """Return the items of a data set.

    A data set with ``__len__`` and ``__getitem__`` is read whenever an item is needed. Anything
    else that can be iterated over is read once, and kept in memory.

    Raises:
        UserCodeError: it is no data set, has too many items, or its code raises.
    """
    if isinstance(dataset, Mapping):
        keys = ", ".join(map(str, list(dataset)[:9]))
        raise UserCodeError(f"{source} gives a mapping ({keys}); let it return one data set of it")
    streams = _streams(dataset)
    if not streams and hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__"):
        return _Indexed(dataset, source, _length(dataset, source))
    if streams or hasattr(dataset, "__iter__") or hasattr(dataset, "__getitem__"):
        return _Kept(_read(dataset, source))
    message = f"{source} gives {type(dataset).__name__}, which is no data set"
    raise UserCodeError(f"{message}; give it `__len__` and `__getitem__`")


def _streams(dataset: Any) -> bool:
    """Return whether a data set is one of torch's that can only be iterated over."""
    data = sys.modules.get("torch.utils.data")
    return data is not None and isinstance(dataset, data.IterableDataset)


def _length(dataset: Any, source: str) -> int:
    length = call(lambda: len(dataset), source)
    if length > MOST:
        message = f"{source} has {length:,} items, more than {MOST:,}"
        raise UserCodeError(f"{message}; return a part, as torch.utils.data.Subset does")
    return length


@dataclass(frozen=True)
class _Indexed:
    """A data set that returns each item when it is asked for it."""

    dataset: Any
    source: str
    length: int

    def __len__(self) -> int:
        return self.length

    def item(self, index: int) -> Item:
        picture, target = apart(call(lambda: self.dataset[index], self.source))
        return from_item(picture), target


@dataclass(frozen=True)
class _Kept:
    """Items that came one after the other; what is no picture is kept as the reason."""

    items: list[Item | Undecodable]

    def __len__(self) -> int:
        return len(self.items)

    def item(self, index: int) -> Item:
        found = self.items[index]
        if isinstance(found, Undecodable):
            raise found
        return found


def _read(dataset: Any, source: str) -> list[Item | Undecodable]:
    """Read everything that a data set yields.

    Raises:
        UserCodeError: there is more than may be kept.
    """
    kept: list[Item | Undecodable] = []
    size = 0
    for each in _decoded(dataset, source):
        kept.append(each)
        if not isinstance(each, Undecodable):
            size += each[0].width * each[0].height * len(each[0].getbands())
        if size > LARGEST or len(kept) > MOST:
            amount = f"more than {len(kept) - 1:,} pictures one after the other"
            raise UserCodeError(
                f"{source} gives {amount}, too much to keep; give it `__len__` and `__getitem__`,"
                " or let it end"
            )
    return kept


def _decoded(dataset: Any, source: str) -> Iterator[Item | Undecodable]:
    iterator, end = call(lambda: iter(dataset), source), object()
    while (item := call(lambda: next(iterator, end), source)) is not end:
        try:
            pairs = list(unbatched(*apart(item)))
        except Undecodable as error:
            yield error
            continue
        for picture, target in pairs:
            try:
                yield from_item(picture), target
            except Undecodable as error:
                yield error
