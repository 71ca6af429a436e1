"""Windows of images: what is drawn where, with heat, in every way of publishing."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from convatlas.lenses.examples.image_crops import VEIL, CropPainter, veil
from support.markup import written

NETWORK: dict[str, Any] = {
    "preprocessing": {"size": [64, 96]},
    "photographs": {
        name: {"file": f"images/{name}.webp", "width": 96, "height": 64} for name in "ab"
    },
}
LAYER = {"receptive_field": [40, 40], "local_receptive_field": [40, 40]}
HEAT = {"picture": {"file": "2-heat.webp", "width": 36, "height": 8}, "size": [8, 12]}
CROPS = {"picture": {"file": "2-crops.webp", "width": 120, "height": 40}, "size": [40, 40]}

EXAMPLES = {"heat": HEAT, "crops": None, "range": [{"image": "a"}], "lowest": []}


def shots(
    *, heat: bool = True, crops: bool = False, pictures: bool = True, **layer: Any
) -> CropPainter:
    sprites = {"heat": HEAT if heat else None, "crops": CROPS | {"count": 3} if crops else None}
    examples = {**sprites, "range": [{"image": name} for name in "acd"], "lowest": []}
    network = NETWORK if pictures else NETWORK | {"photographs": {}}
    return CropPainter(examples, LAYER | layer, network, "../../")


def example(image: str, tile: int | None = 0, left: int = 10) -> dict[str, Any]:
    return {"image": image, "box": [left, 12, left + 40, 52], "tile": tile}


def drawn(painter: CropPainter, shown: dict[str, Any], **how: Any) -> str:
    """The window of an image, as it would be written by hand."""
    return written(painter.draw(shown, **how))


def test_a_window_shows_its_part_of_the_image() -> None:
    drawing = drawn(shots(), example("a"))
    assert drawing == (
        '<svg viewBox="10 12 40 40" role="none"><image href="../../images/a.webp"/></svg>'
    )


def test_a_picture_of_another_size_is_stretched_over_what_the_network_sees() -> None:
    page = shots()
    page.photographs = {"a": {"file": "images/a.webp", "width": 48, "height": 32}}
    assert '<image href="../../images/a.webp" width="96" height="64"/>' in drawn(page, example("a"))


def test_several_filters_of_a_page_have_ids_of_their_own() -> None:
    page = CropPainter(EXAMPLES, LAYER, NETWORK, "../../", "117-")
    text = drawn(page, example("a", 0), heat=True, tile=0) + drawn(page, example("a", 0))
    ids = re.findall(r' id="([^"]+)"', text)
    assert ids == ["f117-i0", "f117-heat"]
    assert set(re.findall(r'href="#([^"]+)"', text)) == set(ids)


def test_the_veil_leaves_what_excites_and_fades_the_rest() -> None:
    (values,) = re.findall(r'values="([^"]+)"', veil())
    matrix = np.array(values.split(), dtype=float).reshape(4, 5)
    for heat, alpha in ((1, 0), (0, VEIL)):
        assert (matrix @ [heat, heat, heat, 1, 1])[3] == pytest.approx(alpha)
    assert (matrix[:3, 4] == 0.5).all()


def test_heat_lies_over_the_image() -> None:
    drawing = drawn(shots(), example("a", tile=2), heat=True)
    # The sprite of three tiles is stretched so that a tile covers the whole image.
    assert (
        '<image id="heat" href="2-heat.webp" width="288" height="64" preserveAspectRatio="none"/>'
        in drawing
    )
    assert re.search(r'href="../../images/a.webp"/>.*<use href="#heat" x="-192"/></svg>$', drawing)


def test_a_page_defines_a_sprite_and_an_image_once() -> None:
    page = shots()
    text = "".join(
        [
            drawn(page, example("a", 0), heat=True, tile=0),
            drawn(page, example("b", 1), heat=True, tile=1),
            drawn(page, example("a", 0)),
        ]
    )
    assert text.count('id="heat"') == text.count("images/a.webp") == 1
    ids = re.findall(r' id="(\w+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"#(\w+)", text)) <= set(ids)
    assert text.endswith('<use href="#i0"/></svg>')


def test_where_the_map_tells_no_place_in_a_window_there_is_no_heat() -> None:
    page = shots(receptive_field=[8, 8], local_receptive_field=[8, 8])
    page.heat = HEAT | {"size": [4, 6]}  # a window of 24 pixels spans one cell and a half
    assert "heat" not in drawn(page, {"image": "a", "box": [10, 12, 18, 20], "tile": 0}, heat=True)
    assert not page.heated
    page = shots()
    drawn(page, example("a"), heat=True)
    assert page.heated


def test_a_map_of_one_cell_tells_no_place_even_in_the_whole_image() -> None:
    whole = {"image": "a", "box": [0, 0, 96, 64], "tile": 0}
    page = shots(receptive_field=None, local_receptive_field=None)
    page.heat = HEAT | {"size": [1, 1]}
    assert "heat" not in drawn(page, whole, heat=True)
    page.heat = HEAT | {"size": [1, 2]}
    assert "heat" in drawn(page, whole, heat=True)


def test_a_field_smaller_than_its_window_is_framed() -> None:
    edge = {"image": "a", "box": [0, 12, 16, 52], "tile": None}
    assert '<path d="M0 12H16V52H0z"/>' in drawn(shots(), edge)
    assert "<path" not in drawn(shots(), example("a"))
    cut = {"image": "a", "box": [0, 12, 30, 52], "tile": None}  # three quarters of the window
    assert "<path" not in drawn(shots(), cut)


def test_windows_come_from_their_sprite_where_images_are_not_published_whole() -> None:
    page = shots(crops=True, pictures=False)
    first = drawn(page, example("c", 0), heat=True, tile=0)
    assert '<image id="cuts" href="2-crops.webp" width="120" height="40"' in first
    assert '<use id="i0" href="#cuts" x="10" y="12"/>' in first
    second = drawn(page, example("d", 1, left=20), heat=True, tile=1)
    assert '<use id="i1" href="#cuts" x="-20" y="12"/>' in second
    assert "2-crops.webp" not in second
    assert drawn(page, example("e", None), tile=3) == ""  # the sprite has three


def test_heat_stands_alone_over_the_whole_where_nothing_is_published() -> None:
    page = shots(pictures=False)
    drawing = drawn(page, example("17", 1), heat=True)
    assert drawing.startswith('<svg class="lit" viewBox="0 0 96 64"')
    assert '<use href="#heat" x="-96"/>' in drawing
    assert '<path d="M10 12H50V52H10z"/>' in drawing
    assert "images/" not in drawing
    assert not page.heated  # there is no picture to see without it
    assert drawn(shots(heat=False, pictures=False), example("17", None), heat=True) == ""
