"""A format that only the registry knows, through a whole build: all others ask it."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from convatlas.images.codecs.format import Format
from convatlas.images.codecs.pixels import coloured
from convatlas.images.codecs.registry import FORMATS
from convatlas.lenses.kernels import lens as kernels
from convatlas.model.records import EncodedPicture
from convatlas.site.check.budgets import kind
from convatlas.site.check.check import check
from convatlas.site.serve.server import Serving
from support.command import build, said
from support.markup import written

NETWORK = """
from torch import nn
def network():
    return nn.Sequential(nn.Conv2d(3, 4, 3))
"""
ATLAS = """
models: [{name: tiny, source: "net.py:network", weights: none, input: {size: 16}}]
lenses: {examples: false, maximize: false}
"""
BELOW = "tiny/0"
END = b"IEND\xae\x42\x60\x82"


def encode(picture: NDArray[np.uint8]) -> EncodedPicture:
    file = io.BytesIO()
    Image.fromarray(coloured(picture)).save(file, "PNG")
    return EncodedPicture(file.getvalue(), picture.shape[1], picture.shape[0], "tile")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An atlas whose kernels are kept in that format."""
    made_up = Format("tile", "image/x-tile", "PNG", "zlib", re.compile(rb"\x89PNG"))
    monkeypatch.setitem(FORMATS, "tile", made_up)
    monkeypatch.setattr(kernels, "encode_lossless", encode)
    (tmp_path / "net.py").write_text(NETWORK)
    (tmp_path / "atlas.yaml").write_text(ATLAS)
    return tmp_path


def built(folder: Path) -> Path:
    result = build(folder)
    assert result.exit_code == 0, said(result)
    return folder / "site"


def test_its_pictures_are_files_that_stay_while_they_are_whole(folder: Path) -> None:
    out = built(folder)
    assert check(out).findings == ()
    tiles = sorted((out / BELOW).glob("*.tile"))
    assert len(tiles) == 4
    assert {kind(tile.relative_to(out).as_posix()) for tile in tiles} == {"kernels"}
    assert f'src="{tiles[0].name}"' in written((out / BELOW / "0.html").read_text("utf-8"))
    before, changed = tiles[0].read_bytes(), tiles[1].stat().st_mtime_ns
    tiles[0].write_bytes(before[:-1])
    built(folder)
    assert (tiles[0].read_bytes(), tiles[1].stat().st_mtime_ns) == (before, changed)


def test_they_stand_inside_of_pages_that_many_filters_share(folder: Path) -> None:
    with (folder / "atlas.yaml").open("a") as atlas:
        atlas.write("site: {pages: layer}\n")
    out = built(folder)
    assert check(out).findings == ()
    assert not list(out.rglob("*.tile"))
    page = written((out / BELOW / "filters-0.html").read_text("utf-8"))
    inside = re.findall(r'src="data:image/x-tile;base64,([^"]+)"', page)
    assert len(inside) == 4
    assert all(b64decode(data).endswith(END) for data in inside)


def test_they_are_served_as_what_they_are(folder: Path) -> None:
    out = built(folder)
    tile = next((out / BELOW).glob("*.tile"))
    with (
        Serving(out, 0) as serving,
        urlopen(f"{serving.address}{BELOW}/{tile.name}") as answer,
    ):
        assert answer.headers["Content-Type"] == "image/x-tile"
