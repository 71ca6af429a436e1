"""``convatlas.load`` gives edits: what they do to networks, and what filters answer to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convatlas
from convatlas.errors import SiteError
from convatlas.lenses.edits.entries import ExportedEdit, FilterEdit
from convatlas.site.publish import publish
from support.shapes import faults
from support.synthetic import synthetic_manifest
from support.synthetic_edits import EDITS, with_edits
from support.synthetic_effects import with_effects


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("edits")
    found = synthetic_manifest(networks=2, layers=2, filters=8, images=20)
    manifest, read = with_edits(with_effects(found))
    manifest["networks"][0]["layers"][1]["edits"]["grey"]["colour"][2] = None
    publish(manifest, read, folder)
    return folder, manifest


def test_each_filter_has_its_numbers(made: tuple[Path, Any]) -> None:
    atlas, manifest = convatlas.load(made[0]), made[1]
    for network in manifest["networks"]:
        for layer in network["layers"]:
            filters = atlas.networks[network["name"]].layers[layer["name"]].filters
            for place, filter in enumerate(filters.values()):
                assert set(filter.edits) == {name for name, *_ in EDITS}
                assert not list(faults(dict(filter.edits), dict[str, FilterEdit]))
                for name, columns in layer["edits"].items():
                    own = dict(filter.edits[name])
                    twin = own.pop("twin", None), own.pop("twin_correlation", None)
                    told = columns.get("twin", {}).get(str(filter.index))
                    assert twin == ((told[0], told[1] / 100) if told else (None, None))
                    assert own == {
                        key: None if values[place] is None else values[place] / 100
                        for key, values in columns.items()
                        if key != "twin"
                    }


def test_tables_have_them_too(made: tuple[Path, Any]) -> None:
    table = convatlas.load(made[0]).networks["net0"].layers["features.1"].table()
    assert table["edits.border.auc"][:4] == [0.94, 0.5, 0.12, 0.61]
    assert table["edits.grey.colour"][2] is None
    assert table["edits.mirror.twin"][0] == 1


def test_an_edit_tells_what_it_does_to_networks(made: tuple[Path, Any]) -> None:
    atlas, manifest = convatlas.load(made[0]), made[1]
    assert list(atlas.edits) == [edit["name"] for edit in manifest["edits"]]
    for told in manifest["edits"]:
        edit = atlas.edits[told["name"]]
        assert (edit.title, edit.about, edit.href) == (told["title"], told["about"], told["href"])
        assert (edit.folder / edit.href).is_file()
        for seen in told["networks"]:
            found = edit.networks[seen["network"]]
            assert not list(faults(found, ExportedEdit))
            assert found.get("changed") == seen["changed"]
            assert found["raised"] == seen["raised"]


def test_the_filters_that_carry_it_are_a_table(made: tuple[Path, Any]) -> None:
    edit = convatlas.load(made[0]).edits["mirror"]
    seen = made[1]["edits"][1]["networks"][1]
    found = edit.carriers("net1")
    assert found["layer"] == [each["layer"] for each in seen["carriers"]]
    assert found["index"] == [each["index"] for each in seen["carriers"]]
    assert found["share"] == pytest.approx([each["share"] for each in seen["carriers"]], rel=1e-4)
    assert (found["auc"][0], found["twin"][0]) == (0.5, 1)
    with pytest.raises(KeyError):
        edit.carriers("net9")
    (made[0] / "edits/border/net0.csv").unlink()
    with pytest.raises(SiteError, match=r"net0\.csv cannot be read"):
        convatlas.load(made[0]).edits["border"].carriers("net0")


def test_an_atlas_without_edits_has_none(tmp_path: Path) -> None:
    publish(*synthetic_manifest(layers=1, filters=1), tmp_path)
    atlas = convatlas.load(tmp_path)
    assert atlas.edits == {}
    assert atlas.filter("net0/features.0/0").edits == {}
