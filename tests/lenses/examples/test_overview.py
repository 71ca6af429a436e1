"""What images say, in the last lines of a build and on the page of a layer."""

from __future__ import annotations

from typing import Any

from convatlas.lenses.examples.overview import ExamplesReports
from convatlas.site.pages import pages
from support.markup import written
from support.synthetic import synthetic_manifest


def manifest(*reaching: int) -> dict[str, Any]:
    """One network, of whose layers so many of 24 images reach each."""
    made: dict[str, Any] = synthetic_manifest(networks=1, layers=len(reaching), filters=2)[0]
    for layer, images in zip(made["networks"][0]["layers"], reaching, strict=True):
        layer["health"]["reach"] = {"images": images, "of": 24}
    return made


def test_layers_that_not_all_images_reach_are_told_at_the_end() -> None:
    (line,) = ExamplesReports().closing_lines(manifest(24, 11, 24, 1, 2, 3))  # type: ignore[arg-type]
    names = [layer["name"] for layer in manifest(24, 11, 24, 1, 2, 3)["networks"][0]["layers"]]
    assert line.endswith(
        f": not all of 24 images reach every layer ({names[1]} by 11, {names[3]} by 1,"
        f" {names[4]} by 2 and 1 more); the others are left out there"
    )
    assert not list(ExamplesReports().closing_lines(manifest(24, 24)))  # type: ignore[arg-type]


def test_a_layer_s_page_says_how_many_images_reach_it() -> None:
    made = manifest(24, 11)
    site = {path: written(data) for path, data in pages(made)}  # type: ignore[arg-type]
    whole, part = (site[layer["href"]] for layer in made["networks"][0]["layers"])
    assert "It is reached by 11 of 24 images" in part
    assert "It is reached by" not in whole
