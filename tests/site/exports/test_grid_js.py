"""What a layer's grid tells scripts, against the manifest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convatlas.site.exports.grid_js import HUES, facets, hue, views, wall
from convatlas.site.pages import pages
from support.synthetic import synthetic_manifest

Fact = dict[str, Any]


@pytest.fixture(scope="module")
def manifest() -> Fact:
    return synthetic_manifest(layers=4, filters=24, sprites=True)[0]


@pytest.fixture(scope="module")
def site(manifest: Fact) -> dict[str, bytes]:
    return dict(pages(manifest))


@pytest.fixture(scope="module")
def layer(manifest: Fact) -> Fact:
    found: Fact = manifest["networks"][0]["layers"][2]
    return found


def test_the_wall_is_a_script_that_holds_what_the_manifest_says(
    site: dict[str, bytes], layer: Fact
) -> None:
    path = "net0/features.2/wall.js"
    text = site[path].decode()
    assert text.startswith(f'ATLAS.put("{path}",')
    told = json.loads(text.removeprefix(f'ATLAS.put("{path}",').removesuffix(");\n"))
    filters = layer["filters"]
    assert told == wall(layer)
    assert told["indices"] == [found["index"] for found in filters]
    highest = [found["examples"]["bounds"]["highest"] for found in filters]
    assert told["keys"]["highest"] == pytest.approx(highest, rel=1e-3)
    for place, found in enumerate(filters):
        made = (found["maximize"] or {}).get("positive")
        assert told["made"][place] == (made["picture"]["file"] if made and not found["dead"] else 0)
        assert told["keys"]["ratio"][place] == (made["ratio"] if made else None)
        assert told["keys"]["similarity"][layer["order"][place]] == place
        assert ("dead" in told["states"][place].split()) == bool(found["dead"])
        assert ("always" in told["states"][place].split()) == (place % 8 == 4)
        label = told["labels"][place]
        best = None if found["dead"] else found["examples"]["classes"][0]["label"]
        assert (told["classes"][label] if label >= 0 else None) == best
    assert told["names"][6] == "<pole> 6"
    assert "hrefs" not in told


def test_what_is_not_known_cannot_be_sorted_by(manifest: Fact) -> None:
    layer = manifest["networks"][0]["layers"][3]  # the forward pass never reaches it
    told = wall(layer)
    assert list(told["keys"]) == ["similarity"]
    assert facets(layer, told) == []
    assert told["labels"] == [-1] * 24


def test_the_counts_of_facets_are_those_of_the_manifest(layer: Fact) -> None:
    found = {
        facet.name: {key: count for key, _, count in facet.choices}
        for facet in facets(layer, wall(layer))
    }
    assert found["state"] == {"alive": 21, "dead": 3, "never": 3, "always": 3, "failed": 3}
    assert found["share"] == {"0-1": 3, "1-10": 18, "50-100": 3}
    tally = [hue(filter) for filter in layer["filters"]]
    assert found["hue"] == {name: tally.count(name) for name in (*HUES, "grey") if name in tally}


@pytest.mark.parametrize(
    ("angle", "name"), [(0, "red"), (22, "red"), (23, "orange"), (337, "pink"), (338, "red")]
)
def test_hues_have_the_nearest_name(angle: int, name: str) -> None:
    assert hue({"hue": angle, "maximize": None}) == name


def test_a_wall_offers_the_views_that_there_are(layer: Fact) -> None:
    assert [name for _, name in views(layer)] == ["maximised", "examples", "kernels"]
    bare = [{**found, "maximize": None} for found in layer["filters"]]
    assert views({**layer, "filters": bare}) == [("made", "examples"), ("kernels", "kernels")]
    assert views({**layer, "sprites": {}}) == []
    kernels = {"kernels": layer["sprites"]["kernels"]}
    assert views({**layer, "filters": bare, "sprites": kernels}) == []


def test_the_picture_that_failed_to_excite_a_dead_filter_is_not_shown(layer: Fact) -> None:
    told = wall(layer)
    for found, file, names in zip(layer["filters"], told["made"], told["states"], strict=True):
        made = (found["maximize"] or {}).get("positive")
        assert bool(file) == (made is not None and not found["dead"]), names
    assert any(found["dead"] and found["maximize"] for found in layer["filters"])


def test_a_layer_page_tells_its_choices_its_recipe_and_its_data(site: dict[str, bytes]) -> None:
    page = site["net0/features.2/index.html"].decode()
    assert '<option value="dead" data-name="dead">dead (3)</option>' in page
    assert '<a href="layer.csv">layer.csv</a>' in page
    recipe = page.partition('id="recipe"')[2]
    assert "<dt>objective</dt><dd>the mean over the map</dd>" in recipe
    assert "<h3>To inhibit</h3>" in recipe
    assert "&lt;pole&gt; 6</span>" in page
