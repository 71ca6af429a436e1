import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.webp import encode, encode_lossless
from convatlas.images.colour import NEUTRAL, UNKNOWN, diverging

pictures = hnp.arrays(np.uint8, st.tuples(st.integers(1, 64), st.integers(1, 64), st.just(3)))


@settings(deadline=None)  # a busy machine is no mistake
@given(pictures)
def test_small_pictures_come_back_exactly(picture):
    encoded = encode(picture)
    assert (encoded.height, encoded.width) == picture.shape[:2]
    assert np.array_equal(decode(encoded.data), picture)


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def is_lossless(data):
    return b"VP8L" in data[:40]


def test_the_longer_side_decides_whether_a_picture_is_lossless():
    assert is_lossless(encode(noise(64, 64)).data)
    assert not is_lossless(encode(noise(64, 65)).data)
    assert not is_lossless(encode(noise(65, 3)).data)


def test_lossless_holds_for_large_pictures():
    picture = noise(100, 130)
    assert np.array_equal(decode(encode_lossless(picture).data), picture)


def test_large_smooth_pictures_are_close():
    ramp = np.linspace(0, 255, 128).astype(np.uint8)
    picture = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None], np.uint8(90)), axis=-1)
    assert np.abs(decode(encode(picture).data).astype(int) - picture).mean() < 3


def test_files_are_webp_and_always_the_same_bytes():
    picture = noise(80, 90)
    first = encode(picture)
    assert Image.open(io.BytesIO(first.data)).format == "WEBP"
    assert encode(picture.copy()).data == first.data
    assert (first.facts.width, first.facts.height) == (90, 80)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1)])
def test_grey_pictures_get_three_equal_channels(shape):
    grey = np.arange(35, dtype=np.uint8).reshape(shape)
    decoded = decode(encode(grey).data)
    assert all(np.array_equal(decoded[:, :, c], grey.reshape(5, 7)) for c in range(3))


@pytest.mark.parametrize("channels", [2, 4])
def test_the_last_of_two_or_four_channels_is_the_opacity(channels):
    random = np.random.default_rng(0)
    picture = random.integers(1, 256, (9, 7, channels), dtype=np.uint8)
    with Image.open(io.BytesIO(encode(picture).data)) as image:
        decoded = np.array(image.convert("RGBA"))
    assert np.array_equal(decoded[:, :, 3], picture[:, :, -1])
    assert np.array_equal(decoded[:, :, 0], picture[:, :, 0])


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((1, 16384, 3), np.uint8),
        np.zeros(3, np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(wrong):
    with pytest.raises(ValueError, match=r"expected|WebP takes"):
        encode(wrong)


def test_zero_is_neutral_and_signs_have_their_colours():
    colours = diverging(np.array([[0.0, 1.0], [-1.0, np.nan]])).astype(int)
    assert tuple(colours[0, 0]) == NEUTRAL
    assert colours[0, 1, 0] > colours[0, 1, 2] + 50
    assert colours[1, 0, 2] > colours[1, 0, 0] + 50
    assert tuple(colours[1, 1]) == UNKNOWN


def test_values_beyond_one_are_clipped():
    assert np.array_equal(diverging(np.array([9.0, -np.inf])), diverging(np.array([1.0, -1.0])))


def luminance(colours):
    return colours @ np.array([0.2126, 0.7152, 0.0722])


def test_colours_darken_steadily_away_from_zero():
    steps = np.linspace(0, 1, 101)
    for sign in (1, -1):
        assert (np.diff(luminance(diverging(sign * steps).astype(float))) <= 0.6).all()
        assert (
            luminance(diverging(np.array([0.0])))[0] - luminance(diverging(sign * steps))[-1] > 150
        )


def test_signs_stay_apart_for_the_colour_blind():
    # Machado, Oliveira and Fernandes 2009: full deuteranopia and protanopia
    deutan = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
    protan = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]
    for value in (0.3, 0.6, 0.9):
        pair = diverging(np.array([value, -value])).astype(float)
        for matrix in (deutan, protan):
            seen = pair @ np.array(matrix).T
            assert np.linalg.norm(seen[0] - seen[1]) > 40
