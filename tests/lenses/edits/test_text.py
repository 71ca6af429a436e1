"""What filters notice of edits, and what these do, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.lenses.edits import text
from convatlas.lenses.edits.answers import Answer, answered, blind
from convatlas.lenses.edits.entries import by_weight

Fact = dict[str, Any]


def edit(name: str) -> Any:
    href = f"edits/{name}/index.html"
    return {"name": name, "title": f"<{name}>", "href": href, "turns": name != "text"}


def answer(name: str, auc: float, invariance: float | None = 0.5) -> Answer:
    return Answer(edit(name), auc, invariance)


def line(*found: Answer, colour: float | None = None) -> str:
    return str(text.line(answered(found), blind(found), colour, "../../"))


def test_what_a_filter_answers_to_stands_in_order_of_distance() -> None:
    told = line(answer("text", 0.7), answer("border", 0.94), answer("blur", 0.12), colour=0.714)
    border = "<a href=../../edits/border/index.html>border</a> 0.94"
    assert told == f"Answers to {border}; less to blur 0.12; 1 more; colour 0.71."
    assert line(answer("text", 0.7), answer("up", 0.9)).endswith("up</a> 0.90, text 0.70.")


@pytest.mark.parametrize(("auc", "told"), [(0.6, True), (0.59, False), (0.4, True), (0.41, False)])
def test_a_filter_answers_from_a_tenth_off_a_half_on(auc: float, told: bool) -> None:
    assert bool(line(answer("text", auc))) == told


@pytest.mark.parametrize(
    ("auc", "invariance", "told"),
    [
        (0.55, 0.95, True),
        (0.45, 0.95, True),
        (0.56, 0.99, False),
        (0.44, 0.99, False),
        (0.5, 0.94, False),
        (0.5, None, False),
    ],
)
def test_it_is_blind_where_neither_level_nor_order_changes(
    auc: float, invariance: float | None, told: bool
) -> None:
    found = line(answer("mirror", auc, invariance))
    link = "<a href=../../edits/mirror/index.html>mirror</a>"
    assert found == (f"Blind to {link}." if told else "")


def test_it_is_not_told_that_a_small_mark_changes_nothing() -> None:
    assert line(answer("text", 0.5, 1.0)) == ""


def test_of_many_edits_the_first_are_told() -> None:
    some = [answer(f"e-{number}", 0.99 - number / 50) for number in range(6)]
    still = [answer(f"b-{number}", 0.5, 1.0) for number in range(5)]
    told = line(*some, *still)
    assert told.endswith(", e 1 0.97; 4 more; blind to b 0, b 1; 3 more.")


def test_a_negative_share_of_colour_has_a_true_minus() -> None:
    assert line(colour=-0.25) == "Colour −0.25."


def seen(**more: object) -> Any:
    return {"network": "net", "images": 1000, "layers": [], "carriers": [], **more}


def test_how_many_images_are_taken_for_another_class() -> None:
    assert text.changed(seen()) == ""
    assert text.changed(seen(changed=0.0)).startswith("None of 1,000 images")
    told = text.changed(
        seen(changed=0.306, accuracy={"plain": 0.58, "edited": 0.405, "images": 900})
    )
    assert told.replace("\u00a0", " ") == (
        "Of 1,000 images, 31 % are taken for another class."
        " Of 900 with a label, 58 % were recognised, now 40 %."
    )


@pytest.mark.parametrize(
    ("undone", "together", "caution"),
    [
        (0.5, 1.5, ""),
        (0.49, 0.9, text.CAUTION),
        (0.9, -0.4, text.CAUTION),
        (1.51, 0.9, text.BEYOND),
        (1.51, 0.4, text.CAUTION),
    ],
)
def test_what_undoes_less_than_half_or_far_too_much_is_told_with_caution(
    undone: float, together: float, caution: str
) -> None:
    most = {"layer": "a", "filters": 2, "explained": 0.8, "undone": together}
    carriers = [{"layer": "a", "index": 0, "share": 0.9, "auc": 1.0}]
    found = text.trust(seen(carriers=carriers, set_back=10, undone=undone, together=most))
    assert f"undoes {text.part(undone)} of the change" in found
    assert found.partition("any other layer; ")[2].partition(".")[2].strip() == caution


@pytest.mark.parametrize(
    ("filters", "told"), [(1, "One filter of the layer a.b explains"), (9, "9 filters of the")]
)
def test_how_few_filters_explain_most(filters: int, told: str) -> None:
    most = {"layer": "a.b", "filters": filters, "explained": 0.82, "undone": 0.7}
    assert text.together(seen(together=most)).startswith(told)


def test_one_filter_that_was_set_back_is_told_in_the_singular() -> None:
    assert "the first of these filters back to what it is" in text.undone(
        seen(set_back=1, undone=1.0)
    )


def test_layers_that_all_of_the_change_passes_through_are_counted() -> None:
    layers: Any = [
        {"layer": "a", "explained": 0.97},
        {"layer": "b", "explained": 0.3},
        {"layer": "c"},
    ]
    assert "in 1 of 2 layers" in text.complete(layers)
    assert text.complete(layers[2:]) == ""


def test_without_carriers_nothing_is_to_be_trusted() -> None:
    assert text.trust(seen(set_back=3, undone=0.9)) == ""


@pytest.mark.parametrize(
    ("share", "told"), [(0.123, "12 %"), (0.0123, "1.2 %"), (-0.05, "−5 %"), (1.04, "104 %")]
)
def test_parts_of_a_change_have_two_digits(share: float, told: str) -> None:
    assert text.part(share).replace("\u00a0", " ") == told


def test_a_class_that_many_other_images_are_moved_into_is_named_and_a_mark_suspected() -> None:
    into = {"name": "owl", "number": 2, "share": 0.71, "suspected": False}
    told = "Of the images of other classes, it moves 71\u00a0% into owl"
    assert text.drawn(seen(drawn=into)) == f"{told}."
    assert text.drawn(seen(drawn={**into, "suspected": True})) == (
        f"{told}, while it leaves the picture whole: look whether such a mark stands for this "
        "class."
    )
    assert text.drawn(seen(drawn={**into, "share": 0.09})) == ""
    assert text.drawn(seen()) == ""


def test_what_looks_like_a_mark_stands_before_what_changes_more() -> None:
    into = {"name": "owl", "number": 2, "share": 0.71, "suspected": True}
    mark, more = (
        seen(changed=0.6, drawn=into),
        seen(changed=0.9, drawn={**into, "suspected": False}),
    )
    less = seen(changed=0.1)
    assert sorted([less, more, mark], key=by_weight) == [mark, more, less]
    told = [text.suspicion(each) for each in (mark, more, less)]
    assert told == ["may stand for owl", "", ""]
