"""By how much kernels differ, once their input channels are brought into the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convatlas.deriving.base import Read
from convatlas.lenses.folded_kernels.records import KERNELS, read_folded_kernels
from convatlas.model.facts import Layer
from convatlas.model.record_index import RecordIndex

Filter = tuple[str, int]
"""A layer's name and the index of one of its filters."""

Change = tuple[float | None, float | None]
"""The cosine of two kernels, and the norm of the one after over that before."""

UNKNOWN = -1
"""Of a channel without a partner."""


@dataclass(frozen=True)
class Kernels:
    """The folded kernels of a layer."""

    layer: Layer
    values: NDArray[np.float32]  # [filters, channels of a filter, rows, columns]

    def first(self, filter: int) -> int:
        """Return the first of the layer's input channels that a filter reads."""
        group = filter // (self.layer.filters // self.layer.groups)
        return group * int(self.values.shape[1])


def read_kernels(records: RecordIndex, layer: Layer, read: Read) -> Kernels | None:
    """Return the folded kernels of a layer; None if its kernel differs from picture to picture."""
    record = read_folded_kernels(records, layer.name)
    if record is None:
        return None
    values = np.frombuffer(read(record.blobs[KERNELS]), "<f4").reshape(record.data["shape"])
    return Kernels(layer, values)


def kernel_changes(
    before: Kernels, after: Kernels, pairs: Sequence[tuple[int, int]], partners: Sequence[int]
) -> list[Change]:
    """Return how the kernels of pairs of filters differ; None for both where shapes do.

    Args:
        before: A layer's kernels.
        after: The other layer's.
        pairs: Indices of filters before and after.
        partners: For each input channel of the layer before, the channel after that means the same,
            or ``UNKNOWN``.
    """
    if before.values.shape[1:] != after.values.shape[1:]:
        return [(None, None)] * len(pairs)
    channels = np.asarray(partners)
    return [_change(before, after, pair, channels) for pair in pairs]


def _change(
    before: Kernels, after: Kernels, pair: tuple[int, int], partners: NDArray[np.intp]
) -> Change:
    count, first = before.values.shape[1], before.first(pair[0])
    channels = partners[first : first + count]
    own = channels - after.first(pair[1])
    kernel, other = before.values[pair[0]].astype(float), after.values[pair[1]].astype(float)
    norm, other_norm = (float(np.sqrt((each**2).sum())) for each in (kernel, other))
    ratio = other_norm / norm if norm > 0 and np.isfinite(other_norm / norm) else None
    if (channels == UNKNOWN).any() or (own < 0).any() or (own >= count).any():
        return None, ratio
    product = float((kernel * other[own]).sum())
    both = norm * other_norm
    return (min(max(product / both, -1.0), 1.0) if 0 < both < np.inf else None), ratio


def channel_partners(
    before: Layer, after: Layer, partners: Mapping[Filter, Filter]
) -> Sequence[int]:
    """Return for each input channel of a layer the one of the other layer that means the same.

    Channels that are no filters, as those of the picture, keep their place.

    Args:
        before: A layer.
        after: The layer that it is compared with.
        partners: For filters before, the filters after that they are paired with.
    """
    sources, others = _sources(before), _sources(after)
    places = {filter: channel for channel, group in others.items() for filter in group}

    def partner(channel: int) -> int:
        own = sources.get(channel)
        if own is None:
            alike = channel < after.channels and channel not in others
            return channel if alike else UNKNOWN
        found = (places.get(partners[filter]) for filter in own if filter in partners)
        return next((each for each in found if each is not None), UNKNOWN)

    return [partner(channel) for channel in range(before.channels)]


def _sources(layer: Layer) -> dict[int, list[Filter]]:
    """Return the filters that each input channel is, or is a sum of."""
    found: dict[int, list[Filter]] = {}
    for source in layer.sources:
        for place in range(source.filters):
            filter = source.layer, source.filter + place
            found.setdefault(source.channel + place, []).append(filter)
    return found
