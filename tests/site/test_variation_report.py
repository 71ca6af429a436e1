"""Layers whose responses the picture does not determine, on pages, in data and in lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convatlas.cli.reports import closing_lines, summary, unmet
from convatlas.pipeline import Result
from convatlas.site.pages import pages
from convatlas.site.variation_report import lines, report
from support.markup import written
from support.synthetic import synthetic_manifest

Fact = dict[str, Any]


@pytest.fixture
def manifest() -> Fact:
    """A network with three layers, the last two of which vary, and one in which none does."""
    found, _ = synthetic_manifest(networks=2, layers=3)
    _, second, third = found["networks"][0]["layers"]
    second["varies"] = {"runs": None, "batch": 0.031}
    third["varies"] = {"runs": 0.14, "batch": None}
    found["networks"][0]["single"] = True
    return found


def names(manifest: Fact) -> list[str]:
    return [layer["name"] for layer in manifest["networks"][0]["layers"]]


def test_each_way_is_a_line_with_its_remedy(manifest: Fact) -> None:
    _, second, third = names(manifest)
    assert list(lines(manifest)) == [
        f"net0: 1 layer differs from run to run ({third} by up to 14 %): numbers and pictures"
        " cannot be had again; switch off what is random or keeps state in the forward pass, such"
        " as dropout",
        f"net0: 1 layer differs beside other pictures ({second} by up to 3.1 %), so pictures are"
        " shown one at a time",
    ]


def test_of_several_layers_the_one_that_varies_most_is_told(manifest: Fact) -> None:
    first, second, third = manifest["networks"][0]["layers"]
    first["varies"] = second["varies"] = {"runs": 0.02, "batch": None}
    (line,) = lines(manifest)
    assert f"3 layers differ from run to run (most of all {third['name']}, by up to 14 %)" in line


def test_the_build_tells_programs_people_and_strict(manifest: Fact) -> None:
    result = Result(manifest=manifest)
    _, second, third = names(manifest)
    assert summary(result)["varies"] == [
        {"network": "net0", "layer": second, "runs": None, "batch": 0.031},
        {"network": "net0", "layer": third, "runs": 0.14, "batch": None},
    ]
    assert set(lines(manifest)) <= set(closing_lines(result, Path("out")).splitlines())
    assert set(lines(manifest)) <= set(unmet(result))


def test_pages_and_data_tell_it(manifest: Fact) -> None:
    found = dict(pages(manifest))
    _, second, third = manifest["networks"][0]["layers"]
    page = found[third["href"]].decode()
    assert "differ by up to 14\N{NO-BREAK SPACE}% of their range from run to run" in page
    of_filter = third["href"].replace("index.html", third["filters"][0]["href"])
    assert "differ by up to 14\N{NO-BREAK SPACE}% of their range" in found[of_filter].decode()
    assert "of pictures shown one at a time" in found[second["href"]].decode()
    network = written(found[manifest["networks"][0]["href"]])
    assert f">{third['name']}</a> (14\N{NO-BREAK SPACE}%)" in network
    assert f">{second['name']}</a> (3.1\N{NO-BREAK SPACE}%)" in network
    assert '<th scope="col">differs</th>' in network
    data = json.loads(found[third["href"].replace("index.html", "layer.json")])
    assert data["varies"] == {"runs": 0.14, "batch": None}
    atlas = json.loads(found["atlas.json"])
    assert [network.get("single") for network in atlas["networks"]] == [True, None]


def test_nothing_is_told_where_the_picture_determines_all() -> None:
    manifest, _ = synthetic_manifest(networks=1, layers=3)
    assert not list(lines(manifest))
    assert not report(manifest)
    found = dict(pages(manifest))
    network, layer = manifest["networks"][0], manifest["networks"][0]["layers"][0]
    assert b"varies" not in found[layer["href"].replace("index.html", "layer.json")]
    for page in (found[network["href"]], found[layer["href"]]):
        assert b"from run to run" not in page
        assert b"beside other pictures" not in page
        assert b">differs<" not in page
