"""How many images a picture beats: bounds from a record, against counting all responses."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from convatlas.lenses.examples.layer_records import exact, histogram, percentiles
from convatlas.lenses.examples.records import ExamplesData
from convatlas.lenses.transfer.rank import Beaten, beaten

Floats = NDArray[np.float32]


def record(values: Floats, top: int, sample: Floats | None = None) -> ExamplesData:
    """What the examples tell of a filter with these responses, by their own functions."""
    sample = values if sample is None else sample
    strongest = np.sort(values)[::-1][:top]
    told = {
        "images": len(values),
        "sampled": len(sample),
        "top": [{"response": exact(each.item())} for each in strongest],
        "percentiles": percentiles(sample),
        "histogram": histogram(sample),
    }
    return cast("ExamplesData", told)


def counted(values: Floats, response: float) -> int:
    return int((values < np.float32(response)).sum())


numbers = st.one_of(
    st.floats(-1e4, 1e4, width=32),
    st.sampled_from([0.1, 0.2, 0.30000001, 1e-8, -1e-8, 16777216.0, 16777218.0]),
)
rows = st.one_of(
    arrays.arrays(np.float32, st.integers(1, 60), elements=numbers),
    arrays.arrays(np.float32, st.integers(2, 60), elements=st.integers(-3, 3).map(float)),
)


@settings(max_examples=150, deadline=None)
@given(rows, st.integers(1, 12), st.lists(numbers, max_size=5))
def test_bounds_hold_for_every_response(values: Floats, top: int, others: list[float]) -> None:
    told = record(values, top)
    near = np.concatenate([values, np.nextafter(values, np.float32(np.inf))])
    for response in [*near.tolist(), *others]:
        found = beaten(response, told)
        assert found.least <= counted(values, response) <= found.most
        assert found.images == len(values)


@settings(max_examples=100, deadline=None)
@given(rows, st.integers(1, 9), st.data())
def test_of_a_sample_they_hold_for_the_sample_or_the_set(
    values: Floats, top: int, data: st.DataObject
) -> None:
    places = st.lists(st.sampled_from(range(len(values))), min_size=1, unique=True)
    sample = values[data.draw(places)]
    told = record(values, top, sample)
    for response in values.tolist():
        found = beaten(response, told)
        of = {len(values): values, len(sample): sample}[found.images]
        assert found.least <= counted(of, response) <= found.most


@pytest.mark.parametrize("seed", range(3))
def test_above_the_strongest_images_it_is_exact_and_elsewhere_close(seed: int) -> None:
    values = np.random.default_rng(seed).gamma(2, size=1000).astype(np.float32)
    told = record(values, 9)
    order = np.sort(values)
    for rank in range(992, 1000):
        assert beaten(order[rank].item(), told) == Beaten(rank, rank, 1000)
    assert beaten(100.0, told) == Beaten(1000, 1000, 1000)
    assert beaten(-1.0, told) == Beaten(0, 0, 1000)
    for rank in (700, 900, 950, 980):
        found = beaten(order[rank].item(), told)
        assert rank - 120 < found.least <= rank <= found.most < rank + 120
    assert beaten(order[970].item(), told).least >= 900


def test_equal_responses_are_not_beaten() -> None:
    values = np.array([1, 2, 3, 3], np.float32)
    assert beaten(3.0, record(values, 2)) == Beaten(2, 2, 4)
    assert beaten(3.0, record(values, 4)) == Beaten(2, 2, 4)
    assert beaten(np.nextafter(np.float32(3), np.float32(4)).item(), record(values, 2)).least == 4


def test_float32_is_compared_as_float32() -> None:
    """0.1 in float32 is above 0.1: what the record tells of it is its shortest decimal."""
    values = np.array([0.1, 0.05], np.float32)
    assert beaten(float(np.float32(0.1)), record(values, 1)).most == 1
