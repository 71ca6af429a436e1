"""Neighbours by their sketches, against correlations that are worked out one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from convatlas.deriving.correlation import (
    DUPLICATE,
    LEAST,
    MOST,
    CorrelationIndex,
    Near,
    Neighbours,
    Place,
    chance,
)

Floats = NDArray[np.float64]
Sketches = NDArray[np.int8]

NETWORKS: dict[str, dict[str, int]] = {"a": {"one": 7, "two": 4}, "b": {"one": 6}, "c": {"one": 3}}
PLACES: list[Place] = [
    (network, layer, 2 * index)  # as where an atlas chooses only some filters
    for network, layers in NETWORKS.items()
    for layer, count in layers.items()
    for index in range(count)
]


def sketch(values: Floats) -> Sketches:
    """Per-image highest responses [filters, images] as a record of examples keeps them."""
    centred = values - values.mean(1, keepdims=True)
    scale = np.abs(centred).max(1, keepdims=True)
    return np.rint(127 * centred / np.where(scale > 0, scale, 1)).astype(np.int8)


def where(one: Place, other: Place) -> str:
    if one[0] != other[0]:
        return "atlas"
    return "layer" if one[1] == other[1] else "network"


def correlation(one: Sequence[int], other: Sequence[int]) -> float | None:
    """By sums of whole numbers of any size; None where one of the two is constant."""
    n = len(one)

    def spread(a: Sequence[int], b: Sequence[int]) -> int:
        return n * sum(x * y for x, y in zip(a, b, strict=True)) - sum(a) * sum(b)

    norms = math.sqrt(spread(one, one)) * math.sqrt(spread(other, other))
    return float(spread(one, other)) / norms if norms else None


def naive(places: Sequence[Place], sketches: Sketches, network: str, layer: str) -> Neighbours:
    """Pair by pair."""
    values = sketches.tolist()
    least = max(LEAST, chance(sketches.shape[1]))
    found = Neighbours({}, [])
    for i, own in enumerate(places):
        near: dict[str, list[tuple[float, int]]] = {"layer": [], "network": [], "atlas": []}
        for j, other in enumerate(places):
            r = correlation(values[i], values[j])
            if own[:2] != (network, layer) or i == j or r is None or r < least:
                continue
            near[where(own, other)].append((-round(r, 4), j))
            if i < j and other[:2] == (network, layer) and r >= max(DUPLICATE, least):
                found.duplicates.append((own[2], other[2], round(r, 4)))
        entries: list[Near] = [
            (*places[j], -r, kind) for kind, group in near.items() for r, j in sorted(group)[:5]
        ]
        if entries:
            found.nearest[own[2]] = entries
        twins = [(places[j], -r) for r, j in sorted(near["atlas"], key=lambda pair: pair[0])]
        for network_of in dict.fromkeys(place[0] for place in places):
            best = next((each for each in twins if each[0][0] == network_of), None)
            if best:
                found.twins.setdefault(own[2], []).append((*best[0], best[1]))
    found.duplicates.sort(key=lambda pair: (-pair[2], pair))
    return found


rows = st.one_of(
    arrays.arrays(np.int8, (len(PLACES), 12), elements=st.integers(-127, 127)),
    arrays.arrays(np.int8, (len(PLACES), 9), elements=st.integers(-1, 1)),  # many ties
    arrays.arrays(np.int8, (len(PLACES), 40), elements=st.sampled_from([-127, 0, 1, 127])),
)


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(1, 8))
def test_every_block_size_gives_what_pair_by_pair_gives(sketches: Sketches, block: int) -> None:
    index = CorrelationIndex(PLACES, sketches)
    for network, layers in NETWORKS.items():
        for layer in layers:
            found = index.neighbours(network, layer, block)
            assert found == naive(PLACES, sketches, network, layer)
            assert found == index.neighbours(network, layer)


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.int8, (5, 2100), elements=st.integers(-127, 127)))
def test_sums_are_exact(sketches: Sketches) -> None:
    kept = [row for row in sketches.tolist() if len(set(row)) > 1]
    index = CorrelationIndex([("net", "layer", index) for index in range(5)], sketches)
    found = index.correlations(slice(0, len(kept)))
    assert found.tolist() == [[correlation(one, other) for other in kept] for one in kept]


def test_correlations_are_those_of_numpy() -> None:
    sketches = np.random.default_rng(3).integers(-127, 128, (30, 2048)).astype(np.int8)
    index = CorrelationIndex([("net", "layer", index) for index in range(30)], sketches)
    assert np.allclose(index.correlations(slice(0, 30)), np.corrcoef(sketches), atol=1e-12)


def test_a_known_crowd() -> None:
    """0 and 1 are equal, 2 is their opposite, 3 is constant, 4 stands alone."""
    random = np.random.default_rng(0)
    base, other = random.standard_normal((2, 400))
    sketches = sketch(np.stack([base, 3 * base + 1, -base, np.ones(400), other, base + other]))
    places = [*(("net", "first", index) for index in range(5)), ("net", "second", 0)]
    found = CorrelationIndex(places, sketches).neighbours("net", "first")
    assert found.duplicates == [(0, 1, 1.0)]
    assert [near[:3] for near in found.nearest[0]] == [("net", "first", 1), ("net", "second", 0)]
    assert [near[4] for near in found.nearest[0]] == ["layer", "network"]
    assert found.nearest[0][0][3] == 1.0
    assert [near[2:] for near in found.nearest[4]] == [(0, pytest.approx(0.7, abs=0.1), "network")]
    assert 2 not in found.nearest  # opposites are no neighbours
    assert 3 not in found.nearest


def test_equal_filters_come_in_their_order() -> None:
    base = np.random.default_rng(1).standard_normal(100)
    sketches = sketch(np.stack([base] * 20))
    places = [("net", "layer", index) for index in range(20)]
    found = CorrelationIndex(places, sketches).neighbours("net", "layer", 3)
    assert [near[2] for near in found.nearest[7]] == [0, 1, 2, 3, 4]
    assert [near[2] for near in found.nearest[0]] == [1, 2, 3, 4, 5]
    assert [pair[:2] for pair in found.duplicates[:3]] == [(0, 1), (0, 2), (0, 3)]
    assert len(found.duplicates) == 190


def test_what_is_told_alike_comes_in_its_order() -> None:
    """The multiples of a sketch correlate with it by one, but for the last bits of a float."""
    base = np.random.default_rng(4).integers(-3, 4, 150)
    sketches = np.stack([base + np.roll(base, 1), *(times * base for times in range(1, 41))])
    places = [("net", "layer", index) for index in range(41)]
    index = CorrelationIndex(places, sketches.astype(np.int8))
    assert len(set(index.correlations(slice(0, 1))[0, 1:])) > 1
    found = index.neighbours("net", "layer")
    assert [near[2] for near in found.nearest[0]] == [1, 2, 3, 4, 5]


def test_of_very_many_duplicates_the_first_are_told() -> None:
    base = np.random.default_rng(1).standard_normal(100)
    places = [("net", "layer", index) for index in range(60)]
    found = CorrelationIndex(places, sketch(np.stack([base] * 60))).neighbours("net", "layer")
    assert len(found.duplicates) == MOST < 60 * 59 / 2


@pytest.mark.parametrize("samples", [1, 2, 3, 12])
def test_few_images_prove_little(samples: int) -> None:
    """With two images all correlations are one or minus one, with a dozen 0.7 is no surprise."""
    random = np.random.default_rng(2)
    places = [("net", "layer", index) for index in range(6)]
    sketches = sketch(random.standard_normal((6, samples)))
    assert CorrelationIndex(places, sketches).neighbours("net", "layer") == Neighbours({}, [])


def test_chance_falls_to_what_is_told_at_least() -> None:
    assert chance(3) > 1
    assert chance(12) == pytest.approx(0.762, abs=1e-3)
    assert chance(100) < LEAST < chance(90)


def test_a_layer_of_constant_filters_has_no_neighbours() -> None:
    places = [("net", "flat", 0), ("net", "other", 0)]
    index = CorrelationIndex(places, sketch(np.stack([np.ones(50), np.arange(50.0)])))
    assert index.neighbours("net", "flat") == Neighbours({}, [])
    assert index.neighbours("net", "other") == Neighbours({}, [])


def pairs(shape: Callable[[Floats], Floats], r: float, images: int) -> tuple[Floats, Floats]:
    """Two times forty filters [40, images] that are correlated in pairs."""
    one, other = np.random.default_rng(int(100 * r)).standard_normal((2, 40, images))
    return shape(one), shape(r * one + math.sqrt(1 - r * r) * other)


def exact(one: Floats, other: Floats) -> Floats:
    """The Pearson correlations of rows, in float64."""
    a, b = (v - v.mean(1, keepdims=True) for v in (one, other))
    return np.asarray((a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1)))


def sketched(one: Floats, other: Floats, images: NDArray[np.int64]) -> Floats:
    """The same by the sketches of a sample of images."""
    sketches = sketch(np.concatenate([one[:, images], other[:, images]]))
    index = CorrelationIndex([("net", "layer", index) for index in range(80)], sketches)
    return np.diagonal(index.correlations(slice(0, 40))[:, 40:])


SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "bell": lambda v: v,
    "skewed": lambda v: np.exp(v / 2),
    "log-normal": np.exp,
    "rectified": lambda v: np.maximum(v - 1, 0),
}
TOLD = (0.0, 0.3, 0.6, 0.9, 0.98)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("images", [300, 2048])
def test_rounding_costs_less_than_a_hundredth(shape: str, images: int) -> None:
    for r in TOLD:
        one, other = pairs(SHAPES[shape], r, images)
        error = sketched(one, other, np.arange(images)) - exact(one, other)
        assert np.abs(error).max() < 0.01


@pytest.mark.parametrize(("shape", "usual"), [("bell", 0.022), ("skewed", 0.026)])
@pytest.mark.parametrize("images", [5000, 20_000])
def test_sampling_costs_three_deviations_at_most(shape: str, usual: float, images: int) -> None:
    errors = sampled(shape, images)
    assert np.sqrt((errors**2).mean(1)).max() < usual * 1.2
    assert np.quantile(np.abs(errors), 0.99) < 3 / math.sqrt(2048)


@pytest.mark.parametrize("shape", ["log-normal", "rectified"])
@pytest.mark.parametrize("images", [5000, 20_000])
def test_far_out_images_make_sampling_worse(shape: str, images: int) -> None:
    errors = sampled(shape, images)
    assert np.sqrt((errors**2).mean(1)).max() < 0.05
    assert np.abs(errors).max() < 0.15
    assert np.abs(errors[-1]).max() < 0.02  # where near-duplicates are told apart


def sampled(shape: str, images: int) -> Floats:
    """The errors [correlations, pairs] of sketches of 2,048 images."""
    sample = np.sort(np.random.default_rng(9).permutation(images)[:2048])
    found = []
    for r in TOLD:
        one, other = pairs(SHAPES[shape], r, images)
        found.append(sketched(one, other, sample) - exact(one, other))
    return np.stack(found)
