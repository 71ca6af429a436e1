"""The lines about comparisons at the end of a build, and the same for programs."""

from __future__ import annotations

import json
from typing import cast

from convatlas.config.schema import Expect
from convatlas.model.comparison import Comparison
from convatlas.model.manifest import Manifest
from convatlas.site.comparison_report import lines, report, unmet
from convatlas.site.expectations import expectations
from support.small_comparisons import comparison, layer, pair


def manifest(*pairs: Comparison) -> Manifest:
    return cast(Manifest, {"compare": {"pairs": list(pairs), "timelines": []}})


def test_an_atlas_that_compares_nothing_says_nothing() -> None:
    empty = cast(Manifest, {})
    assert list(lines(empty)) == unmet(empty) == report(empty) == []


def test_the_same_network_twice_is_one_line() -> None:
    found = comparison(layer("x"), layer("y"), accuracy=0.5)
    assert list(lines(manifest(found))) == ["a and b: no layer changed"]
    found["changed"] = 0
    assert list(lines(manifest(found))) == ["a and b: nothing changed"]


def test_another_head_on_the_same_layers_is_a_change() -> None:
    found = comparison(layer("x"), layer("y"), accuracy=0.5)
    found["changed"], found["answered"] = 3, 48
    assert list(lines(manifest(found))) == [
        "a and b: no layer changed, but the first class of 3 of 48 images did; "
        "accuracy 50.0 % before, 50.0 % after"
    ]


def test_layers_are_told_with_the_most_changed_first() -> None:
    found = comparison(
        layer("first"),
        layer("second", *[pair(1.0)] * 9, pair(0.5)),
        layer("third", pair(0.2), pair(0.99), pair(None, after=True), pair(None, before=True)),
        layer("fourth", pair(0.95)),
        accuracy=0.5,
    )
    found["unpaired"] = (["lost"], ["new", "newer"])
    found["layers"][1]["after"] = "other"
    assert list(lines(manifest(found))) == [
        "a and b: 2 of 19 filters changed beyond 0.9; 1 died, 1 born; "
        "accuracy 50.0 % before, 50.0 % after",
        "  third: 1 of 4 filters changed beyond 0.9; 1 died, 1 born",
        "  second and other: 1 of 10 filters changed beyond 0.9",
        "  1 layer of a has no counterpart",
        "  2 layers of b have no counterpart",
    ]


def test_of_many_layers_the_most_changed_are_told() -> None:
    layers = [layer(f"l{n}", *[pair(0.5)] * n, *[pair(1.0)] * (30 - n)) for n in range(1, 23)]
    told = list(lines(manifest(comparison(*layers))))
    assert len(told) == 12
    assert told[1] == "  l22: 22 of 30 filters changed beyond 0.9"
    assert told[-1] == "  and 12 more layers"


def test_networks_without_a_layer_in_common_are_told_what_to_do() -> None:
    found = comparison()
    assert list(lines(manifest(found))) == [
        "a and b: no layers have the same name; pair them with `match: correlation`"
    ]
    found["match"] = "correlation"
    assert list(lines(manifest(found))) == ["a and b: no layers are alike"]


def test_what_was_not_expected_is_told_with_its_place() -> None:
    expect = Expect(died=0, changed="<= 1", median_correlation=">= 0.9", cka=">= 0.5", accuracy=1)
    died = pair(0.3, after=True)
    found = comparison(
        layer("x", died, pair(0.4)), layer("y", died, died, cka=0.2), layer("z", pair(1.0))
    )
    found["expectations"] = expectations(expect, found)
    failed = [
        "a and b: expected died 0, found 3: 2 in y, 1 in x",
        "a and b: expected changed <= 1, found 4: 2 in x, 2 in y",
        "a and b: expected median_correlation >= 0.9, found 0.3: in y",
        "a and b: expected cka >= 0.5, found 0.2: in y",
        "a and b: expected accuracy 1, which cannot be known: there are no images with labels "
        "that are its classes",
    ]
    assert unmet(manifest(found)) == failed
    assert list(lines(manifest(found)))[-5:] == failed


def test_what_cannot_be_known_is_told_with_the_layers() -> None:
    found = comparison(layer("x", pair(None, after=None), cka=None), layer("y", pair(1.0)))
    found["expectations"] = expectations(Expect(died=0, cka=1), found)
    assert unmet(manifest(found)) == [
        "a and b: expected died 0, which cannot be known: not in x",
        "a and b: expected cka 1, which cannot be known: not in x",
    ]


def test_programs_get_every_layer_without_pairs_and_unknown_values() -> None:
    found = comparison(layer("x"), layer("y", pair(0.5), cka=None))
    found["expectations"] = expectations(Expect(died="< 1"), found)
    (told,) = json.loads(json.dumps(report(manifest(found))))
    assert (told["before"], told["after"], told["images"]) == ("a", "b", 48)
    assert told["expectations"] == [{"what": "died", "expected": "< 1", "found": 0, "holds": True}]
    assert [each["before"] for each in told["layers"]] == ["x", "y"]
    assert told["layers"][1]["below"] == 1
    assert "cka" not in told["layers"][1]
    assert "pairs" not in told["layers"][1]
