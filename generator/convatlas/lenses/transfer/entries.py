"""The manifest's entries for transfer: what other networks answer to a filter's picture."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.manifest import Filter, lens_entry


class ExportedTransfer(TypedDict):
    """A ``TransferEntry`` as ``layer.json`` has it."""

    network: str
    """The other network."""
    filter: str
    """Its filter: "network/layer/index"."""
    correlation: float
    """Correlation of the two filters' responses to images, from -1 to 1."""
    response: float | None
    """Its highest response to the picture; None if it gives none that is finite."""
    percentile: float | None
    """The share of the images that the filter certainly answers less strongly, in percent, rounded
    down to two decimals; None without a response."""
    at_most: float | None
    """An upper bound of that share, rounded up; where the share is known exactly, the same number.
    """
    images: int
    """The number of images that the share is of."""
    sample: bool
    """Whether these are a sample of the set."""


class TransferEntry(ExportedTransfer):
    """What the most similar filter of another network answers to the picture made for a filter."""

    href: str
    """The page of that filter, from the site's root."""


def transfers(filter: Filter) -> list[TransferEntry]:
    """Return what other networks answer to a filter's picture, in the order of the networks."""
    return cast("list[TransferEntry] | None", lens_entry(filter, "transfer")) or []
