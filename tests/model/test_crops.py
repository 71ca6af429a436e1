from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from convatlas.model.crops import around, crop, framing


@given(st.integers(8, 300), st.integers(8, 300), st.integers(1, 600), st.data())
def test_a_window_lies_in_the_image_and_holds_the_field(
    height: int, width: int, field: int, data: st.DataObject
) -> None:
    left = data.draw(st.integers(-field + 1, width - 1))
    top = data.draw(st.integers(-field + 1, height - 1))
    box = [max(left, 0), max(top, 0), min(left + field, width), min(top + field, height)]
    window = crop(box, [field, field], [height, width])
    assert 0 <= window.left <= box[0]
    assert 0 <= window.top <= box[1]
    assert box[2] <= window.left + window.width <= width
    assert box[3] <= window.top + window.height <= height


def test_a_window_in_the_middle_is_square_and_centred() -> None:
    window = crop([50, 60, 150, 160], [100, 100], [224, 224])
    assert (window.left, window.top, window.width, window.height) == (50, 60, 100, 100)
    assert not window.framed


def test_a_window_at_the_edge_is_moved_inward_and_keeps_its_scale() -> None:
    window = crop([0, 200, 40, 224], [111, 111], [224, 224])
    assert (window.left, window.top, window.width, window.height) == (0, 113, 111, 111)
    assert window.framed


def test_a_small_field_is_framed_in_its_surroundings() -> None:
    window = crop([100, 100, 103, 103], [3, 3], [224, 224])
    assert (window.width, window.height) == (28, 28)
    assert window.framed


def test_a_window_smaller_than_the_field_has_no_frame() -> None:
    box = [10, 20, 110, 120]
    window = around(box, 40, [224, 224])
    assert (window.left, window.top, window.width, window.height) == (40, 50, 40, 40)
    assert not window.framed
    assert not around([0, 20, 60, 120], 80, [224, 224]).framed  # it sticks out above and below
    assert around(box, 140, [224, 224]).framed


def test_a_window_is_framed_as_it_is() -> None:
    whole = framing([3, 2, 6, 5], 0, 0, 6, 6)
    assert (whole.left, whole.top, whole.width, whole.height, whole.framed) == (0, 0, 6, 6, True)
    assert not framing([0, 0, 6, 6], 0, 0, 6, 6).framed
