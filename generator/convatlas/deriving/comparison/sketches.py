"""What a layer's filters answer to the images of the sample, as the store has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convatlas.deriving.base import Read
from convatlas.deriving.correlation import CorrelationIndex
from convatlas.lenses.examples.records import ABSENT, SKETCH, read_examples
from convatlas.model.record_index import RecordIndex

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LayerSketches:
    """The sketches of a layer's selected filters."""

    filters: tuple[int, ...]  # those that have one
    values: NDArray[np.int8]  # [filters, samples], as ``deriving.correlation`` explains them
    deviations: Floats  # [filters], of the highest responses to all images

    def responses(self, samples: NDArray[np.bool_]) -> Floats:
        """Return the highest responses less their means [samples, filters], in their own unit.

        They are as exact as the sketches: to half of a 127th of the largest.

        Args:
            samples: Which samples to take.
        """
        values = self.values[:, samples].T.astype(np.float64)
        values -= values.mean(0)
        spread = values.std(0)
        scale: Floats = np.divide(self.deviations, spread, where=spread > 0, out=spread)
        return values * scale

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Which samples reach the layer [samples]."""
        found: NDArray[np.bool_] = (self.values != ABSENT).all(0)
        return found


def read_sketches(
    records: RecordIndex, layer: str, filters: Sequence[int], read: Read
) -> LayerSketches | None:
    """Return the sketches of a layer's filters; None if no filter has one."""
    found = [(index, read_examples(records, layer, index)) for index in filters]
    kept = [(index, record) for index, record in found if record and SKETCH in record.blobs]
    if not kept:
        return None
    rows = [np.frombuffer(read(record.blobs[SKETCH]), np.int8) for _, record in kept]
    deviations = [record.data["std_highest"] for _, record in kept]
    return LayerSketches(
        tuple(index for index, _ in kept), np.stack(rows), np.asarray(deviations, np.float64)
    )


def correlations(before: LayerSketches, after: LayerSketches) -> Floats:
    """Return the correlations of filters before with those after [before, after].

    NaN where one of them is constant, or where few images reach both.
    """
    places = [("before", "", row) for row in range(len(before.filters))]
    places += [("after", "", row) for row in range(len(after.filters))]
    index = CorrelationIndex(places, np.concatenate([before.values, after.values]))
    rows = [row for network, _, row in index.places if network == "before"]
    columns = [row for network, _, row in index.places if network == "after"]
    found = np.full((len(before.filters), len(after.filters)), np.nan)
    if rows and columns:
        of_rows = index.correlations(slice(0, len(rows)))
        found[np.ix_(rows, columns)] = of_rows[:, len(rows) :].clip(-1, 1)
    return found
