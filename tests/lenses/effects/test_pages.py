"""The pages of classes: their filters, their images, and what is behind the wrong ones."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import pytest

from convatlas.site.pages import pages
from convatlas.ui.text import number
from support.markup import written
from support.synthetic import synthetic_manifest
from support.synthetic_effects import UNSEEN, with_effects

Fact = dict[str, Any]
DOUBTED = "features.1"


@pytest.fixture(scope="module")
def manifest() -> Fact:
    return with_effects(synthetic_manifest(layers=3, filters=16, images=40))[0]


@pytest.fixture(scope="module")
def site(manifest: Fact) -> dict[str, str]:
    return rendered(manifest)


def rendered(manifest: Fact) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


def classes(manifest: Fact) -> list[Fact]:
    found: list[Fact] = manifest["classes"]["net0"]
    return found


def between(page: str, start: str, end: str) -> str:
    return page.partition(f'id="{start}"')[2].partition(f'id="{end}"')[0]


def test_each_class_has_its_filters_by_layer_the_last_first(
    manifest: Fact, site: dict[str, str]
) -> None:
    for entry in classes(manifest):
        part = site[entry["href"]].partition('class="served"')[2].partition("aria-labelledby")[0]
        links = re.findall(r'href="\.\./(features\.\d)/(\d+)\.html">.*?<b>(.+?)</b>', part)
        layers = [layer["name"] for layer in reversed(manifest["networks"][0]["layers"])]
        expected = [
            (told["layer"], str(told["index"]), sign(told["logit"]))
            for layer in layers
            for told in entry["filters"]
            if told["layer"] == layer
        ]
        assert links == expected
        assert part.count("not to be relied on") == (DOUBTED in {told[0] for told in expected})


def sign(logit: float) -> str:
    return ("+" if logit > 0 else "") + number(logit, 2)


def test_the_wrong_images_come_first_with_the_class_that_they_are_taken_for(
    manifest: Fact, site: dict[str, str]
) -> None:
    names = {entry["number"]: entry for entry in classes(manifest)}
    for entry in classes(manifest):
        part = between(site[entry["href"]], "images", "taken")
        wrong = [each for each in entry["labelled"] if each["predicted"] != entry["number"]]
        told = re.findall(r'taken for <a href="\.\./\.\./([^"]+)"', part)
        assert told == [names[each["predicted"]]["href"] for each in wrong]
        before, _, after = part.partition("<h3>Recognised</h3>")
        assert after.count("<img") == len(entry["labelled"]) - len(wrong)
        assert before.count("taken for <a") == len(wrong)


def test_beside_each_wrong_image_is_the_first_filter_that_can_be_relied_on(
    manifest: Fact, site: dict[str, str]
) -> None:
    for entry in classes(manifest):
        part = between(site[entry["href"]], "images", "taken")
        wrong = [each for each in entry["labelled"] if each["predicted"] != entry["number"]]
        first = [
            next(told for told in each["behind"] if told["layer"] != DOUBTED) for each in wrong
        ]
        expected = [(f"{e['layer']}/{e['index']}", sign(e["logit"])) for e in first]
        pattern = r'class="behind" href="\.\./(.+?)\.html">.*?<b>(.+?)</b>'
        assert re.findall(pattern, part) == expected


def test_behind_all_wrong_images_of_a_class_are_the_filters_with_the_highest_sums(
    manifest: Fact, site: dict[str, str]
) -> None:
    seen = 0
    for entry in classes(manifest):
        looked = [each["behind"] for each in entry["labelled"] if "behind" in each]
        sums: dict[tuple[str, int], list[float]] = defaultdict(list)
        for told in (told for each in looked for told in each if told["layer"] != DOUBTED):
            sums[told["layer"], told["index"]].append(told["logit"])
        part = between(site[entry["href"]], "behind", "images")
        pattern = r'href="\.\./(\S+)/(\d+)\.html">.*?<b>(.+?)</b>.*?<small>(\d+) of (\d+) im'
        found = re.findall(pattern, part)
        highest = sorted((sum(logits) for logits in sums.values()), reverse=True)[:6]
        assert [sum(sums[layer, int(index)]) for layer, index, *_ in found] == highest
        for layer, index, mean, images, of in found:
            logits = sums[layer, int(index)]
            assert mean == sign(sum(logits) / len(logits))
            assert (int(images), int(of)) == (len(logits), len(looked))
            seen += len(logits) > 1
    assert seen


def test_a_class_without_wrong_images_has_nothing_behind_them(
    manifest: Fact, site: dict[str, str]
) -> None:
    (unseen,) = [entry for entry in classes(manifest) if entry["name"] == UNSEEN]
    page = site[unseen["href"]]
    assert "No image has it as its label" in page
    assert 'id="behind"' not in page
    assert 'id="taken"' in page


def test_pages_lead_to_the_neighbouring_classes_and_up(
    manifest: Fact, site: dict[str, str]
) -> None:
    hrefs = [entry["href"] for entry in classes(manifest)]
    for place, href in enumerate(hrefs):
        steps = dict(re.findall(r'<a[^>]*href="([^"]+)"[^>]*rel="(prev|next)"', site[href]))
        steps |= dict(
            pair[::-1]
            for pair in re.findall(r'<a[^>]*rel="(prev|next)"[^>]*href="([^"]+)"', site[href])
        )
        expected = {}
        if place:
            expected[hrefs[place - 1].rpartition("/")[2]] = "prev"
        if place + 1 < len(hrefs):
            expected[hrefs[place + 1].rpartition("/")[2]] = "next"
        assert steps == expected


def test_with_zero_as_the_baseline_no_page_speaks_of_the_mean(manifest: Fact) -> None:
    manifest = {**manifest, "lenses": {**manifest["lenses"], "effects": {"baseline": "zero"}}}
    site = rendered(manifest)
    page = site[classes(manifest)[0]["href"]]
    assert "set to zero" in page
    assert "set to its mean" not in page
