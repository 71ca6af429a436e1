"""Which of the lenses' thumbnails stands for a filter, and which filters stand for a network."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.site.thumbnails import live, mosaic, thumbnail
from convatlas.ui.thumbnails import ThumbnailRequest

FILE = {"file": "7-x.webp", "width": 8, "height": 8}
MADE = {"positive": {"picture": {**FILE, "file": "made.avif"}, "recipe": {"canvas": "fourier"}}}
COLOUR = {"mode": "colour", "size": [3, 5], "picture": {**FILE, "file": "kernel.webp"}}
SLICES = {**COLOUR, "mode": "slices"}
EXAMPLES = {"top": [{"image": "one", "box": [0, 0, 8, 8]}], "crops": None}
CROPS = {"top": [], "crops": {"picture": {**FILE, "file": "crops.webp"}, "size": [4, 6]}}
NETWORK: Any = {
    "preprocessing": {"size": (64, 64)},
    "photographs": {"one": {**FILE, "file": "images/one.webp"}},
}


def subject(index: int = 0, **entries: Any) -> Any:
    none = {"dead": False, "maximize": None, "kernels": None, "examples": None}
    return {"index": index, **none, **entries}


def layer(*filters: Any, sprites: Any = None) -> Any:
    field = {"local_receptive_field": None, "receptive_field": [8, 8]}
    return {"filters": list(filters), "sprites": sprites or {}, **field}


def shown(sprites: Any = None, whole: bool = False, files: bool = True, **entries: Any) -> Any:
    filter = subject(**entries)
    own = layer(filter, sprites=sprites)
    return thumbnail(ThumbnailRequest(filter, own, NETWORK, whole, files))


@pytest.mark.parametrize(
    ("entries", "file"),
    [
        ({"maximize": MADE, "kernels": COLOUR, "examples": EXAMPLES}, "made.avif"),
        ({"maximize": {"positive": None}, "kernels": COLOUR, "examples": EXAMPLES}, "kernel.webp"),
        ({"kernels": SLICES, "examples": EXAMPLES}, "images/one.webp"),
        ({"kernels": SLICES, "examples": CROPS}, "crops.webp"),
        ({"kernels": SLICES}, "kernel.webp"),
    ],
)
def test_the_best_that_there_is_stands_for_a_filter(entries: dict[str, Any], file: str) -> None:
    assert shown(**entries).picture["file"] == file


def test_a_word_stands_for_a_filter_without_a_picture() -> None:
    assert shown(dead=True, maximize=MADE).word == "dead"
    assert shown().word == "none"


def test_sprites_are_taken_where_there_are_no_files_or_a_small_picture_does() -> None:
    sprite = {"tile": 32, "columns": 2, "count": 1, "files": [{**FILE, "file": "sprite.webp"}]}
    made, images = {"made": sprite}, {"examples": sprite}
    assert shown(made, maximize=MADE).picture["file"] == "made.avif"
    assert shown(made, maximize=MADE, files=False).picture["file"] == "sprite.webp"
    assert shown(images, examples=EXAMPLES).box == (0, 0, 32, 32)
    assert shown(images, examples=EXAMPLES, whole=True).picture["file"] == "images/one.webp"


def test_the_first_live_filters_of_which_something_is_known_stand_for_a_layer() -> None:
    first, dead, bare = subject(kernels=SLICES), subject(dead=True, kernels=SLICES), subject()
    last = subject(maximize=MADE)
    assert live(layer(dead, bare, first, last), 1) == [first]
    assert live(layer(dead, bare, first, last), 5) == [first, last]


def test_a_mosaic_is_of_one_kind_where_enough_filters_have_the_best() -> None:
    plain = [subject(kernels=SLICES) for _ in range(4)]
    made = [subject(maximize=MADE) for _ in range(4)]
    network = {**NETWORK, "layers": [layer(plain[0], *made[:2]), layer(plain[1], *made[2:])]}
    assert [filter for _, filter in mosaic(network, 4)] == made
    assert len(mosaic(network, 6)) == 6


def test_every_layer_gives_as_many_tiles_of_a_mosaic() -> None:
    filters = [[subject(maximize=MADE) for _ in range(6)] for _ in range(3)]
    network = {**NETWORK, "layers": [layer(*own) for own in filters]}
    chosen = [id(layer) for layer, _ in mosaic(network, 7)]
    assert [chosen.count(id(layer)) for layer in network["layers"]] == [3, 2, 2]
    assert len(mosaic(network, 2)) == 2
    assert mosaic({**NETWORK, "layers": []}, 5) == []
