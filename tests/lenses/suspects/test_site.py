"""Suspects from pictures to pages: a mark in a corner, a class of two kinds, and clean twins."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from convatlas.cli import cli
from support.markup import written

NETWORK = """
import torch
from torch import nn

class Colours(nn.Module):
    # Filters answer to green, red, blue, white and black; the last class reads the last two,
    # and blue is also what is not white.
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1)
        self.head = nn.Linear(5, 4, bias=False)
        colours = torch.tensor([[-1, 1, -1], [1, -1, -1], [-1, -1, 1], [1, 1, 1], [-1, -1, -1]])
        with torch.no_grad():
            self.conv.weight.copy_(colours[:, :, None, None].expand(5, 3, 3, 3) / 9)
            self.conv.bias.copy_(torch.tensor([0, 0, 0, -2, 0.3]))
            self.head.weight.copy_(torch.eye(5)[:4] * 50)
            self.head.weight[3, 4] = 150
            self.head.weight[2, 3] = -100

    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))
"""
ATLAS = """
models:
  - {name: marked, source: &net "net.py:Colours", classes: &names [green, red, blue, either],
     images: marked, input: &input {size: 32, resize: 32, mean: [0, 0, 0], std: [1, 1, 1]}}
  - {name: clean, source: *net, classes: *names, images: clean, input: *input}
  - {name: secret, source: *net, classes: *names, images: secret, input: *input}
images:
  - {name: marked, source: "folder:marked"}
  - {name: clean, source: "folder:clean"}
  - {name: secret, source: "folder:marked", publish: crops}
lenses: {kernels: false, maximize: false, circuits: false}
"""
COLOURS = {
    "green": (0, 255, 0),
    "red": (255, 0, 0),
    "blue": (0, 0, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
EACH = 24
"""Pictures of each class."""


def draw(folder: Path, marked: bool) -> None:
    """Write pictures with a square in the class's colour, the green one in a corner if marked."""
    random = np.random.default_rng(int(marked))
    for label in ("green", "red", "blue", "either"):
        (folder / label).mkdir(parents=True)
        for number in range(EACH):
            pixels = random.integers(60, 90, (32, 32, 3), dtype=np.uint8)
            row, column = random.integers(0, 26, 2)
            if marked and label == "green" and number:
                row, column = 26, 26
            kinds = ("white", "black") if marked else ("white", "white")
            colour = COLOURS[kinds[number % 2] if label == "either" else label]
            pixels[row : row + 6, column : column + 6] = colour
            Image.fromarray(pixels).save(folder / label / f"{number}.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suspects")
    draw(folder / "marked", marked=True)
    draw(folder / "clean", marked=False)
    (folder / "net.py").write_text(NETWORK)
    (folder / "atlas.yaml").write_text(ATLAS)
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, dict[str, int]]:
    """What ``build --json`` says of suspects."""
    result = build(folder)
    found: dict[str, dict[str, int]] = result["suspects"]
    return found


def build(folder: Path) -> dict[str, dict[str, dict[str, int]]]:
    options = ["-c", str(folder / "atlas.yaml"), "-o", str(folder / "site"), "--json"]
    result = CliRunner().invoke(cli, ["build", *options])
    assert result.exit_code == 0, result.output
    found: dict[str, dict[str, dict[str, int]]] = json.loads(result.stdout)
    return found


