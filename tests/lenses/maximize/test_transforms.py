"""Movements stay within their bounds, and are each picture's own at each of its steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convatlas.lenses.maximize.transforms import affines, move, noisy, padded, seen
from support.maximizing import how, keys

SIDES = st.integers(8, 60)
MOVING = how(jitter=3.0, rotate=5.0, scale=0.05, crop=0.75, steps=6)


def linear(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """The linear part of affine maps in pixels, with the origin in the centre."""
    half = torch.tensor([size[1] / 2, size[0] / 2])
    return maps[..., :2] * half[:, None] / half


def shifts(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """The shifts of affine maps in pixels: right, down."""
    return maps[..., 2] * torch.tensor([size[1] / 2, size[0] / 2])


def ramp(size: tuple[int, int]) -> Tensor:
    """A picture of two channels: each pixel's own column and row."""
    rows, columns = torch.meshgrid(*(torch.arange(float(side)) for side in size), indexing="ij")
    return torch.stack([columns, rows])[None]


def test_an_identity_leaves_pictures_as_they_are() -> None:
    pictures = torch.rand(2, 3, 10, 14)
    identity = torch.eye(2, 3).expand(2, 2, 3)
    torch.testing.assert_close(move(pictures, identity, (10, 14)), pictures)


def test_only_a_recipe_that_moves_nothing_holds_still() -> None:
    assert not how(pad=4, noise=0.1).moves
    for name, value in {"jitter": 1.0, "rotate": 1.0, "scale": 0.1, "crop": 0.9}.items():
        assert how(**{name: value}).moves


def test_a_shift_is_in_pixels() -> None:
    picture = torch.rand(1, 1, 10, 20)
    shift = torch.tensor([[[1, 0, 2 * 3 / 20], [0, 1, 2 * 2 / 10.0]]])
    moved = move(picture, shift, (10, 20))
    torch.testing.assert_close(moved[..., :-2, :-3], picture[..., 2:, 3:])


def test_beyond_the_edges_the_picture_is_reflected() -> None:
    shift = torch.tensor([[[1, 0, 2 * 2 / 8], [0, 1, 0.0]]])
    row = move(ramp((8, 8)), shift, (8, 8))[0, 0, 4]
    torch.testing.assert_close(row, torch.tensor([2.0, 3, 4, 5, 6, 7, 7, 6]))


def test_a_quarter_turn_is_one_on_a_picture_that_is_not_square() -> None:
    size = (6, 10)
    maps = affines(keys(1), how(rotate=90.0, steps=400), size)[0]
    angles = torch.rad2deg(torch.atan2(linear(maps, size)[:, 1, 0], linear(maps, size)[:, 0, 0]))
    nearest = angles.sub(90).abs().argmin()
    turned = move(ramp(size), maps[nearest][None], size)[0]
    # Down in what is seen is left in the picture: there, columns fall by one a pixel.
    assert angles[nearest] == pytest.approx(90, abs=2)
    assert (turned[0, 3, 5] - turned[0, 2, 5]).item() == pytest.approx(-1, abs=0.01)
    assert (turned[1, 3, 5] - turned[1, 3, 4]).item() == pytest.approx(1, abs=0.01)


@settings(deadline=None, max_examples=25)
@given(size=st.tuples(SIDES, SIDES), first=st.integers(0, 1000))
def test_moves_stay_within_their_bounds_on_any_shape(size: tuple[int, int], first: int) -> None:
    recipe = how(jitter=3.0, rotate=5.0, scale=0.05, steps=40)
    maps = affines(keys(5), recipe, size, first)
    assert maps.shape == (5, 40, 2, 3)
    moved = linear(maps, size)
    scales = torch.linalg.det(moved).sqrt()
    assert 0.949 < scales.min() < 0.96
    assert 1.04 < scales.max() < 1.051
    gram = moved @ moved.mT / scales[..., None, None] ** 2
    torch.testing.assert_close(gram, torch.eye(2).expand_as(gram), atol=1e-4, rtol=0)
    angles = torch.rad2deg(torch.atan2(moved[..., 1, 0], moved[..., 0, 0]))
    for values, most in ((angles, 5), (shifts(maps, size), 3)):
        assert 0.9 * most < values.max() < 1.001 * most
        assert -1.001 * most < values.min() < -0.9 * most


@settings(deadline=None, max_examples=25)
@given(size=st.tuples(SIDES, SIDES), crop=st.floats(0.2, 1))
def test_windows_lie_anywhere_inside_the_picture(size: tuple[int, int], crop: float) -> None:
    maps = affines(keys(4), how(crop=crop, steps=40), size)
    torch.testing.assert_close(maps[..., :2], (crop * torch.eye(2)).expand(4, 40, 2, 2))
    assert (maps[..., 2].abs() + crop).max() <= 1.00001
    for axis in range(2):
        free = maps[..., axis, 2]
        assert free.max() == pytest.approx(1 - crop, abs=0.1 * (1 - crop) + 1e-6)
        assert free.min() == pytest.approx(crop - 1, abs=0.1 * (1 - crop) + 1e-6)


