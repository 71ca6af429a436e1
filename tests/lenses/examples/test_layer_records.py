"""From a layer's tally to a record: histograms, percentiles, the strip, sketches, digits."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from convatlas.deriving.correlation import CorrelationIndex
from convatlas.lenses.examples.layer_records import exact, histogram, percentiles, sketch
from convatlas.model.records import canonical, short
from support.brute_force import Truth, histogram_counts
from support.example_records import accumulated, record

FLOATS = st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=False)


def floats(values: list[float]) -> NDArray[np.float32]:
    return np.array(values, np.float32)


@given(FLOATS)
def test_exact_is_the_same_float_and_keeps_the_order(value: float) -> None:
    assert np.float32(exact(value)) == np.float32(value)
    above = float(np.nextafter(np.float32(value), np.float32(np.inf)))
    assert exact(value) < exact(above)
    assert float(f"{exact(value):.9g}") == exact(value)  # no more digits than a float32 has


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_short_has_six_digits(value: float) -> None:
    assert short(value) == pytest.approx(value, rel=5.1e-6, abs=1e-320)


@settings(deadline=None)
@given(st.lists(FLOATS, min_size=1, max_size=80))
@example([1000.0, 1000.00006, 1000.0001])
@example([999.9996, 999.9998])
@example([-(2.0**127), 2.0**127])
@example([0.1, 0.3, 0.7, 0.7])
@example([-1e-38, 1e-38])
def test_a_histogram_counts_every_value_between_its_edges(values: list[float]) -> None:
    told, array = histogram(floats(values)), floats(values)
    edges, counts = told["edges"], told["counts"]
    assert edges == sorted(edges)
    assert (np.float32(edges[0]), np.float32(edges[-1])) == (array.min(), array.max())
    assert len(edges) == len(counts) + 1 == (2 if array.min() == array.max() else 21)
    assert sum(counts) == len(values)
    histogram_counts(told, array.astype(np.float64), 0)


@given(st.lists(FLOATS, min_size=1, max_size=300))
def test_percentiles_are_by_nearest_rank(values: list[float]) -> None:
    told, order = percentiles(floats(values)), np.sort(floats(values))
    last = len(values) - 1
    assert list(told) == ["99.9", "99", "90", "50"]
    for percent, value in told.items():
        ideal = last * float(percent) / 100
        near = [order[rank] for rank in range(last + 1) if abs(rank - ideal) <= 0.5]
        assert np.float32(value) in near


@given(st.lists(FLOATS, min_size=1, max_size=60))
def test_a_sketch_is_what_stands_above_the_mean_in_127_steps(values: list[float]) -> None:
    found = sketch(floats(values))
    assert len(found) == len(values)
    if len(set(values)) == 1:
        assert not found.any()
        return
    mean = sum(values) / len(values)
    largest = max(abs(value - mean) for value in values)
    expected = [127 * (value - mean) / largest for value in values]
    assert np.abs(found - np.array(expected)).max() <= 0.5 + 1e-6
    assert np.abs(found.astype(int)).max() == 127


def test_correlations_of_sketches_are_those_of_the_responses() -> None:
    random = np.random.default_rng(0)
    common = random.normal(size=600)
    rows = [common * share + random.normal(size=600) for share in (0, 0.5, 1, 2, 5)]
    sketches = np.stack([sketch(row.astype(np.float32)) for row in rows])
    crowd = CorrelationIndex([("net", "layer", number) for number in range(5)], sketches)
    found = crowd.correlations(slice(0, 5))
    assert np.abs(found - np.corrcoef(rows)).max() < 0.01


def test_a_sketch_is_the_same_bytes_for_every_split_of_the_set() -> None:
    maps = torch.randn(300, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    told = [
        [record(accumulator, draw, ids, index) for index in range(3)]
        for accumulator, draw, ids in (
            accumulated(maps, sizes) for sizes in ((300,), (1,), (16, 5))
        )
    ]
    for index in range(3):
        blobs = {records[index].blobs["sketch"] for records in told}
        assert len(blobs) == 1
        heats = {records[index].pictures["heat"].data for records in told}
        assert len(heats) == 1


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_the_whole_record_where_many_responses_are_equal(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 50))
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    largest = data.draw(st.sampled_from([0, 1, 4, 50]))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    maps = random.integers(-largest, largest + 1, (count, 3, 2, 3)).astype(np.float32)
    top = data.draw(st.integers(1, 6))
    accumulator, draw, ids = accumulated(torch.from_numpy(maps), sizes, top=top)
    truth = Truth(maps.astype(np.float64), ids, [(None, None)] * count, top, 1e-6)
    drawn = []
    for index in range(3):
        told = record(accumulator, draw, ids, index).data
        drawn.append(truth.check(index, told))
        order = np.argsort(-maps[:, index].reshape(count, -1).max(1), kind="stable")
        assert [e["image"] for e in told["top"]] == [ids[i] for i in order[: truth.top]]
        for entry in told["range"]:  # the place in the order that equal responses have in `top`
            assert ids[order[round((1 - entry["quantile"]) * (count - 1))]] == entry["image"]
    common = {ids[image] for image in draw.images[draw.shown]}
    assert set().union(*drawn) <= common


def test_an_image_has_the_same_quantile_among_the_top_and_in_the_range() -> None:
    maps = torch.arange(40.0)[:, None, None, None].repeat(1, 1, 2, 2)
    accumulator, draw, ids = accumulated(maps, top=30)
    data = record(accumulator, draw, ids, 0).data
    quantiles = {entry["image"]: entry["quantile"] for entry in data["top"]}
    shared = [entry for entry in data["range"] if entry["image"] in quantiles]
    assert len(shared) >= 3
    assert all(entry["quantile"] == quantiles[entry["image"]] for entry in shared)
    assert data["lowest"][0]["quantile"] == 0


def test_zero_is_not_above_zero() -> None:
    maps = torch.zeros(10, 2, 2, 2)
    maps[3, 0, 1, 0], maps[:, 1] = 5, -1
    maps[:4, 1, 0, 0] = 0
    accumulator, draw, ids = accumulated(maps, (3,))
    one, none = (record(accumulator, draw, ids, index).data for index in range(2))
    assert (one["share_images"], one["share_positions"]) == (0.1, 0.025)
    assert (none["share_images"], none["share_positions"]) == (0, 0)


def test_a_record_is_plain_data() -> None:
    maps = torch.randn(50, 2, 3, 3, generator=torch.Generator().manual_seed(1))
    accumulator, draw, ids = accumulated(maps, kinds=[("a", 0), ("b", 1)] * 25)
    data = record(accumulator, draw, ids, 1).data
    assert json.loads(canonical(data)) == data
