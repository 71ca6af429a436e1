"""What in the strongest images mattered, through the whole of a build."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from convatlas.lenses.attribution import render as traced
from convatlas.site.check.check import check
from support import nets
from support.command import build, layer, run, said
from support.example_records import noise

LENSES = "lenses:\n  attribution: {top: 2}\n  examples: {top: 3}\n  maximize: false\n"
LAYERS = ("conv1", "conv2")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    nets.write_atlas(tmp_path)
    atlas = tmp_path / "atlas.yaml"
    atlas.write_text(atlas.read_text().partition("lenses:")[0] + LENSES)
    result = build(tmp_path)
    assert result.exit_code == 0, said(result)
    return tmp_path


def filters(folder: Path) -> dict[tuple[str, int], Any]:
    return {
        (name, each["index"]): each for name in LAYERS for each in layer(folder, name)["filters"]
    }


def test_every_filter_has_its_tiles_and_a_second_build_renders_nothing(built: Path) -> None:
    for (name, _), each in filters(built).items():
        told = each["attribution"]
        assert told["count"] == len(told["windows"]) == 2
        methods = ["gradient"] if name == "conv1" else ["deconvnet", "gradient", "guided"]
        assert sorted(told["methods"]) == methods
        for method in told["methods"].values():
            assert (built / "site/small" / name / method["picture"]["file"]).exists()
    assert check(built / "site").findings == ()
    again = json.loads(build(built, "--json").stdout)
    assert (again["rendered"], again["published"]["written"]) == (0, 0)


def test_another_image_renders_only_the_filters_that_it_excites(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str | None, int | str]] = []
    render = traced.render

    def listening(context: Any, requests: Sequence[Any]) -> Iterator[Any]:
        asked.extend((request.layer, request.item) for request in requests)
        yield from render(context, requests)

    monkeypatch.setattr(traced, "render", listening)
    before = filters(built)
    noise(1, size=28, seed=3)[0].save(built / "pictures/odd/another.png")
    assert build(built).exit_code == 0
    changed = {place for place, each in filters(built).items() if cuts(each) != cuts(before[place])}
    assert 0 < len(changed) < len(before)
    assert set(asked) == changed
    assert len(asked) == len(changed)


def cuts(told: Any) -> list[Any]:
    return [[each["image"], each["position"]] for each in told["examples"]["top"][:2]]


def test_switching_it_on_renders_nothing_else(built: Path) -> None:
    atlas = built / "atlas.yaml"
    atlas.write_text(atlas.read_text().replace("{top: 2}", "{top: 2, methods: [guided]}"))
    rows = json.loads(run("plan", "-c", atlas, "--json").stdout)
    assert {row["lens"] for row in rows if row["missing"]} == {"attribution"}
