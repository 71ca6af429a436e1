"""What the registry knows of each format holds for the files that its encoder makes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from convatlas.errors import RenderError
from convatlas.images.codecs.avif import encode_avif
from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.jpeg import encode_jpeg
from convatlas.images.codecs.registry import FORMATS, format_named, format_of, media_type
from convatlas.images.codecs.webp import encode
from convatlas.model.records import EncodedPicture

ENCODERS: dict[str, Callable[[np.ndarray], EncodedPicture]] = {
    "webp": encode,
    "avif": partial(encode_avif, quality=50),
    "jpg": encode_jpeg,
}


def made(suffix: str) -> bytes:
    picture = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    encoded = ENCODERS[suffix](picture)
    assert encoded.format == suffix
    return encoded.data


def test_every_format_has_its_encoder() -> None:
    assert set(FORMATS) == set(ENCODERS)


@pytest.mark.parametrize("suffix", ENCODERS)
def test_files_are_known_by_their_names_and_first_bytes(suffix: str) -> None:
    format, data = FORMATS[suffix], made(suffix)
    assert format_named(f"net/2-kernel.x.{suffix}") is format
    assert format_of(data[:12]) is format
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.get_format_mimetype()) == (format.pillow, format.media_type)


@pytest.mark.parametrize("suffix", ENCODERS)
def test_a_pillow_without_a_format_is_named(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = made(suffix)
    monkeypatch.setattr(features, "check", lambda name: name != FORMATS[suffix].feature)
    with pytest.raises(RenderError, match=f"without {FORMATS[suffix].pillow}"):
        decode(data)


def test_other_files_have_no_format() -> None:
    assert format_named("index.html") is None
    assert format_of(b"<!doctype html>") is None
    with pytest.raises(KeyError):
        media_type("index.html")


def test_no_script_and_no_template_spells_a_format() -> None:
    root = Path(__file__).resolve().parents[3]
    files = [*(root / "static").rglob("*.js"), *(root / "templates").rglob("*.html")]
    spelled = re.compile(rf"\b({'|'.join(FORMATS)})\b")
    assert [file.name for file in files if spelled.search(file.read_text(encoding="utf-8"))] == []
