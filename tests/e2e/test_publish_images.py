"""What of an image set leaves the machine: all of it, small windows, or nothing."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from convatlas.cli import cli
from support.leaks import Album, mentions, pictures, sightings
from support.markup import written
from support.site_files import layer_file

NETWORK = '''
import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    """A layer called twice on the same, two that are concatenated, dead twins, a transposed one."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.left = nn.Conv2d(4, 3, 3, padding=1)
        self.right = nn.Conv2d(4, 3, 1)
        self.up = nn.ConvTranspose2d(6, 4, 3, stride=2)
        with torch.no_grad():
            self.right.weight[:2] = 0
            self.right.bias[:2] = -0.25
            self.up.bias[3] = -1000

    def forward(self, x):
        x = F.relu(self.first(x)) + F.relu(self.first(x))
        x = torch.cat([self.left(x), self.right(x)], 1)
        return self.up(F.relu(x))


def net():
    return Net()
'''
ATLAS = """
title: A test atlas
models:
  - {{name: net, source: "net.py:net", input: {{size: 48, resize: 48}}}}
images:
  - {{name: secret, source: "folder:pictures", {publish}}}
edits: [mirror, border]
lenses:
  examples: {{top: 3}}
  maximize: {{steps: 2, size: 24, attempts: 1, negative: false}}
hypotheses:
  - filter: net/first/1
    claim: squares
    images: ["set:secret/odd/zq'7 Käfer & 001.png", "pictures/even/zq'7 Käfer & 000.png"]
"""
COUNT = 24
Site = tuple[Path, str]
Make = Callable[[str], Path]


def write_images(folder: Path) -> None:
    """Pictures of coloured squares in two class folders, with names found nowhere else.

    Two more files are left out: one is torn, one a copy.
    """
    random = np.random.default_rng(11)
    for number in range(COUNT):
        squares = random.integers(0, 256, (14, 14, 3), np.uint8).repeat(4, 0).repeat(4, 1)
        target = folder / ("even" if number % 2 == 0 else "odd")
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(squares).save(target / f"zq'7 Käfer & {number:03}.png")
    (folder / "odd" / "zq'7 torn.png").write_bytes(b"\x89PNG nothing more")
    shutil.copy(target / f"zq'7 Käfer & {number:03}.png", target / "zq'7 twin.png")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Builds the atlas once for each way of publishing, with one store for all."""
    folder = tmp_path_factory.mktemp("atlas")
    write_images(folder / "pictures")
    (folder / "net.py").write_text(NETWORK)
    made: dict[str, Path] = {}

    def make(publish: str) -> Path:
        if publish not in made:
            site = folder / f"site{len(made)}"
            (folder / "atlas.yaml").write_text(ATLAS.format(publish=publish))
            arguments = ["build", "-c", str(folder / "atlas.yaml"), "-o", str(site)]
            result = CliRunner().invoke(cli, arguments)
            assert result.exit_code == 0, result.output + repr(result.exception)
            made[publish] = site
        return made[publish]

    return make


FULL, CROPS, NONE, HEAT = (
    "publish: full",
    "publish: crops",
    "publish: none",
    "publish: none, heatmaps: true",
)


def set_of(site: Path) -> Path:
    return site.parent / "pictures"


def images_of(site: Path) -> list[Path]:
    """The files of the set in the order of the set, without those that are left out."""
    return sorted(set_of(site).rglob("*Käfer*.png"))


def filters(site: Path) -> Iterator[tuple[Path, dict[str, Any], dict[str, Any]]]:
    """The folder, layer and record of every filter of the site."""
    for file in sorted(site.glob("net/*/layer.json")):
        layer = layer_file(file)
        for record in layer["filters"]:
            yield file.parent, layer, record


def entries(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("top", "lowest", "range"):
        for entry in record["examples"][kind]:
            yield kind, entry


def images_json(site: Path) -> dict[str, Any]:
    return json.loads((site / "images" / "secret" / "images.json").read_text())


@pytest.mark.parametrize("publish", [FULL, CROPS, NONE, HEAT])
def test_every_filter_has_all_that_may_be_shown(build: Make, publish: str) -> None:
    """Those of a layer called twice on the same, and twins, too."""
    site = build(publish)
    names = []
    for _, layer, record in filters(site):
        names.append(layer["name"])
        assert record["kernels"], (layer["name"], record["index"])
        examples = record["examples"]
        assert examples, (layer["name"], record["index"])
        assert len(examples["top"]) == len(examples["lowest"]) == 3
        assert (examples["heat"] is None) == (publish == NONE)
        assert (examples["crops"] is None) == (publish != CROPS), (layer["name"], record["index"])
    assert sorted(set(names)) == ["first", "first@2", "left", "right", "up"]
    assert len(names) == 18


@pytest.fixture(scope="module")
def album(build: Make) -> Album:
    return Album(images_of(build(NONE)))


@pytest.mark.parametrize("publish", [NONE, HEAT])
def test_of_a_set_that_is_not_published_no_name_and_no_digest_is_in_the_site(
    build: Make, publish: str
) -> None:
    site = build(publish)
    assert not mentions(site, set_of(site))


def heats(site: Path) -> dict[str, tuple[int, int]]:
    """The files of heat maps, with the size [h, w] of a tile."""
    return {
        f"{folder.relative_to(site)}/{heat['picture']['file']}": tuple(heat["size"])
        for folder, _, record in filters(site)
        if (heat := record["examples"]["heat"])
    }


def test_of_a_set_that_is_not_published_no_pixel_is_in_the_site(build: Make, album: Album) -> None:
    site = build(NONE)
    assert not heats(site)
    assert len(list(pictures(site))) > 30
    assert not sightings(site, album)


def test_heat_maps_are_all_that_is_added_to_a_set_that_is_not_published(
    build: Make, album: Album
) -> None:
    site, without = build(HEAT), build(NONE)
    known = heats(site)
    assert len(known) == 18
    shown = dict(pictures(site))
    assert shown.keys() - dict(pictures(without)).keys() == known.keys()
    for name, (height, width) in known.items():
        assert max(height, width) <= 16
        picture = np.asarray(shown[name]).astype(int)
        assert picture.shape[:2] == (height, 6 * width)
        assert np.ptp(picture, axis=2).max() <= 4  # grey
    assert not sightings(site, album).keys() - known.keys()


@pytest.mark.parametrize("publish", [NONE, HEAT])
def test_images_that_are_not_published_are_numbers(build: Make, publish: str) -> None:
    site = build(publish)
    labels = [file.parent.name for file in images_of(site)]
    seen = set()
    for _, _, record in filters(site):
        for _, entry in entries(record):
            seen.add(int(entry["image"]))
            assert entry["label"] == labels[int(entry["image"]) - 1]
    assert seen <= set(range(1, COUNT + 1))
    assert len(seen) > 10
    assert images_json(site)["images"] == {}
    assert (images_json(site)["count"], images_json(site)["left_out"]) == (COUNT, 2)
    assert [file.name for file in (site / "images").rglob("*.html")] == ["index.html"]
    assert not list((site / "images").rglob("*.webp"))


def test_numbers_stand_for_the_same_images_as_identities_do(build: Make) -> None:
    site, open_site = build(NONE), build(FULL)
    files = images_of(site)
    ids = [hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files]
    for (_, _, hidden), (_, _, told) in zip(filters(site), filters(open_site), strict=True):
        for (_, number), (_, entry) in zip(entries(hidden), entries(told), strict=True):
            assert ids[int(number["image"]) - 1] == entry["image"]
            assert number["response"] == entry["response"]


def leak_name(site: Path, files: list[Path]) -> None:
    page = site / "net" / "first" / "0.html"
    page.write_text(page.read_text() + f"<!-- {files[3].stem} -->")


def leak_quoted_path(site: Path, files: list[Path]) -> None:
    (site / "atlas.json").write_text('{"a":"even/zq%277%20K%C3%A4fer%20%26%20000.png"}')


def leak_identity(site: Path, files: list[Path]) -> None:
    name = hashlib.sha256(files[5].read_bytes()).hexdigest()[:12]
    (site / "images" / f"{name}.json").write_text("{}")


def leak_digest(site: Path, files: list[Path]) -> None:
    digest = hashlib.sha256(files[7].read_bytes()).hexdigest()
    (site / ".convatlas-site").write_text(json.dumps({"files": [digest]}))


@pytest.mark.parametrize("leak", [leak_name, leak_quoted_path, leak_identity, leak_digest])
def test_a_name_that_is_let_out_is_found(
    build: Make, tmp_path: Path, leak: Callable[[Path, list[Path]], None]
) -> None:
    original = build(NONE)
    site = tmp_path / "site"
    shutil.copytree(original, site)
    leak(site, images_of(original))
    assert mentions(site, set_of(original))


@pytest.mark.parametrize(
    ("area", "scale"),
    [((0, 0, 56, 56), 1), ((0, 0, 56, 56), 0.5), ((10, 20, 40, 50), 1.5), ((31, 5, 56, 30), 1)],
)
def test_pixels_that_are_let_out_are_found(
    build: Make, tmp_path: Path, album: Album, area: tuple[int, int, int, int], scale: float
) -> None:
    """A whole image or a window of it, smaller or larger, as a tile of a sprite of other things."""
    files = images_of(build(NONE))
    with Image.open(files[9]) as image:
        side = round((area[2] - area[0]) * scale)
        window = image.resize((side, side), Image.Resampling.BICUBIC, area)
    sprite = Image.new("RGB", (3 * side, side), (90, 120, 60))
    sprite.paste(window, (side, 0))
    sprite.save(tmp_path / "sprite.webp", quality=50)
    found = sightings(tmp_path, album)
    assert [file for _, file in found.values()] == [files[9]]


def test_of_a_set_with_crops_each_filter_has_small_windows(build: Make, album: Album) -> None:
    site = build(CROPS)
    ids = {hashlib.sha256(f.read_bytes()).hexdigest()[:12]: f for f in images_of(site)}
    sprites = {}
    for folder, _, record in filters(site):
        crops = record["examples"]["crops"]
        file = folder / crops["picture"]["file"]
        assert file.stat().st_size < 12_000
        assert crops["count"] == 3
        with Image.open(file) as image:
            sprite = image.convert("RGB")
        height, width = crops["size"]
        assert sprite.size == (3 * width, height)
        assert max(height, width) <= 24  # no layer sees more than that
        for place, entry in enumerate(record["examples"]["top"]):
            tile = sprite.crop((place * width, 0, (place + 1) * width, height))
            left, top, right, bottom = entry["box"]
            assert (right - left, bottom - top) < (width, height)
            alike, whose = album.of(tile)
            assert alike > 0.9
            assert whose == ids[entry["image"]]
        sprites[str(file.relative_to(site))] = sprite
    # The layer's sprite repeats the first window of each filter, and nothing else.
    repeated = {str(file.relative_to(site)) for file in site.rglob("sprite-examples-*")}
    known = sprites.keys() | heats(site).keys() | repeated | windows_of_edits(site)
    assert sightings(site, album).keys() <= known


def windows_of_edits(site: Path) -> set[str]:
    """The pictures of edits, of which each shows a quarter of an image."""
    files = list((site / "edits").rglob("*.webp"))
    assert files
    for file in files:
        with Image.open(file) as picture:
            assert picture.size == (24, 24)
    return {str(file.relative_to(site)) for file in files}


def test_of_a_set_with_crops_no_image_has_a_page_or_a_picture(build: Make) -> None:
    site = build(CROPS)
    assert images_json(site)["images"] == {}
    assert [file.name for file in (site / "images").rglob("*.html")] == ["index.html"]
    assert not list((site / "images").rglob("*.webp"))


def test_of_a_published_set_each_image_that_is_shown_has_a_picture_once(build: Make) -> None:
    site = build(FULL)
    used = {entry["image"] for _, _, record in filters(site) for _, entry in entries(record)}
    told = images_json(site)["images"]
    assert set(told) == used
    assert len(used) > 12
    files = {hashlib.sha256(f.read_bytes()).hexdigest()[:12]: f for f in images_of(site)}
    published = {f"images/{file.name}" for file in (site / "images").glob("*.webp")}
    assert published == {image["pictures"][0]["file"] for image in told.values()}
    for name, image in told.items():
        (picture,) = image["pictures"]
        with Image.open(site / picture["file"]) as shown, Image.open(files[name]) as original:
            expected = np.asarray(original.resize((48, 48), Image.Resampling.BILINEAR)).astype(int)
            assert np.abs(np.asarray(shown.convert("RGB")) - expected).max() <= 1
        assert image["label"] == files[name].parent.name


def counted(site: Path) -> dict[str, set[tuple[str, str]]]:
    """For each image, the pages of the filters that show it, and why; the random ones apart."""
    found: dict[str, set[tuple[str, str]]] = {}
    for folder, _, record in filters(site):
        href = f"{folder.relative_to(site).as_posix()}/{record['href']}"
        best = record["examples"]["top"][0]["image"]
        for kind, entry in entries(record):
            told = found.setdefault(entry["image"], set())
            if not entry.get("drawn") and not (kind == "range" and entry["image"] == best):
                told.add((href, kind))
    return found


def test_of_a_published_set_each_image_tells_which_filters_show_it(build: Make) -> None:
    site = build(FULL)
    expected = counted(site)
    told = images_json(site)["images"]
    for name, image in told.items():
        listed = [
            (f"{layer}/{index}.html", kind)
            for layer, kinds in image["excites"].items()
            for kind, indices in kinds.items()
            for index in indices
        ]
        assert len(set(listed)) == len(listed)
        assert set(listed) == expected[name]
    drawn = {e["image"] for _, _, r in filters(site) for _, e in entries(r) if e.get("drawn")}
    assert {name for name, image in told.items() if image["drawn"]} == drawn


def test_of_a_published_set_each_image_has_a_page_with_its_live_filters(build: Make) -> None:
    site = build(FULL)
    expected = counted(site)
    dead = {
        f"{folder.relative_to(site).as_posix()}/{record['href']}"
        for folder, _, record in filters(site)
        if record["dead"]
    }
    assert dead
    for name, told in expected.items():
        page = written((site / "images" / "secret" / f"{name}.html").read_text("utf-8"))
        links = set(re.findall(r'href="\.\./\.\./(net/[^"/]+/\d+\.html)"', page))
        assert links == {href for href, _ in told} - dead
    pages = {file.stem for file in (site / "images" / "secret").glob("*.html")}
    assert {page for page in pages if not page.startswith("index")} == set(expected)
