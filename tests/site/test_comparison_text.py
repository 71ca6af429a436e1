"""What a comparison comes to, in words."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.site.comparison_text import (
    best_classes,
    class_changed,
    how_changed,
    state,
    summary,
    unchanged,
)


def layer(name: str = "conv", *, filters: int = 10, **changes: Any) -> dict[str, Any]:
    told = {"before": name, "after": name, "unchanged": False, "filters": [filters, filters]}
    told["mutual"] = None
    pairs = [] if changes.get("unchanged") else [None] * filters
    return {**told, "pairs": pairs, "below": 0, "died": 0, "born": 0, **changes}


def same(name: str = "conv", filters: int = 10) -> dict[str, Any]:
    return layer(name, filters=filters, unchanged=True)


def compared(*layers: dict[str, Any], **changes: Any) -> Any:
    nothing = {"accuracy": [None, None], "labelled": 0, "changed": None, "answered": 0}
    return {"layers": list(layers), **nothing, **changes}


def pair(dead: tuple[bool | None, bool | None] = (False, False), **changes: Any) -> Any:
    before, after = ({"dead": each, "best": None} for each in dead)
    return {"before": before, "after": after, "correlation": 0.5, **changes}


def test_the_share_is_of_all_filters_those_of_unchanged_layers_among_them() -> None:
    told = summary(compared(same(filters=30), layer(below=4)))
    assert told == [
        "4 of 40 filters changed (10\u00a0%): their responses correlate less than 0.9 with those "
        "before. None died."
    ]


def test_where_partners_were_sought_it_is_told_how_alike_they_are() -> None:
    sought = [pair(mutual=each, correlation=value) for each, value in ((1, 0.9), (0, 0.2))]
    more = [pair(mutual=1, correlation=0.6), pair(mutual=0, correlation=None)]
    told = summary(
        compared(layer(pairs=sought, mutual=0.5, below=1), layer(pairs=more, mutual=0.5))
    )
    assert told[1] == (
        "50\u00a0% of the pairs are each other’s most similar filters; the median of all "
        "correlations is 0.6."
    )


def test_filters_without_a_partner_do_not_count() -> None:
    assert summary(compared(layer(pairs=[None] * 8, below=2)))[0].startswith("2 of 8 filters")
    assert summary(compared()) == ["No filters could be paired."]


@pytest.mark.parametrize(
    ("died", "born", "told"),
    [
        (0, 0, "None died."),
        (2, 0, "2 died."),
        (1, 1, "1 died and 1 was born."),
        (0, 1200, "1,200 were born."),
    ],
)
def test_deaths_and_births_are_told(died: int, born: int, told: str) -> None:
    assert summary(compared(layer(died=died, born=born)))[0].endswith(f" {told}")


def test_where_is_told_by_thirds() -> None:
    layers = [
        same("a"),
        same("b"),
        layer("c", below=1),
        layer("d"),
        layer("e", below=5),
        layer("f"),
    ]
    assert summary(compared(*layers))[1] == (
        "By thirds of the network: early layers 0\u00a0%, middle layers 5\u00a0%, "
        "late layers 25\u00a0%."
    )


def test_nothing_changed() -> None:
    told = compared(same(), same("b"), accuracy=[0.5, 0.5], labelled=10, changed=0, answered=12)
    assert summary(told) == [
        "Nothing changed: all filters give the same responses.",
        "The accuracy is 50\u00a0% on 10 labelled images, as before.",
        "The first class of 0 of 12 images (0\u00a0%) changed.",
    ]


def test_answers_are_told_as_far_as_they_are_known() -> None:
    told = compared(layer(), accuracy=[0.61, 0.72], labelled=500)
    assert summary(told)[1:] == [
        "The accuracy went from 61\u00a0% to 72\u00a0% on 500 labelled images."
    ]


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ([layer()], ""),
        ([same("a"), layer("b")], "The first layer is unchanged: "),
        ([same("a"), same("b"), layer("c")], "The first 2 layers are unchanged: "),
        ([layer("a"), same("b")], "1 layer (b) is unchanged: "),
        ([same("a"), layer("b"), same("c")], "2 layers (a, c) are unchanged: "),
        ([same("a"), same("b")], "All 2 layers are unchanged: "),
        ([same("a")], "The only layer is unchanged: "),
    ],
)
def test_unchanged_layers_are_told_together(layers: list[Any], told: str) -> None:
    found = unchanged(compared(*layers))
    assert found.startswith(told)
    assert bool(found) == bool(told)


@pytest.mark.parametrize(
    ("dead", "told"),
    [
        ((False, False), ""),
        ((True, True), ""),
        ((False, True), "died"),
        ((True, False), "born"),
        ((None, True), ""),
        ((False, None), ""),
    ],
)
def test_who_died_and_who_was_born(dead: tuple[bool | None, bool | None], told: str) -> None:
    assert state(pair(dead)) == told


def test_how_a_pair_changed() -> None:
    assert how_changed(pair(correlation=0.256)) == "correlation 0.26"
    assert how_changed(pair((False, True), correlation=None)) == "died"
    assert how_changed(pair((False, True), correlation=-0.5)) == "died, correlation −0.5"
    assert how_changed(pair(correlation=None)) == "correlation unknown"


@pytest.mark.parametrize(
    ("before", "after", "told", "changed"),
    [
        (None, None, "", False),
        ("dog", "dog", "dog", False),
        ("dog", "cat", "dog → cat", True),
        ("dog", None, "dog → none", False),
        (None, "cat", "none → cat", False),
    ],
)
def test_best_classes(before: str | None, after: str | None, told: str, changed: bool) -> None:
    found = pair()
    for name, label in (("before", before), ("after", after)):
        found[name]["best"] = label and [label, 1.5]
    assert best_classes(found) == told
    assert class_changed(found) is changed
