"""The images at both ends of a filter's range, kept while images pass by."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from convatlas.images.codecs.decode import decode
from convatlas.model.records import Json, Record
from support.brute_force import cells
from support.example_records import accumulated, record

ENDS = (("top", 1), ("lowest", -1))


def told(maps: NDArray[np.float32], top: int, lowest: int, sizes: list[int]) -> list[Record]:
    """The record of each filter from maps [images, filters, h, w] in batches of these sizes."""
    accumulator, draw, ids = accumulated(torch.from_numpy(maps), sizes, top=top, lowest=lowest)
    return [record(accumulator, draw, ids, index) for index in range(maps.shape[1])]


def order(strengths: list[float], k: int) -> list[int]:
    """The strongest images, of equal ones the earlier."""
    return sorted(range(len(strengths)), key=lambda image: (-strengths[image], image))[:k]


def check_end(found: Record, maps: NDArray[np.float32], k: int, kind: str, sign: int) -> None:
    """Images, responses and positions of one filter's maps [images, h, w] at one end."""
    signed = sign * maps.reshape(len(maps), -1)
    strengths = signed.max(1).tolist()
    expected = order(strengths, k)
    entries = found.data[kind]
    assert [int(entry["image"], 16) for entry in entries] == expected
    for rank, (entry, image) in enumerate(zip(entries, expected, strict=True)):
        row, column = entry["position"]
        assert np.float32(entry["response"]) == sign * strengths[image] == maps[image, row, column]
        assert entry["tile"] == rank + (0 if sign > 0 else len(found.data["top"]))


def tile(found: Record, entry: Json) -> NDArray[np.int64]:
    height, width = found.data["heat"]
    pixels = decode(found.pictures["heat"].data)[:, :, 1].astype(np.int64)
    assert pixels.shape[0] == height
    return pixels[:, entry["tile"] * width : (entry["tile"] + 1) * width]


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_any_split_equals_a_full_sort_with_ties_to_the_earlier_image(data: st.DataObject) -> None:
    images, filters = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 4))
    shape = data.draw(st.sampled_from([(1, 1), (1, 3), (2, 2), (5, 4)]))
    kept = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    largest = data.draw(st.sampled_from([0, 1, 3, 1000]))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    maps = random.integers(-largest, largest + 1, (images, filters, *shape)).astype(np.float32)
    for index, found in enumerate(told(maps, *kept, sizes)):
        for k, (kind, sign) in zip(kept, ENDS, strict=True):
            check_end(found, maps[:, index], k, kind, sign)
            bound = sign * found.data[kind][0]["response"]
            for entry in found.data[kind]:  # the sprite is so small that it is kept as it is
                one = sign * maps[int(entry["image"], 16), index]
                expected = 255 * (one / bound).clip(0) if bound > 0 else np.zeros_like(one)
                assert np.abs(tile(found, entry) - expected).max() <= 2


@pytest.mark.parametrize("shape", [(24, 24), (37, 5), (16, 16), (1, 40)])
def test_heat_goes_with_its_image_through_evictions(shape: tuple[int, int]) -> None:
    """Later images are stronger, so that all early ones have to go."""
    random = np.random.default_rng(4)
    maps = random.normal(size=(60, 3, *shape)).astype(np.float32)
    maps *= np.linspace(0.1, 3, 60)[:, None, None, None].astype(np.float32)
    pooled = np.stack([[cells(one) for one in image] for image in maps])
    sunk = np.stack([[cells(-one) for one in image] for image in maps])
    for index, found in enumerate(told(maps, 5, 3, [7])):
        for k, (kind, sign) in zip((5, 3), ENDS, strict=True):
            check_end(found, maps[:, index], k, kind, sign)
            own = (pooled if sign > 0 else sunk)[:, index].clip(0)
            bound = sign * found.data[kind][0]["response"]
            for entry in found.data[kind]:
                image = int(entry["image"], 16)
                assert image > 15
                heat = tile(found, entry) * bound / 255
                wrong = np.abs(own - heat).mean((1, 2))
                assert np.argmin(wrong) == image
                assert wrong[image] < 0.06 * bound


@pytest.mark.parametrize("falling", [False, True])
def test_every_image_stronger_or_weaker_than_the_one_before(falling: bool) -> None:
    steps = np.arange(500, dtype=np.float32)
    maps = (steps[::-1] if falling else steps).copy()[:, None, None, None] - 250
    maps = np.repeat(maps, 2, axis=1)
    for sizes in ([16], [1], [500], [3, 41]):
        for index, found in enumerate(told(maps, 9, 9, sizes)):
            for kind, sign in ENDS:
                check_end(found, maps[:, index], 9, kind, sign)
