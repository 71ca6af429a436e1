"""Rows of JSON data become columns, and the same rows again, down to the kinds of numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convatlas.model.columns import column, keys, objects, rows

few = st.sampled_from([None, True, False, 0, 1, 1.0, 0.0, -0.0, "", "a", "b"])
leaves = st.one_of(few, st.integers(), st.floats(allow_nan=False, allow_infinity=False))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["all", "keys", "null", "rest", "a"]), inner, max_size=4),
    ),
    max_leaves=8,
)
named = st.dictionaries(st.sampled_from(["all", "values", "absent", "a", "b"]), values, max_size=4)
alike = st.fixed_dictionaries(
    {"dead": st.sampled_from([None, True, False]), "mean": leaves},
    optional={
        "made": st.none() | st.fixed_dictionaries({"size": st.lists(st.integers(0, 2))}),
        "top": st.none() | st.lists(st.fixed_dictionaries({"label": few, "quantile": leaves})),
    },
)


def told(value: Any) -> Any:
    """What a program reads that is given the value as a file."""
    return json.loads(json.dumps(value))


def same(one: Any, other: Any) -> bool:
    """Whether data agree, with 1, 1.0 and True being different, and 0.0 and -0.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(st.lists(values, max_size=12))
def test_any_values_come_back(given: list[Any]) -> None:
    assert same(rows(told(column(given)), len(given)), given)


@given(st.lists(few, min_size=1) | st.lists(st.lists(few, max_size=2), min_size=1))
def test_values_that_repeat_come_back(given: list[Any]) -> None:
    assert same(rows(told(column(given * 3)), 3 * len(given)), given * 3)


@given(st.lists(named, max_size=12) | st.lists(alike, max_size=12))
def test_any_objects_come_back(given: list[dict[str, Any]]) -> None:
    assert same(objects(told(keys(given)), len(given)), given)


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ([5, 5, 5], {"all": 5}),
        ([[4, 4], [4, 4]], {"all": [4, 4]}),
        ([1, 2, 2], [1, 2, 2]),
        ([1.5, None, 2.5], [1.5, None, 2.5]),
        (
            ["b", "a", "b", None, "a", "b"],
            {"values": ["b", "a", None], "places": [0, 1, 0, 2, 1, 0]},
        ),
        ([0.5, 0.25, 0.25, 0.5], {"values": [0.5, 0.25], "places": [0, 1, 1, 0]}),
        ([{"a": 1, "b": 2}, {"a": 3, "b": 2}], {"keys": {"a": [1, 3], "b": {"all": 2}}}),
        ([{"a": 1}, {}], {"keys": {"a": {"absent": [1], "rest": {"all": 1}}}}),
        ([None, {"a": 1}, {"a": 2}], {"null": [0], "rest": {"keys": {"a": [1, 2]}}}),
        ([[1.5], [], [2.5, 3.5]], {"lengths": [1, 0, 2], "items": [1.5, 2.5, 3.5]}),
        ([[1, 2], [3, 2], [1, 2], [3, 2]], {"values": [[1, 2], [3, 2]], "places": [0, 1, 0, 1]}),
    ],
)
def test_the_forms_of_a_column(given: list[Any], form: Any) -> None:
    assert column(given) == form
    assert rows(form, len(given)) == given


@pytest.mark.parametrize(
    "form",
    [
        [1, 2],
        {"lengths": [1, 1, 1], "items": [1, 2]},
        {"lengths": [1, 1], "items": [1, 2]},
        {"values": ["a"], "places": [0, 0]},
        {"null": [0], "rest": [1]},
        {"some": [1, 2, 3]},
        "abc",
    ],
)
def test_columns_of_another_length_or_form_are_refused(form: Any) -> None:
    with pytest.raises(ValueError, match="column"):
        rows(form, 3)
