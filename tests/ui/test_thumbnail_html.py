"""Tiles of filters, and windows of images, as HTML."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.model.crops import Crop
from convatlas.ui.thumbnail_html import thumbnail_html, window
from convatlas.ui.thumbnails import Found, Thumbnail, Tile

PICTURE = {"file": "a&b.avif", "width": 96, "height": 64}
FOUND = Found({"box": [10, 20, 50, 70]}, PICTURE, Crop(4, 8, 60, 60, framed=True), (224, 240), None)


def tile(face: Thumbnail, **options: Any) -> str:
    return str(thumbnail_html(face, 7, "net/one/", "../", **options))


def test_a_picture_waits_and_says_nothing_unless_asked() -> None:
    waiting = '<img src="net/one/a&amp;b.avif" alt="" loading="lazy">'
    assert tile(Thumbnail(picture=PICTURE)) == waiting
    named = tile(Thumbnail(picture=PICTURE, sharp=True), lazy=False, named=True)
    assert named == '<img class="px" src="net/one/a&amp;b.avif" alt="filter 7">'


def test_a_tile_is_a_part_of_its_sprite() -> None:
    text = tile(Thumbnail(tile=Tile(PICTURE, 64, 128, 32)), named=True)
    assert text.startswith('<svg viewBox="64 128 32 32" role="img" aria-label="filter 7">')
    assert '<image href="net/one/a&amp;b.avif" width="96" height="64"/>' in text


def test_of_a_sprite_of_its_own_the_first_tile_stands_for_a_filter() -> None:
    face = Thumbnail(sprite={"size": [3, 5], "picture": PICTURE}, sharp=True)
    assert tile(face).startswith('<svg class="px" viewBox="0 0 5 3" aria-hidden="true">')


def test_an_image_in_a_tile_has_no_frame() -> None:
    text = tile(Thumbnail(found=FOUND))
    assert text.startswith('<svg class="crop" viewBox="4 8 60 60" aria-hidden="true">')
    assert '<image href="../a&amp;b.avif" width="240" height="224"/>' in text
    assert "<rect" not in text


def test_a_window_frames_what_the_filter_sees() -> None:
    assert '<rect x="10" y="20" width="40" height="50"/></svg>' in window(FOUND, "")


@pytest.mark.parametrize(("named", "told"), [(False, "dead &lt;"), (True, "7")])
def test_a_word_stands_where_there_is_nothing_and_a_number_in_the_strip(
    named: bool, told: str
) -> None:
    assert tile(Thumbnail(word="dead <"), named=named) == f'<span class="none">{told}</span>'
