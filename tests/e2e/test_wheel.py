"""The wheel, installed outside the checkout, builds the demo atlas."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package as installed from the wheel, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    target = folder / "packages"
    # The libraries come from this environment: only the package itself is under test.
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
    subprocess.run([*pip, str(wheel)], check=True)
    return target


def test_the_wheel_holds_all_that_a_site_needs(installed: Path) -> None:
    (wheel,) = installed.parent.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "templates/base.html",
        "static/atlas.css",
        "atlas.yaml",
        "demo/weights.safetensors",
    ):
        assert f"convatlas/{name}" in names
    assert not [name for name in names if name.startswith(("tests", "site/", "benchmarks"))]


def test_the_demo_builds_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    def convatlas(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(installed)}
        command = [sys.executable, "-m", "convatlas", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    convatlas("init")
    # All layers, but few filters and steps: the whole demo is a benchmark, not a test.
    atlas = tmp_path / "atlas.yaml"
    text = (
        atlas.read_text()
        .replace("filters: all", "filters: [0, 1, 66, 116]")  # with those of its claims
        .replace("count: 600", "count: 96")
        .replace("attempts: 4", "attempts: 1")
        .replace("negative: true", "negative: false")
        .replace("second: true", "second: false")
    )
    atlas.write_text(text.replace("preset: standard", "steps: 4"))
    assert convatlas("build").rstrip().endswith("index.html")
    for layer in range(1, 8):
        assert (tmp_path / "site" / "demo" / f"conv{layer}" / "1.html").exists()
    assert convatlas("check", "site").rstrip().endswith("0 faults")
    code = "import convatlas; print(convatlas.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    where = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(installed) in where.stdout
