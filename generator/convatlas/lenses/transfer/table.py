"""Transfer on a layer's page and in its data files."""

from __future__ import annotations

import math
from collections.abc import Sequence

from convatlas.lenses.parts.table import Column, Export, Facet, Table
from convatlas.lenses.transfer.entries import transfers
from convatlas.model.manifest import Filter, Layer
from convatlas.ui.rounding import rounded

TRANSFERS = (("0-95", "does not transfer"), ("95-100", "transfers"))
"""A picture transfers if another network's filter certainly prefers it to more than 95 % of the
images."""


def _share(layer: Layer, filter: Filter) -> float | None:
    """Return the highest share of images that the picture certainly beats in another network.

    It is rounded down to a tenth of a percent: pages show three digits, and 100 % means all images.
    """
    shares = [each["percentile"] for each in transfers(filter) if each["percentile"] is not None]
    return math.floor(10 * max(shares)) / 1000 if shares else None


class TransferTable(Table):
    """A column and a facet; in atlases without transfer, neither leaves a trace."""

    columns = (Column("transfer", _share, sort="transfer", place=250, sparse=True),)
    facets = (Facet("transfer", "transfer", TRANSFERS),)

    def export(self, entries: Sequence[object]) -> Export:
        """Return the entries, without the address of a page; none if no filter has one."""
        return Export([_bare(entry) for entry in entries] if any(entries) else [], {})


def _bare(entries: object) -> object:
    if not isinstance(entries, list):
        return None
    return [rounded({key: each[key] for key in each if key != "href"}) for each in entries]
