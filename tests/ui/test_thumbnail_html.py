"""Tiles of filters, and windows of images, as HTML."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.ui.thumbnail_html import thumbnail_html
from convatlas.ui.thumbnails import Thumbnail
from support.markup import written

PICTURE = {"file": "a&b.avif", "width": 96, "height": 64}


def tile(face: Thumbnail, **options: Any) -> str:
    return written(thumbnail_html(face, 7, "net/one/", "../", **options))


def test_a_picture_waits_and_says_nothing_unless_asked() -> None:
    waiting = '<img src="net/one/a&amp;b.avif" alt="" loading="lazy">'
    assert tile(Thumbnail(PICTURE)) == waiting
    named = tile(Thumbnail(PICTURE, look="px"), lazy=False, named=True)
    assert named == '<img class="px" src="net/one/a&amp;b.avif" alt="7">'


def test_a_tile_is_a_part_of_its_sprite() -> None:
    text = tile(Thumbnail(PICTURE, (64, 128, 32, 32)), named=True)
    assert text.startswith('<svg viewBox="64 128 32 32" role="img" aria-label="7">')
    assert '<image href="net/one/a&amp;b.avif"/>' in text


def test_pixels_that_are_to_be_seen_stay_squares_in_a_part() -> None:
    face = Thumbnail(PICTURE, (0, 0, 5, 3), "px")
    assert tile(face).startswith('<svg class="px" viewBox="0 0 5 3" role="none">')


def test_an_image_in_a_tile_is_told_from_the_root() -> None:
    text = tile(Thumbnail(PICTURE, (4, 8, 60, 60), "crop", from_root=True))
    assert text.startswith('<svg class="crop" viewBox="4 8 60 60" role="none">')
    assert '<image href="../a&amp;b.avif" width="96" height="64"/>' in text


@pytest.mark.parametrize(("named", "told"), [(False, "dead &lt;"), (True, "7")])
def test_a_word_stands_where_there_is_nothing_and_a_number_in_the_strip(
    named: bool, told: str
) -> None:
    assert tile(Thumbnail(word="dead <"), named=named) == f'<span class="none">{told}</span>'
