"""What the documents tell the reader to do works, block by block."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from support.documents import DOCS, ROOT, blocks, run
from support.site_files import layer_file


def test_the_tutorial(tmp_path: Path) -> None:
    run(DOCS / "tutorial.md", tmp_path)
    layer = layer_file(tmp_path / "site" / "mine" / "4" / "layer.json")
    assert layer["local_receptive_field"] == [14, 14]
    assert not any(found["dead"] for found in layer["filters"])
    gaps = [found["examples"]["classes"][0]["gap"] for found in layer["filters"]]
    assert sum(gap > 1 for gap in gaps) >= 6  # it has learnt: most filters prefer one pattern


@pytest.mark.parametrize("page", ["notebook", "detectors"])
def test_a_how_to(page: str, tmp_path: Path) -> None:
    run(DOCS / "how-to" / f"{page}.md", tmp_path)


def test_effects_on_a_number_of_your_own(tmp_path: Path) -> None:
    """Beside the detectors of the page before."""
    shutil.copy(ROOT / "examples" / "detectors.py", tmp_path)
    run(DOCS / "how-to" / "targets.md", tmp_path)
    for place in ("ages/ages/0", "boxes/detector/rpn.head.conv.0.0"):
        layer = layer_file(tmp_path / place / "layer.json")
        assert all(found["effects"]["size"] > 0 for found in layer["filters"])


def test_two_networks_are_compared(tmp_path: Path) -> None:
    """Beside the network of the tutorial."""
    (code,) = (b.code for b in blocks(DOCS / "tutorial.md") if b.title == "mine.py")
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    run(DOCS / "how-to" / "compare.md", tmp_path)
    pages = ("comparison/compare/epoch-3--epoch-10", "site/compare/epoch-1--epoch-10")
    for page in (*pages, "site/compare/epoch-3--epoch-10", "report/compare/released--candidate"):
        told = json.loads((tmp_path / page / "compare.json").read_text(encoding="utf-8"))
        assert [layer["before"] for layer in told["layers"]] == ["0", "4"]
        assert (tmp_path / page / "index.html").exists()


def test_a_shortcut_is_found(tmp_path: Path) -> None:
    """Beside the network of the tutorial."""
    (code,) = (b.code for b in blocks(DOCS / "tutorial.md") if b.title == "mine.py")
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    run(DOCS / "how-to" / "audit.md", tmp_path)
    edits = json.loads((tmp_path / "site" / "atlas.json").read_text(encoding="utf-8"))["edits"]
    told = {edit["name"]: edit["networks"][0] for edit in edits}
    assert max(told, key=lambda name: told[name]["changed"]) == "sticker"
    assert told["sticker"]["raised"][0]["name"] == "dots"
    assert told["sticker"]["accuracy"]["plain"] == 1


@pytest.mark.parametrize("page", ["offline", "private-images"])
def test_a_how_to_with_the_demo(page: str, tmp_path: Path) -> None:
    """The demo's own atlas, of which a few filters are enough."""
    few = (ROOT / "atlas.yaml").read_text(encoding="utf-8")
    few = few.replace('layers: ["*"]    ', "layers: [conv1]", 1).replace("count: 600", "count: 24")
    few = few.replace("filters: all", "filters: 0-1").replace("attempts: 4", "attempts: 1")
    few = few.replace("preset: standard", "preset: draft").partition("\nprobes:")[0] + "\n"
    starter = tmp_path / "starter"
    unfinished = shutil.ignore_patterns("*.pyc.*")  # what another process is about to rename
    shutil.copytree(ROOT / "generator", starter / "generator", ignore=unfinished)
    for name in ("templates", "static"):
        shutil.copytree(ROOT / name, starter / name)
    (starter / "atlas.yaml").write_text(few, encoding="utf-8")
    folder = tmp_path / "reader"
    folder.mkdir()
    run(DOCS / "how-to" / f"{page}.md", folder, {"PYTHONPATH": str(starter / "generator")})
