"""Filters that do much for a class, but which images of other classes excite most."""

from __future__ import annotations

from convatlas.lenses.suspects.excited import excited_by_others, exciting
from convatlas.lenses.suspects.strong import Strong, strong

IMAGES = {number: set(range(10 * number, 10 * number + 10)) for number in range(4)}
OWN = {index: list(range(10 * index, 10 * index + 9)) for index in range(4)}


def found(strongest: dict[int, list[int]]) -> list[tuple[int, int, int, float]]:
    filters = [Strong(number, "conv", number, 2.0) for number in range(4)]
    told = excited_by_others(filters, exciting(filters, strongest.__getitem__, IMAGES))
    return [
        (number, suspect["index"], suspect["own"], suspect["usual"]) for number, suspect in told
    ]


def test_where_each_class_excites_its_filters_there_is_none() -> None:
    assert not found(OWN)


def test_the_one_that_others_excite_is_told_with_what_is_usual() -> None:
    assert found({**OWN, 2: [20, 21, 22, 30, 31, 32, 33, 34, 35]}) == [(2, 2, 3, 9)]
    assert not found({**OWN, 2: [20, 21, 22, 23, 31, 32, 33, 34, 35]})


def test_where_no_class_excites_its_filters_none_stands_out() -> None:
    anything = [0, 10, 20, 30, 1, 11, 21, 31, 2]
    assert not found(dict.fromkeys(range(4), anything))


def test_a_class_with_fewer_images_than_are_kept_needs_no_more() -> None:
    images = {**IMAGES, 2: {20, 21, 22}}
    strongest = {**OWN, 2: [20, 21, 30, 31, 32, 33, 34, 35, 36]}
    filters = [Strong(number, "conv", number, 2.0) for number in range(4)]
    told = exciting(filters, strongest.__getitem__, images)
    assert told[2] == (2, 3, 9)
    assert not list(excited_by_others(filters, told))


def test_strong_are_the_filters_with_half_of_the_strongest_effect_that_are_shown() -> None:
    audit = {"spearman": 0.5, "spearman_filters": 0.95}
    raises = [(5, 4.0), (1, 2.0), (7, 2.0), (2, 1.9)]
    data = {"audit": audit, "classes": {"3": {"raises": raises}, "4": {"raises": raises}}}
    told = list(strong("conv", data, [1, 2, 5], {3: ()}))  # type: ignore[arg-type]
    assert [(each.number, each.filter, each.effect) for each in told] == [(3, 5, 4.0), (3, 1, 2.0)]
    data["audit"] = {"spearman": 0.5, "spearman_filters": None}
    assert not list(strong("conv", data, [1, 2, 5], {3: ()}))  # type: ignore[arg-type]
