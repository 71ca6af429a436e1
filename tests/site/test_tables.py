"""What a lens's table declares stands in the grid, its choices, the data files and the search."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from convatlas.lenses.base import Lens
from convatlas.lenses.parts.overview import Part
from convatlas.lenses.parts.table import Column, Export, Facet, Picture, State, Table, TileView
from convatlas.site import tables
from convatlas.site.exports import layer_json as exports
from convatlas.site.exports.grid_js import facets, sorts, views, wall
from convatlas.site.exports.layer_csv import layer_csv
from convatlas.site.exports.search_index import DIGITS, labels, search_index
from support.synthetic import synthetic_manifest

Fact = dict[str, Any]


def norm(layer: Fact, filter: Fact) -> float:
    return filter["norms"]["norm"]


class NormsTable(Table):
    columns = (
        Column("norm", norm, sort="L2 norm", place=10),
        Column("heavy", lambda layer, filter: norm(layer, filter) > 0.5),
        Column("rest", lambda layer, filter: 1 - norm(layer, filter), csv=False, sort="rest"),
    )
    states = (State("heavy", "heavy", lambda layer, filter: norm(layer, filter) > 0.5),)
    facets = (Facet("norm", "norm", (("0-50", "light"), ("50-100", "heavy"))),)
    view = TileView("norms", "bars", place=10, stands=lambda layer: True, rank=10)

    def label(self, filter: Fact) -> str:
        return "a weight"

    def picture(self, filter: Fact) -> Picture:
        return Picture(f"{filter['index']}-norm-00.webp", [8, 4], True)

    def search_words(self, filter: Fact) -> tuple[str, ...]:
        return ("a weight", "a number")

    def search_weight(self, filter: Fact) -> float:
        return 2.0

    def layer_parts(self, network: Fact, layer: Fact) -> list[Part]:
        return [Part("norms", "Norms", "norms.html", {"norms": 3}, 10)]

    def export(self, entries: list[Fact]) -> Export:
        return Export([entry["norm"] for entry in entries], {"units": ["L2"]})


class Norms(Lens):
    name = "norms"
    version = 1
    table = NormsTable()


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Fact:
    """A layer of four filters that only this lens says something of, the last one dead."""
    for module in (tables, exports):
        monkeypatch.setattr(module, "lenses", lambda: (Norms(),))
    found: Fact = manifest()["networks"][0]["layers"][1]
    return found


def manifest() -> Fact:
    found, _ = synthetic_manifest(networks=1, layers=2, filters=4)
    for layer in found["networks"][0]["layers"]:
        for filter in layer["filters"]:
            filter |= {"norms": {"norm": filter["index"] / 4}, "dead": filter["index"] == 3}
    return found


def test_its_columns_stand_in_the_csv(layer: Fact) -> None:
    rows = list(csv.DictReader(io.StringIO(layer_csv(layer).decode())))
    assert list(rows[0])[-3:] == ["norm", "heavy", "hue"]
    assert [row["norm"] for row in rows] == ["0.0", "0.25", "0.5", "0.75"]
    assert [row["heavy"] for row in rows] == ["false", "false", "false", "true"]


def test_the_grid_is_sorted_by_them(layer: Fact) -> None:
    grid = wall(layer)
    assert sorts(grid) == [("norm", "L2 norm"), ("rest", "rest")]
    assert grid["keys"] == {"norm": [0, 0.25, 0.5, 0.75], "rest": [1, 0.75, 0.5, 0.25]}


def test_filters_are_chosen_by_its_states_and_ranges(layer: Fact) -> None:
    grid = wall(layer)
    assert grid["states"] == ["alive", "alive", "alive", "dead heavy"]
    state, ranges = facets(layer, grid)
    assert list(state.choices) == [
        ("alive", "alive", 3),
        ("dead", "dead", 1),
        ("heavy", "heavy", 1),
    ]
    assert list(ranges.choices) == [("0-50", "light", 3), ("50-100", "heavy", 1)]


def test_tiles_show_its_pictures(layer: Fact) -> None:
    grid = wall(layer)
    assert grid["made"] == ["0-norm-00.webp", "1-norm-00.webp", "2-norm-00.webp", 0]
    assert (grid["side"], grid["sharp"]) == ([8, 4], True)
    assert views(layer) == []  # there is nothing else to choose


def test_classes_excite_live_filters(layer: Fact) -> None:
    grid = wall(layer)
    assert (grid["classes"], grid["labels"]) == (["a weight"], [0, 0, 0, -1])


def test_filters_are_found_by_its_words(layer: Fact) -> None:
    assert labels(layer["filters"][0]) == ["a weight", "a number"]
    assert labels(layer["filters"][3]) == []
    found = search_index(manifest()["networks"])["networks"][0]["layers"][1]
    assert set(found["ratios"]) == {DIGITS[55]}  # 45 + 10 log2(2)
    assert found["pictures"] == {
        "start": "-norm-",
        "end": ".webp",
        "digests": "000000..",
        "sharp": True,
    }


def test_layer_json_has_its_export_and_its_lists(layer: Fact) -> None:
    told = exports.told_layer(layer)
    assert [filter["norms"] for filter in told["filters"]] == [0, 0.25, 0.5, 0.75]
    assert told["units"] == ["L2"]


def test_its_sections_stand_below_the_grid(layer: Fact) -> None:
    assert [part.id for part in tables.layer_parts({}, layer)] == ["norms"]
