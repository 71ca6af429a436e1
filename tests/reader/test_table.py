"""Nested data of filters as a table."""

from __future__ import annotations

from convatlas.reader.table import table


def test_keys_are_joined_and_lists_left_out() -> None:
    rows = [
        {"index": 0, "made": {"bounds": {"high": 2.5}, "size": [4, 4]}, "top": [{"a": 1}]},
        {"index": 1, "made": None, "top": []},
        {"index": 2, "made": {"bounds": None, "size": None}, "hue": 7},
    ]
    assert table(rows) == {
        "index": [0, 1, 2],
        "made.bounds.high": [2.5, None, None],
        "hue": [None, None, 7],
    }


def test_what_is_known_of_no_filter_keeps_its_column() -> None:
    assert table([{"dead": None}, {"dead": None}]) == {"dead": [None, None]}
    assert table([]) == {}
