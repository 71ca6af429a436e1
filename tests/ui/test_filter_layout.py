"""Where filters are shown, as ``site.pages`` chooses."""

from __future__ import annotations

from typing import get_args

import pytest

from convatlas.config.schema import Site
from convatlas.site.pages import OF_FILTERS
from convatlas.ui.filter_layout import LAYOUTS

FOLDERS = {"net/conv1/", "net/conv1/more/"}
OWN = ["net/conv1/2-positive-0a.avif", "net/conv1/more/31-kernel-0b.webp"]
OTHERS = [
    "net/conv1/sprite-made-0c.avif",
    "net/conv1/card-0d.jpg",
    "net/conv1/about/2-positive-0e.avif",
    "images/2-f.webp",
    "2-positive-1a.avif",
]


def test_every_choice_has_its_layout_and_its_pages() -> None:
    assert LAYOUTS.keys() == set(get_args(Site.model_fields["pages"].annotation))
    assert OF_FILTERS.keys() == {type(layout) for layout in LAYOUTS.values()}


@pytest.mark.parametrize(
    ("index", "each", "shared"),
    [
        (0, "0.html", "filters-0.html"),
        (31, "31.html", "filters-0.html"),
        (32, "32.html", "filters-32.html"),
        (100, "100.html", "filters-96.html"),
    ],
)
def test_addresses_lead_to_the_filter_on_its_page(index: int, each: str, shared: str) -> None:
    assert LAYOUTS["filter"].page(index) == LAYOUTS["filter"].address(index) == each
    assert LAYOUTS["layer"].page(index) == shared
    assert LAYOUTS["layer"].address(index) == f"{shared}#{index}"


def test_only_shared_pages_take_their_filters_own_pictures_inside() -> None:
    files = {path: path.upper() for path in [*OTHERS, *OWN]}
    assert LAYOUTS["filter"].take_inside(files, FOLDERS) == {}
    assert list(files) == [*OTHERS, *OWN]
    inside = LAYOUTS["layer"].take_inside(files, FOLDERS)
    assert inside == {path: path.upper() for path in OWN}
    assert list(files) == OTHERS
