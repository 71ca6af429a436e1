"""The sample that stands for a set that is too large to keep what is said of every image."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convatlas.lenses.parts.draw import DRAWN, MOST, Draw
from support.brute_force import histogram_counts
from support.example_records import accumulated, record


@pytest.mark.parametrize("count", [1, 2, 3, 40, MOST - 1, MOST, MOST + 1, 20_000])
def test_a_draw_is_of_different_images_in_order_and_always_the_same(count: int) -> None:
    draw, again = Draw.of("f", count), Draw.of("f", count)
    assert len(draw.images) == min(count, MOST)
    assert (np.diff(draw.images) > 0).all()
    assert 0 <= draw.images[0] <= draw.images[-1] < count
    assert len(set(draw.shown.tolist())) == min(DRAWN, count)
    assert draw.shown.max() < len(draw.images)
    assert np.array_equal(draw.images, again.images)
    assert np.array_equal(draw.shown, again.shown)
    spots = draw.spots(35)
    assert MOST <= spots.size < 2 * MOST
    assert (spots.min() >= 0, spots.max() < 35) == (True, True)
    assert np.array_equal(spots, again.spots(35))


def test_another_set_has_another_draw() -> None:
    one, other = Draw.of("one", 5000), Draw.of("other", 5000)
    assert not np.array_equal(one.images, other.images)
    assert not np.array_equal(one.spots(9), other.spots(9))


def test_a_draw_is_even_over_the_set_and_over_the_map() -> None:
    draws = [Draw.of(str(number), 20_000) for number in range(40)]
    tenths = np.bincount(np.concatenate([d.images for d in draws]) // 2000, minlength=10)
    assert np.abs(tenths / tenths.mean() - 1).max() < 0.06  # 8,192 in each: 5 deviations
    spots = np.bincount(np.concatenate([d.spots(10).ravel() for d in draws]), minlength=10)
    assert np.abs(spots / spots.mean() - 1).max() < 0.06


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 60), st.lists(st.integers(1, 17), min_size=1, max_size=4))
def test_small_sets_are_their_own_sample_in_any_split(count: int, sizes: list[int]) -> None:
    maps = torch.randn(count, 3, 2, 4, generator=torch.Generator().manual_seed(count))
    accumulator, _, _ = accumulated(maps, sizes)
    sample = accumulator.sample
    assert torch.equal(sample.highest, maps.flatten(2).amax(2).T)
    assert torch.equal(sample.positions.long(), maps.flatten(2).argmax(2).T)
    flat = maps.flatten(2)
    for place in range(count):
        expected = flat[place][:, sample.spots[place]]
        assert torch.equal(sample.values[place].T, expected)


@pytest.fixture(scope="module")
def large() -> Tensor:
    """Responses to 5,000 images: bell-shaped, skewed, rarely anything, rising along the set."""
    random = np.random.default_rng(2)
    maps = random.normal(size=(5000, 4, 3, 3))
    maps[:, 1] = random.lognormal(size=(5000, 3, 3))
    maps[:, 2] = np.where(random.random((5000, 3, 3)) < 0.0005, maps[:, 1], -0.1)
    maps[:, 3] += np.linspace(0, 9, 5000)[:, None, None]
    return torch.from_numpy(maps.astype(np.float32))


@pytest.mark.parametrize("sizes", [(16,), (1000,), (7, 333, 1)])
def test_beyond_the_sample_ends_and_means_are_exact(large: Tensor, sizes: tuple[int, ...]) -> None:
    accumulator, draw, ids = accumulated(large, sizes)
    numbers = large.double().numpy()
    for index in range(4):
        data = record(accumulator, draw, ids, index).data
        maps = numbers[:, index].reshape(5000, -1)
        highest, lowest = maps.max(1), maps.min(1)
        first = np.argsort(-highest, kind="stable")[:9]
        last = np.argsort(lowest, kind="stable")[:3]
        assert [entry["image"] for entry in data["top"]] == [ids[image] for image in first]
        assert [entry["image"] for entry in data["lowest"]] == [ids[image] for image in last]
        for entry, image in zip(data["top"], first, strict=True):
            row, column = entry["position"]
            assert entry["response"] == pytest.approx(maps[image, 3 * row + column], rel=1e-6)
        assert data["images"] == 5000
        assert data["sampled"] == MOST
        assert data["mean"] == pytest.approx(maps.mean(), rel=1e-5, abs=1e-7)
        assert data["std"] == pytest.approx(maps.std(), rel=1e-5)
        assert data["mean_highest"] == pytest.approx(highest.mean(), rel=1e-5)
        assert data["std_highest"] == pytest.approx(highest.std(), rel=1e-5)
        assert data["share_images"] == pytest.approx((highest > 0).mean(), rel=1e-5)
        assert data["share_positions"] == pytest.approx((maps > 0).mean(), rel=1e-5)


def test_beyond_the_sample_the_range_is_of_the_sample_and_the_highest(large: Tensor) -> None:
    accumulator, draw, ids = accumulated(large, (64,))
    drawn = {ids[draw.images[place]] for place in draw.shown}
    for index in range(4):
        told = record(accumulator, draw, ids, index)
        data, highest = told.data, large[:, index].flatten(1).amax(1).numpy()
        sample = highest[draw.images]
        histogram_counts(data["histogram"], sample.astype(np.float64), 0)
        assert len(told.blobs["sketch"]) == MOST
        assert data["range"][0]["image"] == data["top"][0]["image"]
        images = [entry["image"] for entry in data["range"]]
        assert len(set(images)) == len(images)
        assert {e["image"] for e in data["range"] if e.get("drawn")} <= drawn <= set(images)
        falling = [entry["response"] for entry in data["range"]]
        assert falling == sorted(falling, reverse=True)
        for entry in data["range"][1:]:
            image = ids.index(entry["image"])
            assert entry["response"] == pytest.approx(highest[image], rel=1e-6)
            assert entry["quantile"] < 1
            below = (sample < highest[image]).mean(), (sample <= highest[image]).mean()
            assert below[0] - 0.001 <= entry["quantile"] <= below[1] + 0.001


def test_percentiles_of_a_large_set_are_as_wrong_as_is_said() -> None:
    """Standard error of the rank, beyond the sample: 1.1 points in the middle, 0.7, 0.2, 0.08."""
    generator = torch.Generator().manual_seed(3)
    maps = torch.randn(20_000, 100, 1, 1, generator=generator).exp()
    accumulator, draw, ids = accumulated(maps, (2000,), top=1)
    order = np.sort(maps[:, :, 0, 0].numpy(), axis=0)
    wrong: dict[str, list[float]] = {}
    for index in range(100):
        told = record(accumulator, draw, ids, index).data["percentiles"]
        for percent, value in told.items():
            rank = np.searchsorted(order[:, index], np.float32(value)) / 20_000 * 100
            wrong.setdefault(percent, []).append(rank - float(percent))
    stated = {"50": 1.1, "90": 0.7, "99": 0.22, "99.9": 0.08}
    assert wrong.keys() == stated.keys()
    for percent, errors in wrong.items():
        assert np.sqrt(np.mean(np.square(errors))) < 1.15 * stated[percent]
        assert np.abs(errors).max() < 4.5 * stated[percent]


def kept(value: object) -> int:
    """The bytes of all tensors and arrays below a dataclass or a list."""
    if isinstance(value, Tensor | np.ndarray):
        return value.nbytes
    if isinstance(value, list):
        return sum(map(kept, value))
    if is_dataclass(value):
        return sum(kept(getattr(value, field.name)) for field in fields(value))
    return 0


@pytest.mark.parametrize("rising", [False, True])
def test_memory_does_not_grow_with_the_images(rising: bool) -> None:
    """Even where every image is stronger than all before; candidates may wait for a while."""
    kinds = [("a", 0), ("b", 1), (None, None)]
    sizes = []
    for count in (MOST, 5000, 20_000):
        steps = torch.arange(count) if rising else torch.zeros(count)
        maps = steps.float()[:, None, None, None].expand(count, 2, 3, 3)
        accumulator, draw, _ = accumulated(maps, (16,), [kinds[n % 3] for n in range(count)])
        sizes.append(kept(accumulator) + kept(draw))
    assert max(sizes) < 1.1 * min(sizes)
    assert min(sizes) > 2 * MOST * 4
