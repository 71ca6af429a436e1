"""The classes of networks on the pages about the atlas, networks, images, probes and layers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from convatlas.model.columns import objects
from convatlas.site.exports.grid_js import wall
from convatlas.site.pages import pages
from convatlas.ui.rounding import rounded
from support.markup import written
from support.synthetic import synthetic_manifest
from support.synthetic_effects import with_effects

Fact = dict[str, Any]
LABELS = (*(f"kind {number}" for number in range(70)), None)


@pytest.fixture(scope="module")
def manifest() -> Fact:
    made = synthetic_manifest(networks=2, layers=2, filters=8, images=16, probes=1)
    manifest, _ = with_effects(made)
    prediction = manifest["probes"][0]["networks"][1]["prediction"]
    prediction[0]["label"] = "bannister"
    return manifest


@pytest.fixture(scope="module")
def site(manifest: Fact) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


def section(page: str, name: str) -> str:
    return page.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]


def recognised(manifest: Fact, network: str) -> tuple[int, int]:
    images = [
        (entry["number"] == each["predicted"])
        for entry in manifest["classes"][network]
        for each in entry["labelled"]
    ]
    return sum(images), len(images)


def test_the_page_of_a_network_leads_to_each_of_its_classes(
    manifest: Fact, site: dict[str, str]
) -> None:
    part = section(site["net1/index.html"], "classes")
    links = re.findall(r'href="\.\./(net1/classes/[^"]+)"', part)
    assert links == ["net1/classes/index.html", *(e["href"] for e in manifest["classes"]["net1"])]
    right, labelled = recognised(manifest, "net1")
    assert f"{right} of {labelled} images with a label are recognised" in part


def test_of_many_classes_it_names_the_first_and_leads_to_all() -> None:
    made = synthetic_manifest(layers=1, filters=1, images=71, labels=LABELS)
    site = {path: written(data) for path, data in pages(with_effects(made)[0])}
    part = section(site["net0/index.html"], "classes")
    assert len(re.findall(r'href="\.\./net0/classes/kind', part)) == 60
    assert '<a href="../net0/classes/index.html">All 71 classes</a>' in part


def test_the_home_page_leads_to_the_classes_of_each_network(site: dict[str, str]) -> None:
    part = section(site["index.html"], "classes")
    assert re.findall(r'href="([^"]+)">([\w ]+)<', part) == [
        ("net0/classes/index.html", "Classes of net0"),
        ("net1/classes/index.html", "Classes of net1"),
    ]


def test_the_label_of_an_image_leads_to_its_class_in_each_network(
    manifest: Fact, site: dict[str, str]
) -> None:
    for image in manifest["image_sets"][0]["images"].values():
        page = site[f"images/photos/{image['id']}.html"]
        linked = set(re.findall(r'href="\.\./\.\./(net\d/classes/[^"]+)"', page))
        label = image["label"]
        assert linked == {
            network["class_pages"][label] for network in manifest["networks"] if label
        }
    wall = site["images/photos/index.html"]
    for network in manifest["networks"]:
        assert f'"../../{network["class_pages"]["bannister"]}"' in wall


def test_what_a_probe_is_taken_for_leads_to_the_class_of_that_network(site: dict[str, str]) -> None:
    link = '<a href="{}net1/classes/bannister.html">bannister</a>'
    assert link.format("../../") in site["probes/probe0/index.html"]
    assert link.format("../../../") in site["probes/probe0/net1/index.html"]
    assert "classes/" not in section(site["probes/probe0/net0/index.html"], "prediction")


def test_a_finding_that_names_a_class_leads_there(site: dict[str, str]) -> None:
    findings = section(site["net0/index.html"], "findings")
    assert re.findall(r'Best class: <a href="\.\./net0/classes/[^"]+">', findings)
    assert re.findall(r'href="net0/classes/[^"]+">', section(site["index.html"], "highlights"))


def test_a_layers_data_tell_the_pages_of_its_best_classes(manifest: Fact) -> None:
    network = manifest["networks"][0]
    told = wall(network["layers"][0], network["class_pages"])
    assert told["classes"]
    for name, page in zip(told["classes"], told["pages"], strict=True):
        assert page == f"../../{network['class_pages'][name]}"
    assert "pages" not in wall(network["layers"][0])
    known = dict(list(network["class_pages"].items())[:1])
    told = wall(network["layers"][0], {**known, told["classes"][0]: "net0/classes/a.html"})
    assert told["pages"].count("") == len(told["classes"]) - len(
        set(told["classes"]) & {*known, told["classes"][0]}
    )


def test_help_and_data_files_tell_of_classes(manifest: Fact, site: dict[str, str]) -> None:
    assert '<a href="../net0/classes/index.html">class</a>' in site["help/index.html"]
    told = json.loads(site["atlas.json"])["classes"]
    right, labelled = recognised(manifest, "net0")
    assert told[0] == {
        "network": "net0",
        "href": "net0/classes/index.html",
        "data": "net0/classes/classes.json",
        "classes": len(manifest["classes"]["net0"]),
        "labelled": labelled,
        "recognised": right,
    }
    data = json.loads(site[told[1]["data"]])
    assert objects(data["classes"], data["count"]) == rounded(manifest["classes"]["net1"], 4)


def test_a_site_without_effects_names_no_class_as_a_link() -> None:
    manifest, _ = synthetic_manifest(networks=2, layers=2, filters=8, images=16, probes=1)
    site = {path: written(data) for path, data in pages(manifest)}
    assert not any("/classes/" in page for page in site.values())
