"""``convatlas.load`` gives what a site says, layer by layer, as objects and tables."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import convatlas
from convatlas.errors import SiteError
from convatlas.lenses.attribution.entries import AttributionEntry
from convatlas.lenses.circuits.entries import ExportedCircuits, LayerCircuitsEntry
from convatlas.lenses.effects.entries import ClassEntry, EffectsEntry, LayerEffectsEntry
from convatlas.lenses.examples.entries import ExportedExamples
from convatlas.lenses.kernels.entries import KernelsEntry
from convatlas.lenses.maximize.entries import MaximizeEntry
from convatlas.lenses.transfer.entries import ExportedTransfer
from convatlas.model.manifest import LayerFacts, NetworkFacts
from convatlas.model.records import short
from convatlas.reader.layer import Filter
from convatlas.site.publish import publish
from convatlas.ui.rounding import rounded
from support import nets
from support.shapes import faults
from support.synthetic import synthetic_manifest
from support.synthetic_effects import with_effects

CONFIG = """
models:
  - {name: one, source: "nets.py:small", input: {size: 24, resize: 24}}
images: [{name: shown, source: "folder:shown"}]
lenses:
  examples: {top: 3}
  attribution: {top: 2}
  maximize: {steps: 4, size: 12, diversity: 2, attempts: 2}
"""
ALL = {"kernels", "maximize", "examples", "attribution", "effects", "circuits"}
REDUNDANT = {"relative", "tile", "href", "where", "by_image"}
"""Keys of examples, similar filters and inputs that a site leaves out of its data."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The site of a real build, with its manifest."""
    folder = tmp_path_factory.mktemp("reader")
    nets.write_pictures(folder / "shown")
    (folder / "nets.py").write_text(Path(nets.__file__).read_text())
    (folder / "atlas.yaml").write_text(CONFIG)
    result = convatlas.build(folder / "atlas.yaml", out=folder / "site", store=folder / "store")
    return folder / "site", result.manifest


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A site of two networks with every kind of filter, published from a manifest."""
    folder = tmp_path_factory.mktemp("made")
    manifest, read = with_effects(
        synthetic_manifest(networks=2, layers=4, filters=16, sprites=True)
    )
    publish(manifest, read, folder)
    return folder, manifest


@pytest.fixture
def copied(made: tuple[Path, Any], tmp_path: Path) -> Path:
    """The data files of that site, to be changed."""
    for file in made[0].rglob("*.json"):
        copy = tmp_path / file.relative_to(made[0])
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    return tmp_path


def lean(value: Any) -> Any:
    """Examples without what follows from other values, as the site has them."""
    if isinstance(value, dict):
        return {key: lean(each) for key, each in value.items() if key not in REDUNDANT}
    return [lean(each) for each in value] if isinstance(value, list) else value


DIGITS = {"effects": 4, "kernels": 3}
"""Significant digits of lenses' numbers, if they are not five."""


def agrees(found: Filter, filter: Mapping[str, Any]) -> None:
    """Hold a filter as it is read against the manifest's."""
    told = {name: rounded(value, DIGITS.get(name, 5)) for name, value in filter.items()}
    if filter["examples"]:
        classes = rounded(filter["examples"]["classes"], 4)
        told["examples"] = {**rounded(filter["examples"]), "classes": classes}  # type: ignore[dict-item]
    for name in (
        "index",
        "href",
        "dead",
        "hue",
        "note",
        "kernels",
        "maximize",
        "attribution",
        "effects",
    ):
        assert getattr(found, name) == told[name], name
    assert found.examples == lean(told["examples"])
    assert found.circuits == lean(told.get("circuits"))
    assert list(found.transfer) == [lean(each) for each in told["transfer"] or ()]
    assert found.others == {}


@pytest.mark.parametrize("site", ["built", "made"])
def test_what_is_read_is_what_the_manifest_says(site: str, request: pytest.FixtureRequest) -> None:
    folder, manifest = request.getfixturevalue(site)
    atlas = convatlas.load(folder)
    assert list(atlas.networks) == [network["name"] for network in manifest["networks"]]
    for network in manifest["networks"]:
        told = manifest["classes"][network["name"]]
        classes = atlas.networks[network["name"]].classes
        assert list(classes.values()) == rounded(told, 4)
        assert list(classes) == [entry["name"] for entry in told]
        layers = atlas.networks[network["name"]].layers
        assert list(layers) == [layer["name"] for layer in network["layers"]]
        for layer in network["layers"]:
            own = {key: value for key, value in layer.items() if key != "filters"}
            assert rounded(layers[layer["name"]].facts) == rounded(own)
            assert list(layers[layer["name"]].filters) == [f["index"] for f in layer["filters"]]
            for filter in layer["filters"]:
                agrees(layers[layer["name"]].filters[filter["index"]], filter)


def test_what_is_read_has_the_declared_types(built: tuple[Path, Any]) -> None:
    atlas = convatlas.load(built[0])
    (network,) = atlas.networks.values()
    found = list(faults(network.facts, NetworkFacts))
    found += faults(list(network.classes.values()), list[ClassEntry])
    assert network.classes
    seen = set()
    for layer in network.layers.values():
        more = {LayerFacts: {"effects": LayerEffectsEntry, "circuits": LayerCircuitsEntry}}
        found += faults(layer.facts, LayerFacts, more=more)
        for filter in layer.filters.values():
            found += faults(filter.kernels, KernelsEntry | None)
            found += faults(filter.maximize, MaximizeEntry | None)
            found += faults(filter.examples, ExportedExamples | None)
            found += faults(filter.attribution, AttributionEntry | None)
            found += faults(filter.effects, EffectsEntry | None)
            found += faults(filter.circuits, ExportedCircuits | None)
            found += faults(list(filter.transfer), list[ExportedTransfer])
            seen |= {name for name in ALL if getattr(filter, name)}
    assert not found
    assert seen == ALL


