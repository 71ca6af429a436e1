"""The index of the search: whatever a filter bears can be read back from it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from convatlas.lenses.effects.class_names import class_pages
from convatlas.site.exports import search_index as search
from convatlas.site.pages import pages
from convatlas.ui.filter_layout import LAYOUTS
from support.markup import written
from support.synthetic import synthetic_manifest
from support.synthetic_edits import with_edits

Manifest = dict[str, Any]


@pytest.fixture
def manifest() -> Manifest:
    found, _ = synthetic_manifest(networks=2, layers=4, filters=16)
    found["networks"][0]["layers"][1]["filters"][2]["note"] = {
        "name": "curves",
        "remark": None,
        "text": "",
    }
    return found


def index_of(manifest: Manifest) -> dict[str, Any]:
    files = LAYOUTS[manifest["filter_pages"]].has_picture_files
    return search.search_index(manifest["networks"], files=files)


def unpacked(index: Manifest) -> list[list[list[str]]]:
    """The labels of every filter, layer by layer, read as a script reads them."""
    return [
        [_labels(index, text) for text in layer["labels"].split(" ")]
        for network in index["networks"]
        for layer in network["layers"]
    ]


def _labels(index: Manifest, text: str) -> list[str]:
    width, digits = index["width"], index["digits"]
    codes = [text[at : at + width] for at in range(0, len(text), width)]
    numbers = [
        sum(digits.index(c) * len(digits) ** i for i, c in enumerate(code[::-1])) for code in codes
    ]
    return [index["words"][number] for number in numbers]


def test_every_label_of_every_filter_is_read_back(manifest: Manifest) -> None:
    layers = [layer for network in manifest["networks"] for layer in network["layers"]]
    told = [[search.labels(filter) for filter in layer["filters"]] for layer in layers]
    assert unpacked(index_of(manifest)) == told
    assert told[1][0][:3] == ["remote control", "bannister", "cassette"]


@pytest.mark.parametrize("many", [1, 91, 92, 93, 8464, 8465])
def test_numbers_of_words_have_as_many_digits_as_they_need(manifest: Manifest, many: int) -> None:
    filters = manifest["networks"][0]["layers"][0]["filters"]
    top = filters[0]["examples"]["top"]
    filters[0]["examples"]["top"] = [{**top[0], "label": f"word {n}"} for n in range(many)]
    index = index_of(manifest)
    assert index["width"] == (
        1 if len(index["words"]) <= 92 else 2 if len(index["words"]) <= 8464 else 3
    )
    assert unpacked(index)[0][0] == search.labels(filters[0])


NAMES = ("Café au lait", "cat/dog", "cat dog", "Index", "crane (134)", "con", "remote control")


def test_classes_have_their_names_and_pages(manifest: Manifest) -> None:
    pages = class_pages("net1", dict(enumerate(NAMES)))
    manifest["networks"][1]["class_pages"] = {
        name: pages[number] for number, name in enumerate(NAMES)
    }
    index = index_of(manifest)
    assert "classes" not in index["networks"][0]
    told = index["networks"][1]["classes"]
    names = _labels(index, told["names"])
    assert names == list(NAMES)
    plain = [re.sub(r"[^\w.@-]+", "-", name, flags=re.ASCII) for name in names]
    found = [told["pages"].get(str(place), f"{name}.html") for place, name in enumerate(plain)]
    assert [told["folder"] + page for page in found] == list(pages.values())
    assert told["pages"].keys() == {"1", "2", "3", "5"}  # those that others would be taken for


def test_pages_of_lenses_are_found_by_their_names() -> None:
    manifest, _ = with_edits(synthetic_manifest(layers=2, filters=4))
    text = dict(pages(manifest))["search/index.js"].decode()
    index = json.loads(text.removeprefix('ATLAS.put("search/index.js",').removesuffix(");\n"))
    told = index["pages"]
    names = _labels(index, told["names"])
    assert names == ["border: a black <border>", "mirror: mirroring", "grey: loss of colour"]
    hrefs = [told["folder"] + told["pages"][str(place)] for place in range(3)]
    assert hrefs == [edit["href"] for edit in manifest["edits"]]


def test_dead_filters_and_classes_below_the_others_excite_nothing(manifest: Manifest) -> None:
    filters = manifest["networks"][0]["layers"][1]["filters"]
    assert filters[3]["dead"]
    assert search.labels(filters[3]) == []
    filters[0]["examples"]["classes"] = [
        {"label": "below", "gap": -0.1},
        {"label": "above", "gap": 0.1},
    ]
    assert search.labels(filters[0])[0] == "above"
    assert "below" not in search.labels(filters[0])


def test_results_have_the_files_of_their_pictures(manifest: Manifest) -> None:
    for network, told in zip(manifest["networks"], index_of(manifest)["networks"], strict=True):
        for layer, found in zip(network["layers"], told["layers"], strict=True):
            for place, filter in enumerate(layer["filters"]):
                made = (filter["maximize"] or {}).get("positive")
                if made and not filter["dead"]:
                    names = found["pictures"]
                    length = len(names["digests"]) // len(layer["filters"])
                    digest = names["digests"][length * place : length * (place + 1)]
                    file = f"{filter['index']}{names['start']}{digest}{names['end']}"
                    assert file == made["picture"]["file"]


def test_other_names_addresses_and_numbers_are_told_in_full(manifest: Manifest) -> None:
    layer = manifest["networks"][0]["layers"][0]
    layer["filters"] = layer["filters"][4:9]
    layer["filters"][0]["href"] = "index.html#4"
    layer["filters"][0]["maximize"]["positive"]["picture"]["file"] = "other.webp"
    found = index_of(manifest)["networks"][0]["layers"][0]
    assert found["indices"] == [4, 5, 6, 7, 8]
    assert found["hrefs"] == ["index.html#4", "5.html", "6.html", "7.html", "8.html"]
    assert found["pictures"]["digests"].startswith("." * (len(found["pictures"]["digests"]) // 5))


@pytest.mark.parametrize(("pages_of", "shown"), [("filter", "examples"), ("layer", "made")])
def test_the_sheet_shows_what_has_no_file(manifest: Manifest, pages_of: str, shown: str) -> None:
    layer, manifest["filter_pages"] = manifest["networks"][0]["layers"][0], pages_of
    sheet = {"tile": 64, "columns": 16, "files": []}
    views = ("kernels", "examples", "made")
    layer["sprites"] = {view: {**sheet, "count": count} for count, view in enumerate(views)}
    found = index_of(manifest)["networks"][0]["layers"][0]
    assert found["sheet"] == layer["sprites"][shown]
    assert ("pictures" in found) == (pages_of == "filter")


def test_the_page_gives_examples_of_its_own(manifest: Manifest) -> None:
    page = written(dict(pages(manifest))["search/index.html"])
    assert "<b>remote control</b> finds the filters that it excites" in page
    place = re.findall(r"<b>(features\.\d) (\d+)</b> a filter by its layer and number", page)
    ((layer, number),) = place
    layers = {layer["name"]: layer for layer in manifest["networks"][-1]["layers"]}
    assert search.labels(layers[layer]["filters"][int(number)])[0] == "remote control"


@pytest.mark.parametrize(
    ("ratio", "digit"), [(None, 0), (-1.0, 0), (1.0, 45), (2.0, 55), (1e9, 91)]
)
def test_ratios_are_told_in_tenths_of_powers_of_two(
    manifest: Manifest, ratio: float | None, digit: int
) -> None:
    layer = manifest["networks"][0]["layers"][0]
    layer["filters"][0]["maximize"]["positive"]["ratio"] = ratio
    found = index_of(manifest)["networks"][0]["layers"][0]["ratios"][0]
    assert found == search.DIGITS[digit]


def test_the_index_is_one_script_that_holds_the_notes(manifest: Manifest) -> None:
    text = dict(pages(manifest))["search/index.js"].decode()
    assert text.startswith('ATLAS.put("search/index.js",') and text.endswith(");\n")
    index = json.loads(text.removeprefix('ATLAS.put("search/index.js",').removesuffix(");\n"))
    assert index["networks"][0]["layers"][1]["notes"] == {"2": ["curves", ""]}
    assert index == json.loads(json.dumps(index_of(manifest)))
