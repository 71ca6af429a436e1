"""Which classes of images excite a filter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.brute_force import Truth
from support.example_records import accumulated, record

KINDS = [("cat", 0), ("dog", 1), ("dog", 2), ("dog", None), ("ant", 3), ("bee", 4), ("fly", 5)]


def told(responses: list[list[float]], kinds: list, sizes: tuple[int, ...] = (3,)) -> list:
    """What is said of each filter, from the response [images, filters] to each image."""
    maps = torch.tensor(responses, dtype=torch.float32)[:, :, None, None]
    accumulator, draw, ids = accumulated(maps, sizes, kinds)
    return [record(accumulator, draw, ids, index).data for index in range(maps.shape[1])]


def test_means_gaps_and_selectivity_by_hand() -> None:
    kinds = [("a", 0), ("a", 0), ("b", 1), (None, None), ("b", 1), ("c", 2)]
    (data,) = told([[4], [6], [1], [1000], [3], [-2]], kinds)
    spread = np.std([4, 6, 1, 3, -2])
    expected = [("a", 5, 5 - 2 / 3, 2), ("b", 2, 2 - 8 / 3, 2), ("c", -2, -2 - 14 / 4, 1)]
    assert len(data["classes"]) == 3
    for entry, (label, mean, gap, images) in zip(data["classes"], expected, strict=True):
        assert (entry["label"], entry["mean"], entry["images"]) == (label, mean, images)
        assert entry["gap"] == pytest.approx(gap / spread, rel=1e-5)
    assert data["selectivity"] == pytest.approx((5 - 1) / (5 + 1), rel=1e-5)  # c counts as zero


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_labels_in_any_split(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 40))
    choice = st.sampled_from([*KINDS, (None, None), (None, 3)])
    kinds = data.draw(st.lists(choice, min_size=count, max_size=count))
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    maps = random.normal(size=(count, 2, 2, 2)).astype(np.float32)
    accumulator, draw, ids = accumulated(torch.from_numpy(maps), sizes, kinds)
    truth = Truth(maps.astype(np.float64), ids, kinds, 9, 1e-6)
    for index in range(2):
        truth.check(index, record(accumulator, draw, ids, index).data)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_classes_of_which_no_image_reaches_the_layer_are_left_out(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from([*KINDS, (None, None)]), min_size=1, max_size=20))
    count = len(kinds)
    reaching = sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=1)))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    maps = random.normal(size=(count, 2, 2, 2)).astype(np.float32)
    accumulator, draw, ids = accumulated(torch.from_numpy(maps), kinds=kinds, reaching=reaching)
    own = [ids[image] for image in reaching], [kinds[image] for image in reaching]
    truth = Truth(maps[reaching].astype(np.float64), *own, 9, 1e-6)
    for index in range(2):
        found = record(accumulator, draw, ids, index).data
        truth.check(index, found)
        assert found.get("shown", count) == count


def test_without_labels_nothing_is_said() -> None:
    (data,) = told([[1], [2], [3]], [(None, None), (None, 1), (None, None)])
    assert (data["classes"], data["selectivity"]) == ([], None)


def test_one_class_has_no_gap_and_no_selectivity() -> None:
    (data,) = told([[1], [2], [9]], [("a", 0), ("a", 0), (None, None)])
    assert data["classes"] == [{"label": "a", "mean": 1.5, "gap": None, "images": 2}]
    assert data["selectivity"] is None


def test_at_most_five_classes_the_best_first() -> None:
    kinds = [(str(number), number) for number in range(8)]
    (data,) = told([[n * n % 11] for n in range(8)], kinds)
    assert [entry["mean"] for entry in data["classes"]] == [9, 5, 5, 4, 3]
    assert [entry["label"] for entry in data["classes"]] == ["3", "4", "7", "2", "5"]


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ([[5], [0], [0]], 1),
        ([[5], [-9], [-1]], 1),
        ([[2], [2], [2]], 0),
        ([[-2], [-3], [-9]], 0),
        ([[3], [1], [1]], 0.5),
    ],
)
def test_selectivity_is_from_nothing_to_one(responses: list, expected: float) -> None:
    (data,) = told(responses, KINDS[:3])
    assert data["selectivity"] == pytest.approx(expected, abs=1e-6)
