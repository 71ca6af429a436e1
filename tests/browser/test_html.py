"""The Nu HTML checker on every page of a site: of the demo, and of one with every kind of page."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from convatlas.cli import cli
from support.browsing import installed, package
from support.gate_site import GateSite

pytestmark = pytest.mark.browser

ATLAS = Path(__file__).resolve().parents[2] / "atlas.yaml"
POLICY = "Content Security Policy"  # the checker takes a page on disk for one of another origin


def faults(pages: Iterable[Path]) -> list[str]:
    """Errors and warnings of all pages, each once with its first place."""
    jar = str(package("vnu-jar/build/dist/vnu.jar"))
    command = [installed("java"), "-jar", jar, "--format", "json", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True)
    messages: list[Any] = json.loads(done.stderr)["messages"]
    found: dict[str, str] = {}
    for told in messages:
        if POLICY not in told["message"]:
            found.setdefault(told["message"], f"{told['url']}:{told.get('lastLine')}")
    return [f"{message} {place}" for message, place in sorted(found.items())]


def demo(folder: Path) -> Path:
    """The default atlas without what takes long: few filters and images, quick pictures."""
    atlas = yaml.safe_load(ATLAS.read_text("utf-8"))
    atlas["models"][0]["filters"] = [0, 7]
    atlas["lenses"] = {"maximize": {"preset": "draft", "steps": 4, "attempts": 1}}
    atlas["images"][0]["arguments"]["count"] = 96
    del atlas["hypotheses"]
    (folder / "atlas.yaml").write_text(yaml.safe_dump(atlas), encoding="utf-8")
    places = ["-c", str(folder / "atlas.yaml"), "-o", str(folder / "site")]
    done = CliRunner().invoke(cli, ["build", *places])
    assert done.exit_code == 0, done.output
    return folder / "site"


def test_every_page_of_the_demo_is_correct_html(tmp_path: Path) -> None:
    pages = list(demo(tmp_path).rglob("*.html"))
    assert len(pages) > 50
    assert faults(pages) == []


def test_every_kind_of_page_is_correct_html(gate: GateSite, gathered: GateSite) -> None:
    broad = gate.out / "net1" / "features.0"
    alike = set(broad.glob("[2-9]??.html"))  # and the checker takes its time
    pages = [*gate.out.rglob("*.html"), *gathered.out.rglob("*.html")]
    assert faults(page for page in pages if page not in alike) == []


def test_the_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><p><img src=a.png><b>", "utf-8")
    found = " ".join(faults([page]))
    for word in ("“title”", "“alt”", "Unclosed element"):
        assert word in found