def test_pictures_are_found(built: tuple[Path, Any]) -> None:
    layer = convatlas.load(str(built[0])).networks["one"].layers["conv2"]
    for filter in layer.filters.values():
        assert filter.maximize is not None
        assert filter.maximize["positive"] is not None
        assert (layer.folder / filter.maximize["positive"]["picture"]["file"]).is_file()
        assert (layer.folder / filter.href).is_file()


def test_a_table_has_the_numbers_of_the_csv(built: tuple[Path, Any]) -> None:
    layer = convatlas.load(built[0]).networks["one"].layers["conv2"]
    found = layer.table()
    text = (layer.folder / "layer.csv").read_text()
    for place, row in enumerate(csv.DictReader(text.splitlines())):
        assert found["index"][place] == int(row["index"])
        assert found["examples.bounds.highest"][place] == short(float(row["highest"]))
        assert found["maximize.positive.response"][place] == short(float(row["response"]))
        assert found["maximize.positive.recipe.steps"][place] == 4
    assert {len(values) for values in found.values()} == {layer.count}


def test_a_filter_is_found_by_its_name(made: tuple[Path, Any]) -> None:
    atlas = convatlas.load(made[0])
    found = atlas.networks["net1"].layers["features.2"].filters[7]
    assert atlas.filter("net1/features.2/7") is found
    for name in ("net1/features.2/99", "net1/features.9/7", "net9/features.2/7", "7", "a/b/c"):
        with pytest.raises(KeyError, match=name):
            atlas.filter(name)


def test_a_layer_is_read_only_when_it_is_needed(copied: Path) -> None:
    (copied / "net0" / "features.1" / "layer.json").unlink()
    layers = convatlas.load(copied).networks["net0"].layers
    assert len(layers["features.0"].filters) == layers["features.1"].count == 16
    with pytest.raises(SiteError, match=r"features\.1/layer\.json cannot be read"):
        _ = layers["features.1"].filters


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": None}, r"layer\.json has form None of .* reads form 2; publish .* --pages"),
        ({"format": 3}, "has form 3"),
        ({"count": 15}, r"is damaged \(a column of 16 rows instead of 15\); build"),
        ({"filters": []}, "is damaged"),
        ({"filters": {"index": {"values": [0], "places": [1] * 16}}}, "is damaged"),
        ({"recipes": []}, "is damaged"),
    ],
)
def test_another_form_and_damage_are_told(
    copied: Path, change: dict[str, Any], message: str
) -> None:
    file = copied / "net0" / "features.1" / "layer.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(SiteError, match=message):
        _ = convatlas.load(copied).networks["net0"].layers["features.1"].filters


def test_classes_are_read_only_when_they_are_needed_and_damage_is_told(copied: Path) -> None:
    file = copied / "net0" / "classes" / "classes.json"
    told = json.loads(file.read_text())
    for change in ({"count": 1}, {"classes": {"number": {"all": 3}}}, {"classes": []}):
        file.write_text(json.dumps(told | change))
        with pytest.raises(SiteError, match=r"classes\.json is damaged"):
            _ = convatlas.load(copied).networks["net0"].classes
    file.unlink()
    with pytest.raises(SiteError, match=r"classes\.json cannot be read"):
        _ = convatlas.load(copied).networks["net0"].classes
    assert convatlas.load(copied).networks["net1"].classes


def test_a_network_without_effects_has_no_classes(tmp_path: Path) -> None:
    publish(*synthetic_manifest(layers=1, filters=1), tmp_path)
    assert convatlas.load(tmp_path).networks["net0"].classes == {}


def test_a_layer_of_the_first_form_is_told(copied: Path) -> None:
    file = copied / "net0" / "features.1" / "layer.json"
    file.write_text('{"filters": [{"index": 0}]}')
    with pytest.raises(SiteError, match="has form 1"):
        _ = convatlas.load(copied).networks["net0"].layers["features.1"].filters


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"networks": [3]}', "\udcff"])
def test_what_is_no_atlas_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(SiteError, match="holds no site; run convatlas build first"):
        convatlas.load(tmp_path)
    (tmp_path / "atlas.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SiteError, match=r"atlas\.json (cannot be read|is not of convatlas)"):
        convatlas.load(tmp_path)


def test_pictures_inside_pages_have_no_file(tmp_path: Path) -> None:
    manifest, read = synthetic_manifest(layers=2)
    publish({**manifest, "filter_pages": "layer"}, read, tmp_path)
    filter = convatlas.load(tmp_path).filter("net0/features.1/0")
    assert filter.kernels is not None
    assert filter.kernels["picture"]["file"] is None


def test_a_lens_of_another_package_is_there_by_its_name(copied: Path) -> None:
    file = copied / "net0" / "features.1" / "layer.json"
    told = json.loads(file.read_text())
    told["filters"]["norms"] = {"keys": {"norm": [index / 4 for index in range(16)]}}
    file.write_text(json.dumps(told))
    layer = convatlas.load(copied).networks["net0"].layers["features.1"]
    assert layer.filters[3].others == {"norms": {"norm": 0.75}}
    assert layer.table()["norms.norm"][:2] == [0, 0.25]


def test_reading_imports_neither_torch_nor_templates(made: tuple[Path, Any]) -> None:
    code = (
        "import sys, convatlas; convatlas.load(sys.argv[1]).filter('net0/features.1/0'); "
        "sys.exit(bool({'torch', 'jinja2', 'numpy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(made[0])]
    environment = {"PYTHONPATH": str(Path(convatlas.__file__).parents[1]), "PATH": ""}
    assert subprocess.run(command, env=environment, check=False).returncode == 0