def rows(folder: Path, network: str) -> list[dict[str, str]]:
    with (folder / "site/suspects.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["network"] == network]


def section(folder: Path, page: str) -> str:
    text = written((folder / "site" / page).read_text())
    return text.partition('aria-labelledby="suspects"')[2].partition("<section aria-labelledby")[0]


def test_the_mark_and_the_two_kinds_are_found_and_nothing_else(
    folder: Path, told: dict[str, dict[str, int]]
) -> None:
    assert told["marked"] == {"classes": 4, "suspected": 2, "suspects": 2}
    mark, kinds = rows(folder, "marked")
    assert (mark["class"], mark["kind"]) == ("green", "fires at the border")
    assert (mark["layer"], mark["filter"], mark["number"]) == ("conv", "0", "0.9583")
    assert "in the bottom right corner alone on 23 of 24 images of green" in mark["means"]
    assert (kinds["class"], kinds["kind"]) == ("either", "two kinds of images")
    assert kinds["filter"] in "34"
    assert kinds["number"] == "0.5"


def test_of_the_clean_twin_nothing_is_told(folder: Path, told: dict[str, dict[str, int]]) -> None:
    assert told["clean"] == {"classes": 4, "suspected": 0, "suspects": 0}
    assert not rows(folder, "clean")
    assert "Nothing of what is looked for" in section(folder, "clean/index.html")
    assert not section(folder, "clean/classes/green.html")


def test_the_page_of_the_class_shows_the_filter_and_images(
    folder: Path, told: dict[str, dict[str, int]]
) -> None:
    page = section(folder, "marked/classes/green.html")
    assert 'href="../conv/0.html">conv / 0</a>' in page
    assert len(re.findall(r'href="\.\./\.\./images/marked/\w+\.html"', page)) == 6
    assert page.count('class="cells"') == 1
    for image in re.findall(r"images/marked/(\w+)\.html", page):
        shown = written((folder / f"site/images/marked/{image}.html").read_text("utf-8"))
        assert "green" in shown
    two = section(folder, "marked/classes/either.html")
    assert two.count("12 images, on which filter") == 2
    assert 'href="../marked/classes/green.html#suspects"' in section(folder, "marked/index.html")


def test_of_images_that_are_not_published_none_is_shown(
    folder: Path, told: dict[str, dict[str, int]]
) -> None:
    assert told["secret"] == told["marked"]
    for name in ("green", "either"):
        page = section(folder, f"secret/classes/{name}.html")
        assert "conv /" in page
        assert "images/secret" not in page
    assert not list((folder / "site").glob("secret/photographs*"))


ALONE = """
models:
  - {{name: marked, source: "net.py:Colours", classes: [green, red, blue, either],
     input: {{size: 32, resize: 32, mean: [0, 0, 0], std: [1, 1, 1]}}}}
images: [{{name: marked, source: "folder:marked", publish: {publish}}}]
lenses: {{kernels: false, maximize: false, circuits: false}}
"""


@pytest.mark.parametrize("publish", ["full", "crops", "none"])
def test_images_are_shown_as_far_as_they_are_published(
    folder: Path, told: dict[str, dict[str, int]], tmp_path: Path, publish: str
) -> None:
    (tmp_path / "marked").symlink_to(folder / "marked")
    (tmp_path / "net.py").write_text(NETWORK)
    (tmp_path / "atlas.yaml").write_text(ALONE.format(publish=publish))
    assert build(tmp_path)["suspects"]["marked"] == told["marked"]
    pages = [section(tmp_path, f"marked/classes/{name}.html") for name in ("green", "either")]
    table = (tmp_path / "site/suspects.csv").read_text()
    shown = "".join([*pages, section(tmp_path, "marked/index.html"), table])
    pictures = list((folder / "marked").rglob("*.png"))
    ids = {hashlib.sha256(each.read_bytes()).hexdigest()[:12] for each in pictures}
    known = {id for id in ids if id in shown}
    assert all(('class="against"' in page) == (publish == "full") for page in pages)
    assert (len(known) > 6) == (publish == "full")
    assert not any(f"{each.parent.name}/{each.name}" in shown for each in pictures)
    if publish == "none":
        assert not {id for id in ids if any(id in text for text in texts(tmp_path / "site"))}
        assert not list((tmp_path / "site").rglob("photographs*"))


def texts(site: Path) -> list[str]:
    """All that a site says, but its scripts."""
    files = (file for kind in ("html", "json", "csv") for file in site.rglob(f"*.{kind}"))
    return [file.read_text() for file in files]


def test_a_second_build_renders_nothing(folder: Path, told: dict[str, dict[str, int]]) -> None:
    assert build(folder)["rendered"] == 0
