"""Probes: from records to the manifest; what is not there yet leaves a page that holds."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from convatlas.model.facts import Probe
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordRequest, StoredRecord
from convatlas.site.manifest import assemble
from convatlas.site.pages import pages
from convatlas.ui.network_results import NetworkResults
from support.facts import ATLAS, LAYER, NETWORK
from support.markup import written

SECOND = replace(LAYER, name="Conv1", module="Conv1")  # equal but for case
NAMED = replace(NETWORK, classes=("cat", "dog"), layers=(LAYER, SECOND))
PROBES = (
    Probe("fish & chips", "a" * 12, ("conv1", "Conv1"), 2, "peak", ("deconvnet", "gradient")),
    Probe("Fish & chips", "b" * 12, ("conv1",), 2, "map", ("guided",)),
)
MEANS, HIGHEST = [1.0, 3.0, -1.0, 2.0], [9.0, 4.0, 0.0, 8.0]


def maps() -> StoredRecord:
    entries = [
        {"index": 1, "mean": 3.0, "highest": 4.0, "position": [0, 0]},
        {"index": 3, "mean": 2.0, "highest": 8.0, "position": [2, 3]},
    ]
    data = {"means": MEANS, "highest": HIGHEST, "top": entries, "columns": 3, "tile": [4, 4]}
    return StoredRecord(data, {"maps": Picture("m" * 64, 12, 8, "webp")})


def traced(rectifiers: int) -> StoredRecord:
    windows = [[0, 0, 3, 3], [3, 2, 3, 3]]
    data = {"filters": [1, 3], "windows": windows, "tile": [3, 3], "rectifiers": rectifiers}
    return StoredRecord(data, {"tiles": Picture("t" * 64, 6, 3, "webp")})


def shown() -> StoredRecord:
    told = {"prediction": [[1, 0.75], [0, 0.25], [2, 0.0]]}
    return StoredRecord(told, {"picture": Picture("p" * 64, 6, 6, "webp")})


def found(*records: tuple[str | None, str, str, StoredRecord]) -> RecordIndex:
    return RecordIndex.of(
        (RecordRequest(f"{layer}{probe}{role}", "probes", layer, probe, role), record)
        for layer, probe, role, record in records
    )


@pytest.fixture(scope="module")
def manifest() -> Any:
    """Of the first probe the second layer has no maps yet, and the gradient is not there."""
    records = found(
        (None, "fish & chips", "picture", shown()),
        ("conv1", "fish & chips", "maps", maps()),
        ("conv1", "fish & chips", "deconvnet", traced(2)),
        ("Conv1", "fish & chips", "gradient", traced(2)),
        ("conv1", "Fish & chips", "maps", maps()),
        ("conv1", "Fish & chips", "guided", traced(0)),
    )
    return assemble(ATLAS, [NetworkResults(NAMED, {"conv1": [0, 1]}, None, records, probes=PROBES)])


def test_a_probe_is_told_as_the_network_sees_it(manifest: Any) -> None:
    first, second = manifest["probes"]
    assert [first["name"], second["name"]] == ["fish & chips", "Fish & chips"]
    assert first["slug"].casefold() != second["slug"].casefold()
    (seen,) = first["networks"]
    assert seen["href"] == f"probes/{first['slug']}/net/index.html"
    assert (seen["network"], seen["size"], seen["from"], seen["top"]) == ("net", [6, 6], "peak", 2)
    assert seen["picture"] == {
        "file": f"probes/{first['slug']}/net/picture-{'p' * 8}.webp",
        "width": 6,
        "height": 6,
    }
    assert manifest["files"][seen["picture"]["file"]] == "p" * 64
    labels = [entry["label"] for entry in seen["prediction"]]
    assert labels == ["dog", "cat", None]  # no class of that number has a name
    (unseen,) = second["networks"]
    assert (unseen["picture"], unseen["prediction"]) == (None, None)


def test_what_is_not_rendered_yet_is_absent(manifest: Any) -> None:
    (seen,) = manifest["probes"][0]["networks"]
    assert seen["asked"] == 2
    assert [layer["name"] for layer in seen["layers"]] == ["conv1"]
    (layer,) = seen["layers"]
    assert list(layer["methods"]) == ["deconvnet"]
    assert layer["rectifiers"] == 2
    method = layer["methods"]["deconvnet"]
    assert (method["filters"], method["tile"]) == ([1, 3], [3, 3])
    assert method["picture"]["file"] in manifest["files"]


def test_a_layer_that_the_picture_does_not_reach_is_named() -> None:
    missed = StoredRecord({"reached": False}, {})
    records = found(
        (None, "fish & chips", "picture", shown()),
        ("conv1", "fish & chips", "maps", maps()),
        ("Conv1", "fish & chips", "maps", missed),
        ("Conv1", "fish & chips", "deconvnet", missed),
    )
    results = NetworkResults(NAMED, {"conv1": [0, 1]}, None, records, probes=PROBES[:1])
    made: Any = assemble(ATLAS, [results])
    (seen,) = made["probes"][0]["networks"]
    assert [layer["name"] for layer in seen["layers"]] == ["conv1"]
    assert seen["missed"] == ["Conv1"]
    page = written(dict(pages(made))[seen["href"]])
    assert "This picture does not reach Conv1: the network takes another path with it." in page
    assert "1 layer of 2" not in page


def test_the_strongest_are_linked_where_they_have_a_page(manifest: Any) -> None:
    (layer,) = manifest["probes"][0]["networks"][0]["layers"]
    assert (layer["href"], layer["filters"], layer["map"]) == ("net/conv1/index.html", 4, [4, 4])
    assert (layer["means"], layer["highest"]) == (MEANS, HIGHEST)
    assert [entry["href"] for entry in layer["top"]] == ["net/conv1/1.html", None]
    assert layer["top"][1]["box"] == [3, 2, 6, 5]
    window = {"left": 3, "top": 2, "width": 3, "height": 3, "framed": False}
    assert layer["top"][1]["window"] == window  # that of the methods


@pytest.mark.parametrize(("start", "side"), [("peak", 24), ("map", 48)])
def test_of_the_picture_as_much_is_shown_as_methods_would_show(start: str, side: int) -> None:
    large = replace(NAMED, preprocessing=replace(NAMED.preprocessing, size=(48, 48)))
    probe, records = (
        replace(PROBES[0], start=start),
        found(("conv1", PROBES[0].name, "maps", maps())),
    )
    told = assemble(ATLAS, [NetworkResults(large, {"conv1": [0]}, None, records, probes=[probe])])
    (layer,) = told["probes"][0]["networks"][0]["layers"]
    window = {"left": 0, "top": 0, "width": side, "height": side, "framed": start == "peak"}
    assert [entry["window"] for entry in layer["top"]] == [window] * 2


def test_a_layer_of_any_name_has_an_id_of_its_own() -> None:
    names = ("probe", "main", "layers", "conv1", "Conv1")
    layers = tuple(replace(LAYER, name=name) for name in names)
    probe = replace(PROBES[0], layers=names)
    records = found(
        (None, probe.name, "picture", shown()),
        *((name, probe.name, "deconvnet", traced(2)) for name in names),
        *((name, probe.name, "maps", maps()) for name in names),
    )
    network, filters = replace(NAMED, layers=layers), {name: [0] for name in names}
    manifest = assemble(ATLAS, [NetworkResults(network, filters, None, records, probes=[probe])])
    page = written(dict(pages(manifest))[manifest["probes"][0]["networks"][0]["href"]])
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(set(ids)) == len(ids) >= 3 * len(names)


def test_an_atlas_without_probes_has_no_pages_of_them() -> None:
    manifest = assemble(ATLAS, [NetworkResults(NAMED, {"conv1": [0]}, None, RecordIndex())])
    assert manifest["probes"] == []
    assert not any(path.startswith(("probes", "hypotheses")) for path, _ in pages(manifest))


def test_pages_of_what_is_hardly_there_are_made(manifest: Any) -> None:
    site = {path: written(data) for path, data in pages(manifest)}
    seen = [probe["networks"][0]["href"] for probe in manifest["probes"]]
    assert "1 layer of 2 is not there yet." in site[seen[0]]
    assert "<b>2</b>" in site[seen[0]]  # of the filters two have no page: no links
    assert site[seen[0]].count('href="../../../net/conv1/1.html"') == 3  # plot, maps and card
    assert "What it takes the picture for is not there yet." in site[seen[1]]
    assert "fish &amp; chips" in site[seen[0]]
