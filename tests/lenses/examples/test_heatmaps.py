"""Heat maps: bright where the filter responds, in the tile of the image they stand beside."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from convatlas.images.codecs.decode import decode
from convatlas.lenses.examples.heatmaps import sprite
from support import nets
from support.brute_force import cells
from support.contexts import render_context_of
from support.example_records import accumulated, noise, prepared, record, records, responses


def tiles(pixels: NDArray[np.uint8], size: list[int]) -> list[NDArray[np.int64]]:
    """The tiles [h, w] of a grey sprite, from left to right."""
    assert np.ptp(pixels.astype(np.int64), axis=2).max() <= 4  # WebP rounds
    assert pixels.shape[0] == size[0]
    grey = pixels[:, :, 1].astype(np.int64)
    return [grey[:, left : left + size[1]] for left in range(0, grey.shape[1], size[1])]


def test_brightness_is_the_share_of_the_bound_at_each_end() -> None:
    excited = np.array([[[8.0, 2.0]], [[0.0, 4.0]]], np.float32)
    inhibited = np.array([[[5.0, 0.0]], [[1.0, 2.5]]], np.float32)
    picture = sprite(excited, inhibited, 8.0, -5.0)
    assert picture is not None
    assert (picture.width, picture.height) == (8, 1)
    assert decode(picture.data)[0, :, 0].tolist() == [255, 64, 0, 128, 255, 0, 51, 128]


@pytest.mark.parametrize("bounds", [(-1.0, -5.0), (0.0, 0.0), (5.0, 1.0)])
def test_what_is_on_one_side_of_zero_is_dark_at_the_other_end(bounds: tuple[float, float]) -> None:
    highest, lowest = bounds
    maps = [np.full((1, 2, 2), max(bound, 0.0), np.float32) for bound in (highest, -lowest)]
    picture = sprite(maps[0], maps[1], highest, lowest)
    assert picture is not None
    expected = [255 * (highest > 0)] * 2 + [255 * (lowest < 0)] * 2
    assert decode(picture.data)[:, :, 0].tolist() == [expected] * 2


def test_where_there_are_no_maps_there_is_no_sprite() -> None:
    none = np.zeros((3, 0, 0), np.float32)
    assert sprite(none, none, 1, -1) is None


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 7), (16, 16)])
def test_small_maps_are_kept_cell_by_cell_for_images_that_came_late(
    shape: tuple[int, int],
) -> None:
    """Later images are stronger, so that tiles are evicted many times."""
    random = np.random.default_rng(1)
    maps = random.normal(size=(50, 2, *shape)).astype(np.float32)
    maps *= np.linspace(0.2, 2, 50, dtype=np.float32)[:, None, None, None]
    accumulator, draw, ids = accumulated(torch.from_numpy(maps), (3,), top=4)
    for index in range(2):
        told = record(accumulator, draw, ids, index)
        assert told.data["heat"] == list(shape)
        parts = tiles(decode(told.pictures["heat"].data), told.data["heat"])
        assert len(parts) == 4 + 3
        exact = parts[0].shape[1] * 7 <= 64
        for kind, sign in (("top", 1), ("lowest", -1)):
            bound = told.data[kind][0]["response"]
            for entry in told.data[kind]:
                one = maps[ids.index(entry["image"]), index]
                expected = (one / bound).clip(0, 1) * 255
                wrong = np.abs(parts[entry["tile"]] - expected)
                assert wrong.max() <= 2 if exact else wrong.mean() < 12
                if sign * entry["response"] > 0:
                    row, column = entry["position"]
                    assert parts[entry["tile"]][row, column] >= 0.8 * expected[row, column]


def test_the_heat_of_a_network_lies_on_the_images_it_stands_beside() -> None:
    """Every tile is more like the map of its own image than like that of any other image."""
    pictures = noise(60, seed=8)
    context = render_context_of(nets.Small().eval(), pictures)
    facts = context.plan.images
    assert facts is not None
    ids = [image.id for image in facts.images]
    layers = [layer for layer, _ in context.plan.layers()]
    maps = responses(context.module, layers, prepared(context, pictures))
    for (name, index), told in records(context, top=6).items():
        parts = tiles(decode(told.pictures["heat"].data), told.data["heat"])
        assert len(parts) == 6 + 3
        for kind, sign in (("top", 1), ("lowest", -1)):
            pooled = [cells(sign * one[index]).clip(0).ravel() for one in maps[name]]
            for entry in told.data[kind]:
                if sign * entry["response"] <= 0:
                    continue
                tile = parts[entry["tile"]].ravel()
                alike = [np.linalg.norm(tile / 255 * pooled_top(pooled) - one) for one in pooled]
                assert ids[int(np.argmin(alike))] == entry["image"]
                row, column = entry["position"]
                height, width = maps[name].shape[2:]
                across, down = told.data["heat"][1], told.data["heat"][0]
                cell = (row * down // height) * across + column * across // width
                assert tile[cell] >= 0.75 * tile.max()


def pooled_top(pooled: list[NDArray[np.float64]]) -> float:
    """The filter's bound: the strongest cell of all images."""
    return float(max(one.max() for one in pooled))
