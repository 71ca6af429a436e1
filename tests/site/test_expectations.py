"""What is expected of a comparison, against comparisons made by hand."""

from __future__ import annotations

import pytest

from convatlas.config.bounds import Bound
from convatlas.config.schema import Expect
from convatlas.model.comparison import Comparison
from convatlas.site.expectations import FOUND, expectations
from support.small_comparisons import comparison, layer, pair

MIXED = comparison(
    layer("first"),
    layer("second", pair(0.95), pair(0.5), pair(None, after=True), cka=0.8),
    layer("third", pair(1.0), pair(0.91), pair(None, before=True), cka=0.7),
    accuracy=0.625,
)


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("died", 1),
        ("born", 1),
        ("changed", 3),  # one by its correlation, one died, one was born
        ("median_correlation", 0.95),
        ("cka", 0.7),
        ("accuracy", 0.625),
    ],
)
def test_each_key_is_about_one_number(what: str, found: float) -> None:
    (told,) = expectations(Expect.model_validate({what: found}), MIXED)
    assert told == {"what": what, "expected": f"{found:g}", "found": found, "holds": True}
    (told,) = expectations(Expect.model_validate({what: f"> {found:g}"}), MIXED)
    assert told == {"what": what, "expected": f"> {found:g}", "found": found, "holds": False}


def test_every_key_of_the_file_is_found() -> None:
    assert set(FOUND) == set(Expect.model_fields)


def test_nothing_is_expected_unless_the_file_says_so() -> None:
    assert expectations(Expect(), MIXED) == []
    found = expectations(Expect(cka=">= 0.5", died=0), MIXED)
    assert [(each["what"], each["holds"]) for each in found] == [("died", False), ("cka", True)]


def test_of_the_same_network_twice_nothing_has_changed() -> None:
    same = comparison(layer("first"), layer("second"))
    expect = Expect(died=0, born=0, changed=0, median_correlation=1, cka=1)
    assert all(each["holds"] for each in expectations(expect, same))


UNKNOWN = [
    ("died", comparison(layer("x", pair(0.9, after=None)))),
    ("born", comparison(layer("x", pair(0.9, before=None)))),
    ("changed", comparison(layer("x", pair(None, after=None)))),
    ("median_correlation", comparison(layer("x", pair(None, after=True)), layer("y", pair(1.0)))),
    ("cka", comparison(layer("x", pair(1.0), cka=None), layer("y", pair(1.0)))),
    ("accuracy", comparison(layer("x", pair(1.0)))),
    *((what, comparison()) for what in FOUND),
]


@pytest.mark.parametrize(("what", "found"), UNKNOWN)
@pytest.mark.parametrize("bound", [0, ">= 0", "<= 1e9"])
def test_what_cannot_be_known_does_not_hold(what: str, found: Comparison, bound: Bound) -> None:
    (told,) = expectations(Expect.model_validate({what: bound}), found)
    assert told["found"] is None
    assert told["holds"] is False


def test_a_layer_that_is_dead_before_and_after_does_not_stand_in_the_way() -> None:
    silent = layer("silent", pair(None, before=True, after=True), cka=None)
    found = expectations(
        Expect(median_correlation=">= 0.9", cka=">= 0.9", changed=0, died=0),
        comparison(silent, layer("x", pair(0.97))),
    )
    assert [each["found"] for each in found] == [0, 0, 0.97, 0.99]
    assert all(each["holds"] for each in found)