@pytest.mark.parametrize(("size", "crop"), [((12, 20), 0.75), ((16, 10), 0.5), ((11, 13), 0.6)])
def test_a_window_has_the_pictures_own_scale(size: tuple[int, int], crop: float) -> None:
    recipe = how(crop=crop, steps=20)
    shape = seen(recipe, size)
    assert shape == (round(crop * size[0]), round(crop * size[1]))
    for affine in affines(keys(1), recipe, size)[0]:
        window = move(ramp(size), affine[None], shape)[0]
        per_pixel = torch.stack([window[0].diff(dim=1).mean(), window[1].diff(dim=0).mean()])
        exact = torch.tensor([crop * size[1] / shape[1], crop * size[0] / shape[0]])
        torch.testing.assert_close(per_pixel, exact, atol=0.06, rtol=0)
        assert window[0].diff(dim=1).min() > 0  # nothing is reflected
        assert window[1].diff(dim=0).min() > 0


def test_a_window_is_a_part_of_the_picture() -> None:
    picture = torch.rand(1, 3, 8, 8)
    corner = torch.tensor([[[0.5, 0, -0.5], [0, 0.5, 0.5]]])
    torch.testing.assert_close(move(picture, corner, (4, 4)), picture[..., 4:, :4])


def test_something_is_seen_of_the_smallest_picture() -> None:
    assert seen(how(crop=0.1), (2, 3)) == (1, 1)
    assert seen(how(), (2, 3)) == (2, 3)


def test_movements_are_each_pictures_own_and_go_on_from_the_first_step() -> None:
    together = affines(keys(4), MOVING, (12, 10))
    assert len({tuple(one.flatten().tolist()) for one in together.flatten(0, 1)}) == 4 * 6
    assert torch.equal(affines(keys(4)[2:3], MOVING, (12, 10))[0], together[2])
    later = affines(keys(4), MOVING, (12, 10), first=2)
    assert torch.equal(later[:, :4], together[:, 2:])


def test_movements_have_nothing_to_do_with_each_other() -> None:
    maps = affines(keys(1), how(jitter=3.0, scale=0.05, steps=400), (12, 10))[0]
    apart = affines(keys(1), how(crop=0.5, steps=400), (12, 10))[0]
    turned = affines(keys(1), how(rotate=5.0, steps=400), (12, 10))[0]
    rows = [maps[:, 0, 2], maps[:, 1, 2], maps[:, 0, 0], turned[:, 0, 1]]
    rows += [apart[:, 0, 2], apart[:, 1, 2]]
    correlations = torch.corrcoef(torch.stack(rows)) - torch.eye(6)
    assert correlations.abs().max() < 0.2


def test_a_margin_is_grey() -> None:
    picture = torch.rand(2, 3, 4, 5)
    wide = padded(picture, 3)
    assert wide.shape == (2, 3, 10, 11)
    assert torch.equal(wide[..., 3:7, 3:8], picture)
    wide[..., 3:7, 3:8] = 0.5
    assert (wide == 0.5).all()
    assert torch.equal(padded(picture, 0), picture)


@pytest.mark.parametrize("deviation", [0.05, 0.5])
def test_noise_has_its_deviation_and_no_mean(deviation: float) -> None:
    pictures = torch.full((4, 3, 40, 50), 0.3)
    added = (noisy(pictures, keys(4), torch.arange(4), deviation) - pictures).double().numpy()
    np.testing.assert_allclose(added.std(axis=(1, 2, 3)), deviation, rtol=0.03)
    np.testing.assert_allclose(added.mean(axis=(1, 2, 3)), 0, atol=0.05 * deviation)


def test_noise_is_each_pictures_own_at_each_step() -> None:
    pictures = torch.zeros(3, 3, 6, 7)
    steps = torch.tensor([0, 5, 5])
    made = noisy(pictures, keys(3), steps, 0.1)
    for row in range(3):
        alone = noisy(pictures[:1], keys(3)[row : row + 1], steps[row : row + 1], 0.1)
        assert torch.equal(alone[0], made[row])
    later = noisy(pictures, keys(3), steps + 1, 0.1)
    every = torch.corrcoef(torch.cat([made, later]).flatten(1)) - torch.eye(6)
    assert every.abs().max() < 0.5
    assert not torch.equal(made[0, 0], made[0, 1])


def test_without_noise_pictures_are_as_they_were() -> None:
    pictures = torch.rand(2, 3, 4, 4)
    assert torch.equal(noisy(pictures, keys(2), torch.zeros(2, dtype=torch.int64), 0.0), pictures)
