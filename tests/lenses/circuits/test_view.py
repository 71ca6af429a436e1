"""Circuits on the pages of filters, without a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from convatlas.lenses.circuits.vlq import decoded
from convatlas.site.publish import publish
from support.gathered_pages import as_layers
from support.markup import written
from support.synthetic import synthetic_manifest
from support.synthetic_circuits import with_circuits


def made(**more: Any) -> Any:
    return with_circuits(synthetic_manifest(layers=3, filters=8, sprites=True, **more))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("circuits")
    manifest, read = made()
    layer = manifest["networks"][0]["layers"][1]
    layer["kernel"] = [1, 1]
    layer["circuits"].pop("slices")
    publish(manifest, read, folder)
    return folder


def section(site: Path, path: str) -> str:
    """The part of a filter's page on its circuit; "" without one."""
    text = written((site / path).read_text("utf-8"))
    found = re.search(r'<section class="band circuit".*?</section>', text, re.DOTALL)
    return found[0].replace("\u00a0", " ") if found else ""


def changes(text: str) -> list[str]:
    """What the neighbours of lists say of a response."""
    return re.findall(r"</(?:a|span)> ([^ <]+)", text)


def test_inputs_and_outputs_are_links_in_order(site: Path) -> None:
    text = section(site, "net0/features.1/2.html")
    inputs, outputs = text.split('<div class="outputs">')
    assert re.findall(r'href="\.\./([^>]+)">', inputs) == [
        f"features.0/{index}.html" for index in (2, 3, 4, 5)
    ]
    assert changes(inputs) == ["−45", "−20", "−5", "+3", "+1"]
    links = re.findall(r'href="\.\./(features[^>]+)">', outputs)
    assert links == ["features.2/2.html", "features.2/3.html"]
    assert changes(outputs) == ["−25", "+13", "−30"]


def test_a_filter_that_the_atlas_does_not_show_is_named_without_a_link(site: Path) -> None:
    text = section(site, "net0/features.1/2.html")
    assert "<span>5000</span>" in text
    assert "<span>300</span>" in text


def test_single_weights_have_a_sign_and_larger_kernels_a_picture(site: Path) -> None:
    single, larger = (section(site, f"net0/features.{depth}/2.html") for depth in (1, 2))
    assert 'data-kernels="+++++"' in single
    file = re.search(r'data-kernels="([^ ]+) 3 3 6"', larger)
    assert file
    assert (site / "net0/features.2" / file[1]).exists()


def test_drops_at_single_images_are_shares_of_the_same_excess(site: Path) -> None:
    found = re.search(r'data-drops="([^"]+)"', section(site, "net0/features.2/2.html"))
    assert found
    numbers = list(decoded(found[1]))
    assert len(numbers) == 5 * 9
    assert numbers[0::9] == [45, 20, 5, -3, -1]
    assert numbers[1::9] == [45, 200, 5, -3, -1]


def test_two_reasons_are_told_by_images(site: Path) -> None:
    text = section(site, "net0/features.1/1.html")
    assert 'data-reasons="010101010"' in text
    assert "at images 1, 3, 5, 7 and 9 than at images 2, 4, 6 and 8." in text
    assert "two reasons" not in section(site, "net0/features.1/2.html")


def test_the_first_layer_has_outputs_only(site: Path) -> None:
    text = section(site, "net0/features.0/2.html")
    assert 'class="inputs"' not in text
    assert 'href="../features.1/2.html">' in text
    assert "no single filters" in text or "picture itself" in text


def test_a_page_of_many_filters_has_each_ones_circuit(tmp_path: Path) -> None:
    manifest, read = made()
    publish(as_layers(manifest), read, tmp_path)
    text = written((tmp_path / "net0/features.1/filters-0.html").read_text("utf-8"))
    assert 'id="2-circuit"' in text
    assert 'href="../features.0/filters-0.html#2">' in text
