"""AVIF files, in which made pictures and sprites are kept."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, features

from convatlas.errors import RenderError
from convatlas.images.codecs import avif
from convatlas.images.codecs.avif import MEASURED, QUALITIES, encode_avif
from convatlas.images.codecs.decode import decode


def stripes(side: int = 64) -> np.ndarray:
    """Red and green side by side, of one lightness: what halved colours lose."""
    picture = np.zeros((side, side, 3), np.uint8)
    picture[:, ::2], picture[:, 1::2] = (200, 40, 60), (40, 104, 60)
    return picture


def test_colours_that_change_from_pixel_to_pixel_are_kept() -> None:
    picture = stripes()
    decoded = decode(encode_avif(picture, QUALITIES[0], MEASURED).data)
    assert np.abs(decoded.astype(int) - picture).mean() < 12


def test_files_are_avif_and_always_the_same_bytes() -> None:
    first = encode_avif(stripes(96), 85)
    assert Image.open(io.BytesIO(first.data)).format == "AVIF"
    assert encode_avif(stripes(96), 85).data == first.data
    assert (first.facts.width, first.facts.format) == (96, "avif")
    assert first.facts.file("3-positive") == f"3-positive-{first.facts.digest[:8]}.avif"


def test_better_quality_is_nearer() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    wrong = [
        np.abs(decode(encode_avif(picture, quality, MEASURED).data).astype(int) - picture).mean()
        for quality in QUALITIES
    ]
    assert wrong == sorted(wrong, reverse=True)


def test_a_tune_gives_other_bytes() -> None:
    assert encode_avif(stripes(), 50, MEASURED).data != encode_avif(stripes(), 50).data


def test_grey_pictures_get_three_channels() -> None:
    grey = np.full((40, 50, 1), 90, np.uint8)
    assert decode(encode_avif(grey, 85).data).shape == (40, 50, 3)


def test_a_pillow_without_avif_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = encode_avif(stripes(), 85)
    monkeypatch.setattr(features, "check", lambda name: False)
    for task in (lambda: encode_avif(stripes(), 85), lambda: decode(encoded.data)):
        with pytest.raises(RenderError, match="without AVIF"):
            task()


def test_a_pillow_without_the_codec_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(avif, "CODEC", "none such")
    with pytest.raises(RenderError, match="by none such"):
        encode_avif(stripes(), 85)


def test_an_unknown_tune_is_told() -> None:
    with pytest.raises(RenderError, match="aom"):
        encode_avif(stripes(), 50, "none such")
