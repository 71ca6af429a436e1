"""The record of the prune audit, and how to read it."""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from convatlas.model.record_index import RecordIndex

NAME = "prune"
AUDIT = "audit"
"""The item of the record, which belongs to no layer."""

Measure = Literal["accuracy", "agreement"]
"""What counts: images whose class is predicted, or those whose prediction stays as it was."""


class TrialData(TypedDict):
    """What is left with filters of some layers masked, as a share of the images from 0 to 1.

    Filters that additions tie together are one unit. Lists have an item for each share.
    """

    layers: list[str]
    units: int
    images: int
    before: float
    masked: list[int]  # how many of the units
    importance: list[float]  # with the least important masked
    norm: list[float] | None  # with those of the lowest L1 norm; None if a kernel is not known
    random: list[float]  # mean over draws


class RankedData(TypedDict):
    """The filters of a layer, in the order of their indices."""

    group: list[tuple[str, int] | None]  # the first filter of those that it is tied to
    importance: list[float]
    rank: list[int]  # of its unit, from 1 for the most important
    norm: list[float] | None  # L1 norms of the kernels
    masked: list[float | None]  # the least share at which it is masked


class PruneData(TypedDict):
    """The prune audit of a network."""

    measure: Measure
    shares: list[float]  # in rising order
    draws: int  # of random orders, all layers together; each layer alone has one
    together: TrialData
    alone: list[TrialData]  # one for each layer, or for layers that additions tie together
    filters: dict[str, RankedData]  # by layer, in execution order
    left_out: list[tuple[str, str]]  # layers that are not masked, and why


def read_audit(records: RecordIndex) -> PruneData | None:
    """Return the prune audit of a network."""
    record = records.first(NAME, None, AUDIT)
    return cast("PruneData", record.data) if record else None
