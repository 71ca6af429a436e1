"""What the owner brought along, through whole builds: published, kept, told when it is wrong."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from convatlas.cli import cli
from convatlas.errors import ConfigError
from convatlas.site.check.check import check
from support.markup import written
from support.site_files import read_layer

NETWORK = """
from torch import nn
def network():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
"""
ATLAS = """
models: [{name: tiny, source: "net.py:network", weights: none, input: {size: 16}}]
lenses: {examples: false, maximize: {size: 16, steps: 4, negative: false, second: false}}
notes: {tiny/0/1: {name: first, remark: "As [0](atlas:tiny/0/0)."}, tiny/2/0: second}
site:
  url: https://example.org/
  logo: logo.png
  extra: [{title: Tour, file: tour.md}]
  highlights: [tiny/2/1]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(NETWORK)
    (tmp_path / "atlas.yaml").write_text(ATLAS)
    (tmp_path / "tour.md").write_text("![logo](logo.png) and [there](atlas:tiny/2).")
    Image.new("RGB", (32, 16)).save(tmp_path / "logo.png")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    place = ["-c", str(folder / "atlas.yaml")]
    return CliRunner().invoke(cli, [arguments[0], *place, *arguments[1:]])


def files(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_all_of_it_is_published_and_kept(folder: Path) -> None:
    out = folder / "site"
    result = run(folder, "build", "-o", str(out))
    assert result.exit_code == 0, result.output
    assert check(out).findings == ()
    first = files(out)
    cards = {path: data for path, data in first.items() if path.endswith(".jpg")}
    assert {path.rpartition("/")[0] for path in cards} == {"static", "tiny/0", "tiny/2"}
    for data in cards.values():
        with Image.open(io.BytesIO(data)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (1200, 630))
    layer = read_layer(first["tiny/0/layer.json"])
    assert layer["filters"][1]["note"]["name"] == "first"
    assert b'content="https://example.org/tiny/0/card-' in first["tiny/0/1.html"]
    assert first["robots.txt"] == b"Sitemap: https://example.org/sitemap.xml\n"
    assert "about/Tour.html" in first

    again = run(folder, "build", "--pages", "-o", str(folder / "again"))
    assert again.exit_code == 0, again.output
    other = files(folder / "again")
    assert {path: data for path, data in other.items() if path[0] != "."} == {
        path: data for path, data in first.items() if path[0] != "."
    }
    swept = CliRunner().invoke(cli, ["cache", "gc", "-c", str(folder / "atlas.yaml")])
    assert swept.output.startswith(".convatlas: 0 records dropped")


def test_what_changes_is_published_anew(folder: Path) -> None:
    out = folder / "site"
    assert run(folder, "build", "-o", str(out)).exit_code == 0
    (folder / "tour.md").write_text("New words.")
    Image.new("RGB", (64, 16)).save(folder / "logo.png")
    assert run(folder, "build", "--pages", "-o", str(out)).exit_code == 0
    assert "New words." in written((out / "about" / "Tour.html").read_text("utf-8"))
    assert [path.suffix for path in (out / "about").iterdir() if path.suffix != ".html"] == []
    assert 'width="64"' in written((out / "index.html").read_text("utf-8"))


def test_an_unknown_filter_stops_the_build_before_anything_is_rendered(folder: Path) -> None:
    (folder / "atlas.yaml").write_text(
        ATLAS.replace("tiny/2/0: second", "tiny/3/0: second").replace("[tiny/2/1]", "[tiny/2/9]")
    )
    result = run(folder, "build", "-o", str(folder / "site"))
    assert isinstance(result.exception, ConfigError)
    assert [line.rpartition("atlas.yaml:")[2] for line in result.exception.lines] == [
        "4:69: notes[\"tiny/3/0\"]: tiny has no layer '3'; known here: '0', '2'",
        "9:16: site.highlights[0]: 2 has filters 0 to 1, and no 9; name one",
    ]
    assert not (folder / "site").exists()
