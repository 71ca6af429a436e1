"""Sites for hosts that take few files: many filters on a page, with their pictures inside."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from convatlas.site.check.check import check
from convatlas.site.publish import publish
from support.gathered_pages import as_layers
from support.markup import written
from support.site_files import layer_file
from support.synthetic import synthetic_manifest


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest, read = synthetic_manifest(networks=2, layers=3, filters=40, probes=2, hypotheses=2)
    out = tmp_path_factory.mktemp("site")
    publish(as_layers(manifest), read, out)
    return out


def test_no_link_is_dead(built: Path) -> None:
    assert check(built).findings == ()


def test_filters_have_neither_pages_nor_picture_files(built: Path) -> None:
    names = {file.name for file in (built / "net0" / "features.1").iterdir()}
    assert names == {
        "index.html",
        "layer.json",
        "layer.csv",
        "wall.js",
        "filters-0.html",
        "filters-32.html",
    }


def test_sprites_are_files_and_named(built: Path) -> None:
    folder = built / "net0" / "features.1"
    told = json.loads((folder / "layer.json").read_text())["sprites"]
    assert all(
        (folder / file["file"]).is_file() for view in told.values() for file in view["files"]
    )


def test_every_filter_stands_on_a_page_under_its_number(built: Path) -> None:
    for first, filters in ((0, range(32)), (32, range(32, 40))):
        page = written((built / "net0" / "features.1" / f"filters-{first}.html").read_text("utf-8"))
        assert re.findall(r'<div id="(\d+)">', page) == [str(index) for index in filters]


def test_only_pages_with_pictures_inside_allow_them(built: Path) -> None:
    for file in built.rglob("*.html"):
        page = file.read_text()
        assert ("img-src 'self' data:;" in page) == ('="data:image/' in page), file


def test_pictures_inside_are_the_pictures(built: Path) -> None:
    page = written((built / "net0" / "features.1" / "filters-0.html").read_text("utf-8"))
    assert len(set(re.findall(r'src="data:image/webp;base64,([^"]+)"', page))) > 20
    assert not re.search(r'(src|href)="\d+-', page)


def test_links_lead_to_the_filter_there(built: Path) -> None:
    wall = written((built / "net0" / "features.1" / "index.html").read_text("utf-8"))
    assert 'href="filters-32.html#37"' in wall
    index = (built / "search" / "index.js").read_text()
    assert "filters-32.html#37" in index
    assert "filters-32.html#37" in (built / "net0" / "features.1" / "wall.js").read_text()
    filters = layer_file(built / "net0" / "features.1" / "layer.json")["filters"]
    assert filters[37]["kernels"] is None
    assert filters[36]["kernels"]["picture"] == {"file": None, "width": 48, "height": 3}
