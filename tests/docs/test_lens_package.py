"""A lens of another package, that of ``docs/how-to/lens.md``, is a lens like ours."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.documents import DOCS, ROOT, run
from support.markup import written
from support.site_files import layer_file

NETWORK = """models:
  - name: demo
    source: convatlas.demo:network
    layers: [conv1]
    filters: 0-3
    input: {size: 96, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a reader has done all that the page says; ``installed`` has the package."""
    folder = tmp_path_factory.mktemp("reader")
    offline = {"PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1"}
    target = {"PIP_TARGET": str(folder / "installed"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    run(DOCS / "how-to" / "lens.md", folder, {**environment(folder), **offline, **target})
    return folder


def environment(place: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([str(ROOT / "generator"), str(place / "installed")])}


def convatlas(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "convatlas", *arguments],
        cwd=place,
        env={**os.environ, **environment(place)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_filters_page_has_its_section_with_a_picture(place: Path) -> None:
    layer = place / "site" / "demo" / "conv1"
    for index in range(4):
        page = written((layer / f"{index}.html").read_text("utf-8"))
        section = page.partition('<section id="norms">')[2].partition("</section>")[0]
        (picture,) = re.findall(r'src="([^"]+)"', section)
        assert (layer / picture).read_bytes()[:4] == b"RIFF"
        assert "L2 norm" in section


def test_the_layers_files_have_its_numbers(place: Path) -> None:
    layer = place / "site" / "demo" / "conv1"
    told = layer_file(layer / "layer.json")["filters"]
    rows = list(csv.DictReader((layer / "layer.csv").read_text().splitlines()))
    assert [float(row["weight_norm"]) for row in rows] == pytest.approx(
        [filter["norms"]["norm"] for filter in told], rel=1e-5
    )
    assert all(float(row["weight_norm"]) > 0 for row in rows)


def test_the_grid_can_be_sorted_by_it(place: Path) -> None:
    page = written((place / "site" / "demo" / "conv1" / "index.html").read_text("utf-8"))
    assert ">norm of the weights</option>" in page


def test_the_about_page_names_it(place: Path) -> None:
    page = written((place / "site" / "about" / "index.html").read_text("utf-8"))
    assert '<a href="#norms">Norms of weights</a>' in page
    assert "up to 5% of the filter" in page.replace("\xa0", "").replace(" %", "%")


def test_check_counts_its_pictures(place: Path) -> None:
    done = convatlas(place, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line.split() for line in done.stdout.splitlines()]
    limits = [line[-2] for line in told if line[:1] == ["norms"]]  # kB a filter, before the share
    assert "0.5" in limits


def test_plan_estimates_it(place: Path) -> None:
    done = convatlas(place, "plan", "--store", "new.db", "--json")
    rows = [row for row in json.loads(done.stdout) if row["lens"] == "norms"]
    assert [(row["layer"], row["missing"], row["seconds"]) for row in rows] == [
        ("conv1", 4, pytest.approx(0.004))
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{nea: 0.05}", "8:11: lenses.norms.nea: unknown key 'nea'; did you mean 'near'?"),
        ("{near: 2}", "8:17: lenses.norms.near: expected a number of at most 1, found 2"),
        ("true", "8:10: lenses.norms: expected false or a mapping, found true; "),
    ],
)
def test_mistakes_in_its_options_are_told_with_their_place(
    place: Path, options: str, expected: str
) -> None:
    (place / "wrong.yaml").write_text(f"{NETWORK}lenses:\n  norms: {options}\n")
    done = convatlas(place, "plan", "-c", "wrong.yaml")
    assert done.returncode == 2
    assert f"wrong.yaml:{expected}" in done.stderr


def test_its_name_may_be_what_was_meant(place: Path) -> None:
    (place / "wrong.yaml").write_text(f"{NETWORK}lenses:\n  norm: {{}}\n")
    assert "did you mean 'norms'?" in convatlas(place, "plan", "-c", "wrong.yaml").stderr


def test_it_is_off_where_nothing_is_said_of_it(place: Path) -> None:
    (place / "silent.yaml").write_text(NETWORK)
    done = convatlas(place, "plan", "-c", "silent.yaml", "--store", "new.db")
    assert done.returncode == 0
    assert "norms" not in done.stdout
