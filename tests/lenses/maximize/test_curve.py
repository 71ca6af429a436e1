"""The curve of a made picture: places, labels, and what is not drawn."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convatlas.lenses.maximize.curve import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Curve, curve

EXAMPLES = {"images": 1000, "bounds": {"highest": 10.0, "lowest": -2.0}, "top": []}


def made(responses: list[Any], objective: str = "neuron", **changes: Any) -> dict[str, Any]:
    steps = [4 * n for n in range(len(responses))]
    history = {"steps": steps, "responses": responses, "frames": [0, 8], **changes}
    return {"objective": objective, "history": history}


def drawn(*responses: float | None, objective: str = "neuron") -> Curve:
    found = curve(made(list(responses), objective), EXAMPLES)
    assert found is not None
    return found


def texts(found: Curve) -> list[str]:
    return [label.text for label in found.labels]


def test_points_go_from_edge_to_edge_upward() -> None:
    found = drawn(0.0, 10.0, 20.0)
    assert found.points == [
        (LEFT, BOTTOM),
        ((LEFT + RIGHT) // 2, (TOP + BOTTOM) // 2),
        (RIGHT, TOP),
    ]
    assert found.line == f"M{LEFT} {BOTTOM}l184-52 184-52"
    assert found.zero == BOTTOM
    assert found.bound == (TOP + BOTTOM) // 2


def test_first_last_and_highest_are_told_with_the_steps() -> None:
    found = drawn(1.5, 25.0, 19.25)
    assert {"1.5", "25", "19.2", "step 0", "step 8", "response"} <= set(texts(found))
    assert found.alt == (
        "Curve of the response: 1.5 at step 0, 19.2 at step 8, highest 25 at step 4"
    )


def test_the_highest_is_told_once() -> None:
    assert texts(drawn(1.0, 2.0, 12.0)).count("12") == 1


def test_the_strongest_image_is_drawn_for_a_position_only() -> None:
    assert "strongest of 1,000 images: 10" in texts(drawn(1.0, 20.0))
    for objective in ("channel", "rms"):
        found = drawn(1.0, 20.0, objective=objective)
        assert found.bound is None
        assert not any("strongest" in text for text in texts(found))
    found = curve(made([1.0, 20.0]), None)
    assert found is not None
    assert found.bound is None


def test_zero_is_always_in_the_range() -> None:
    assert drawn(-4.0, -1.0, objective="channel").zero == TOP
    found = drawn(-5.0, 5.0, objective="channel")
    assert TOP < found.zero < BOTTOM
    assert "0" in texts(found)


def test_the_strip_is_marked_where_its_canvases_are() -> None:
    found = drawn(1.0, 2.0, 3.0, 4.0)
    assert found.marks == [found.points[0], found.points[2]]
    tight = curve(made([1.0, 2.0], frames=[0, 1, 4]), None)
    assert tight is not None
    assert tight.marks == tight.points


@pytest.mark.parametrize("responses", [[], [1.0], [None, None], [None, 3.0]])
def test_what_is_no_curve_is_not_drawn(responses: list[Any]) -> None:
    assert curve(made(responses), EXAMPLES) is None


def test_records_without_a_history_have_no_curve() -> None:
    assert curve({"objective": "channel", "history": None}, EXAMPLES) is None


def test_what_was_not_finite_is_passed_over() -> None:
    assert len(drawn(1.0, None, 3.0).points) == 2


def test_a_curve_that_never_leaves_zero_is_drawn_flat() -> None:
    assert {y for _, y in drawn(0.0, 0.0, objective="channel").points} == {BOTTOM}


@pytest.mark.parametrize("responses", [(1.0, 50.0, 60.0), (1.0, 6.0, 6.5, 6.4), (1.0, 9.0, 10.5)])
def test_the_label_of_the_strongest_image_hides_no_other(responses: tuple[float, ...]) -> None:
    found = drawn(*responses)
    label = found.labels[-1]
    others = [other for other in found.labels[:-1] if other.text[0].isdigit()]
    same = [other for other in others if other.x == label.x or LEFT < other.x < RIGHT]
    assert all(abs(other.y - label.y) >= 12 for other in same)


values = st.one_of(st.none(), st.floats(-1e9, 1e9))


@given(st.lists(values, max_size=40), st.floats(-1e9, 1e9), st.sampled_from(["channel", "neuron"]))
def test_everything_stays_inside(responses: list[Any], highest: float, objective: str) -> None:
    bounds = {"highest": highest, "lowest": -2.0}
    found = curve(made(responses, objective), {**EXAMPLES, "bounds": bounds})
    if found is None:
        return
    heights = [y for _, y in found.points] + [found.zero, *(filter(None, [found.bound]))]
    assert all(TOP <= y <= BOTTOM for y in heights)
    assert all(LEFT <= x <= RIGHT for x, _ in found.points)
    assert all(0 <= label.x <= WIDTH and 0 < label.y < HEIGHT for label in found.labels)
    assert set(found.marks) <= set(found.points)
