"""The main paths in Firefox: from home to a filter, by keys and by search; every kind of page."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.browsing import both, installed, on_disk, package
from support.gate_site import GateSite

pytestmark = pytest.mark.browser

WALK = Path(__file__).with_name("firefox.mjs")


def troubles(kinds: Mapping[str, str], *roots: str) -> list[str]:
    """What went wrong on the walks through the site at each of the roots."""
    package("puppeteer-core/package.json")
    command = [installed("node"), str(WALK), installed("firefox-esr", "firefox")]
    done = subprocess.run(
        [*command, json.dumps(dict(kinds)), *roots], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_the_main_paths_work_in_firefox(gate: GateSite) -> None:
    with both(gate.out) as roots:
        assert troubles(gate.pages, *roots.values()) == []


def test_the_walk_tells_what_goes_wrong(gate: GateSite, tmp_path: Path) -> None:
    out = shutil.copytree(gate.out, tmp_path / "site")
    for script in (out / "static").glob("atlas.*.js"):
        script.write_text(script.read_text().replace('"n", "ArrowRight"', "") + "gone();")
    found = troubles({}, on_disk(out))
    assert any("gone is not defined" in each for each in found)
    assert any(each.startswith("n led to") for each in found)
