"""The switch on a filter's page that shows what in the strongest images made it answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from convatlas.lenses.attribution.section import attribution
from convatlas.lenses.examples.traces import Traces
from convatlas.model.records import Picture, StoredRecord
from convatlas.site.check.check import check
from convatlas.site.pages import pages
from convatlas.site.publish import publish
from support.markup import written
from support.page_parts import part
from support.site_files import read_layer
from support.synthetic import Manifest, synthetic_manifest
from support.synthetic_traces import traced

PAGE = "net0/features.1/2.html"
METHODS = ["deconvnet", "guided", "gradient"]


def rendered(manifest: Manifest) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


def made(**options: Any) -> tuple[Manifest, Any]:
    return synthetic_manifest(layers=2, filters=8, images=40, **options)


def radios(text: str) -> list[str]:
    return re.findall(r'<input type="radio" name="by" value="(\w+)"', text)


def test_a_method_is_chosen_without_script_and_images_come_first() -> None:
    found = part(rendered(traced(made())[0])[PAGE], "found")
    assert radios(found) == ["images", *METHODS]
    assert re.findall(r'name="by" value="(\w+)" checked', found) == ["images"]
    assert "<legend>" in found
    assert 'href="../../about/index.html#methods"' in found


def test_every_image_has_its_tile_in_sprites_that_are_named_once() -> None:
    page = rendered(traced(made())[0])[PAGE]
    found = part(page, "found")
    views = re.findall(r'<svg class="by" viewBox="([^"]+)"', found)
    assert views == [f"{24 * place} 0 24 24" for place in range(9)]
    assert found.count('<use href="#by"/>') == 9
    assert page.count('id="by"') == 1
    for row, method in enumerate(METHODS):
        assert page.count(f"2-{method}-") == 1
        (y,) = re.findall(rf'<image href="2-{method}-\w+\.webp"(?: y="(\d+)")? width="216"', page)
        assert int(y or 0) == 24 * row
    rows = found.split("<li>")[1:]
    assert all(row.count("<svg") == 2 for row in rows)
    assert page.count('class="by"') == 9  # neither the range nor the lowest has any


def test_tiles_stay_in_their_rows_where_a_method_is_left_out() -> None:
    told = traced(made())[0]["networks"][0]["layers"][1]["filters"][2]["attribution"]
    del told["methods"]["deconvnet"]
    traces = Traces(told)
    text = traces.draw(0)
    assert traces.methods == ["guided", "gradient"]
    assert re.findall(r' y="(\d+)"', text) == ["24", "48"]


def test_only_as_many_tiles_as_there_are() -> None:
    page = rendered(traced(made(), count=4)[0])[PAGE]
    assert page.count('<svg class="by"') == 4
    assert "96 0 24 24" not in page


def test_where_all_methods_are_the_same_there_is_one() -> None:
    found = part(rendered(traced(made(), rectifiers=0)[0])[PAGE], "found")
    assert radios(found) == ["images", "gradient"]
    assert "No rectifier comes before this layer" in found
    assert "No rectifier" not in part(rendered(traced(made())[0])[PAGE], "found")


def test_there_is_no_switch_where_the_lens_did_not_run() -> None:
    assert 'class="ways"' not in rendered(made()[0])[PAGE]
    manifest, _ = traced(made())
    manifest["networks"][0]["layers"][1]["filters"][2]["attribution"] = None
    site = rendered(manifest)
    assert 'class="ways"' not in site[PAGE]
    assert 'class="ways"' in site["net0/features.1/1.html"]


def test_there_is_no_switch_where_no_image_is_published() -> None:
    page = rendered(traced(made(publish="none"))[0])[PAGE]
    assert radios(page) == []
    assert "deconvnet-" not in page


def test_what_a_dead_filter_comes_closest_to_is_traced_too() -> None:
    found = part(rendered(traced(made())[0])["net0/features.1/3.html"], "found")
    assert radios(found) == ["images", *METHODS]


def test_the_switch_takes_few_bytes() -> None:
    plain, more = (len(rendered(one[0])[PAGE]) for one in (made(), traced(made())))
    assert more - plain < 2600


def test_programs_are_told() -> None:
    manifest, _ = traced(made())
    told = read_layer(rendered(manifest)["net0/features.1/layer.json"])["filters"]
    assert told[5]["attribution"] is None
    assert set(told[2]["attribution"]) == {"methods", "tile", "count", "windows", "rectifiers"}
    assert list(told[2]["attribution"]["methods"]["guided"]) == ["picture"]


def test_the_manifest_tells_what_the_record_says() -> None:
    data = {"count": 2, "tile": [9, 8], "windows": [[0, 0, 8, 9]] * 2, "rectifiers": 3}
    picture = Picture("d" * 64, 16, 9, "webp")
    record = StoredRecord(data, {"guided": picture, "gradient": picture})
    told = attribution(record, lambda stem, given: {"file": stem, "width": given.width})
    methods = {name: {"picture": {"file": name, "width": 16}} for name in ("guided", "gradient")}
    assert told == {**data, "methods": methods}


@pytest.mark.parametrize("how", ["full", "crops", "none"])
def test_every_link_leads_somewhere_and_every_id_is_there_once(tmp_path: Path, how: str) -> None:
    manifest, read = traced(made(publish=how))
    publish(manifest, read, tmp_path)
    report = check(tmp_path)
    assert report.findings == ()
    assert report.sizes["attribution"] > 0
    for page in tmp_path.rglob("*.html"):
        text = page.read_text()
        known = set(re.findall(r' id="(\w+)"', text))
        assert set(re.findall(r'<use [^>]*href="#(\w+)"', text)) <= known
