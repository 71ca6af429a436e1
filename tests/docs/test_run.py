"""What the documents tell the reader to do works, block by block."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.documents import DOCS, ROOT, run
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


@pytest.mark.parametrize("page", ["offline", "private-images"])
def test_a_how_to_with_the_demo(page: str, tmp_path: Path) -> None:
    """The demo's own atlas, of which a few filters are enough."""
    few = (ROOT / "atlas.yaml").read_text(encoding="utf-8")
    few = few.replace('layers: ["*"]    ', "layers: [conv1]", 1).replace("count: 600", "count: 24")
    few = few.replace("filters: all", "filters: 0-1").replace("attempts: 4", "attempts: 1")
    few = few.replace("preset: standard", "preset: draft").partition("\nprobes:")[0] + "\n"
    starter = tmp_path / "starter"
    shutil.copytree(ROOT / "generator", starter / "generator", ignore=_no_caches)
    for name in ("templates", "static"):
        shutil.copytree(ROOT / name, starter / name)
    (starter / "atlas.yaml").write_text(few, encoding="utf-8")
    folder = tmp_path / "reader"
    folder.mkdir()
    run(DOCS / "how-to" / f"{page}.md", folder, {"PYTHONPATH": str(starter / "generator")})


_no_caches = shutil.ignore_patterns("__pycache__")
