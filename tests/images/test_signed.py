"""Signed values as pictures, and many of them in one file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.webp import encode_within
from convatlas.images.signed import ZERO, feature_map, shrunk, signed_picture
from convatlas.images.sprites import fitting, sheet

Floats = NDArray[np.float32]
FINITE = st.integers(-1000, 1000).map(float)


def test_zero_is_mid_grey_and_signs_are_light_and_dark() -> None:
    values = np.zeros((3, 20, 20), np.float32)
    values[0, 3, 4], values[2, 7, 8] = 5, -5
    picture = signed_picture(values, 20)
    assert picture.shape == (20, 20, 3)
    assert picture[0, 0].tolist() == [128, 128, 128]
    assert picture[3, 4].tolist() == [255, 128, 128]
    assert picture[7, 8].tolist() == [128, 128, 0]


def test_a_few_strong_pixels_do_not_take_all_the_contrast() -> None:
    values = np.full((3, 40, 40), 0.1, np.float32)
    values[:, 0, 0] = 100
    assert signed_picture(values, 40)[20, 20, 0] == 255


def test_grey_values_become_a_grey_picture() -> None:
    values = np.linspace(-1, 1, 64, dtype=np.float32).reshape(1, 8, 8)
    picture = signed_picture(values, 8)
    assert (picture[..., 0] == picture[..., 2]).all()


@pytest.mark.parametrize(
    "make", [lambda v: signed_picture(v[None], 30), lambda v: feature_map(v, 30)]
)
@given(values=arrays(np.float32, (6, 5), elements=FINITE), scale=st.sampled_from([0.125, 8.0]))
def test_pictures_have_a_scale_of_their_own(make, values: Floats, scale: float) -> None:
    assert (np.abs(make(values).astype(int) - make(values * np.float32(scale))) <= 1).all()


def test_nothing_at_all_is_grey() -> None:
    nothing = np.zeros((3, 4, 4), np.float32)
    assert (signed_picture(nothing, 4) == 128).all()
    assert (feature_map(nothing[0], 4) == ZERO).all()


def test_a_feature_map_is_bright_above_zero_and_dark_below() -> None:
    values = np.array([[0, 2], [-2, 1], [-1, 0]], np.float32)
    picture = feature_map(values, 3)
    assert (picture[..., 0] == picture[..., 2]).all()
    assert picture[..., 0].tolist() == [[ZERO, 255], [0, 160], [ZERO // 2, ZERO]]


def test_the_sign_of_a_response_outlives_the_encoder() -> None:
    values = np.random.default_rng(0).normal(size=(14, 14)).astype(np.float32)
    tiles = [feature_map(np.roll(values, n, 1), 14) for n in range(256)]
    shown = decode(encode_within(sheet(tiles, 16), 20_000).data)[:14, :14, 0]
    strong = np.abs(values) > 0.3 * np.abs(values).max()
    assert ((shown > ZERO) == (values > 0))[strong].mean() > 0.97


def test_large_values_are_averaged_and_small_ones_left_alone() -> None:
    values = np.arange(64, dtype=np.float32).reshape(8, 8)
    by_hand = values.reshape(4, 2, 4, 2).mean((1, 3))
    np.testing.assert_allclose(shrunk(values, 4), by_hand, rtol=1e-6)
    assert shrunk(values, 8) is values
    assert shrunk(np.ones((3, 90), np.float32), 9).shape == (1, 9)


@given(count=st.integers(1, 30), columns=st.integers(1, 9))
def test_tiles_stand_row_by_row(count: int, columns: int) -> None:
    tiles = [np.full((2, 3, 3), n + 1, np.uint8) for n in range(count)]
    table = sheet(tiles, columns)
    rows = -(-count // columns)
    assert table.shape == (2 * rows, 3 * columns, 3)
    for place in range(rows * columns):
        row, column = divmod(place, columns)
        tile = table[2 * row : 2 * row + 2, 3 * column : 3 * column + 3]
        assert (tile == (place + 1 if place < count else 0)).all()


def noise(side: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (side, 4 * side, 3), np.uint8)


def test_a_sprite_that_fits_as_it_is_is_kept_as_it_is() -> None:
    sprite, picture = fitting(lambda side: noise(side), [16, 8], 10_000)
    np.testing.assert_array_equal(decode(sprite.data), picture)
    assert picture.shape[0] == 16


def test_a_sprite_that_does_not_fit_has_smaller_tiles() -> None:
    sprite, picture = fitting(lambda side: noise(side), [96, 48, 24, 12], 6_000)
    assert len(sprite.data) <= 6_000
    assert picture.shape[0] in (24, 48)
    assert (sprite.height, sprite.width) == picture.shape[:2]


def test_where_nothing_fits_the_smallest_is_taken() -> None:
    _, picture = fitting(lambda side: noise(side), [32, 16], 100)
    assert picture.shape[0] == 16
