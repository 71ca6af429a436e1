"""The strongest image of a filter, cut to what the filter sees."""

from __future__ import annotations

from typing import Any

from convatlas.lenses.examples.strongest_image import strongest_image, window_html

LAYER: Any = {"local_receptive_field": None, "receptive_field": [60, 60]}
PHOTOGRAPH = {"file": "images/a&b.webp", "width": 24, "height": 22}


def network(**photographs: Any) -> Any:
    return {"preprocessing": {"size": (224, 240)}, "photographs": photographs}


def subject(*images: str) -> Any:
    return {"examples": {"top": [{"image": each, "box": [10, 20, 50, 70]} for each in images]}}


def test_a_frame_marks_what_the_filter_sees() -> None:
    found = strongest_image(subject("one", "two"), LAYER, network(one=PHOTOGRAPH))
    assert found is not None
    text = window_html(found, "../")
    assert '<rect x="10" y="20" width="40" height="50"/></svg>' in text
    assert '<image href="../images/a&amp;b.webp" width="240" height="224"/>' in text
    assert text.startswith('<svg class="crop" viewBox="0 15 60 60" ')


def test_there_is_none_where_the_strongest_is_not_published() -> None:
    assert strongest_image(subject("two", "one"), LAYER, network(one=PHOTOGRAPH)) is None
    assert strongest_image(subject(), LAYER, network(one=PHOTOGRAPH)) is None
    assert strongest_image({"examples": None}, LAYER, network(one=PHOTOGRAPH)) is None
