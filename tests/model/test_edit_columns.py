"""The numbers of edits as text: every number is read back, and the usual ones take a byte."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from convatlas.model.edit_columns import packed, unpacked

NUMBERS = st.lists(st.none() | st.integers(-100_000, 100_000) | st.integers(-300, 300))


@given(st.dictionaries(st.sampled_from(["auc", "change", "invariance", "colour"]), NUMBERS))
def test_every_number_is_read_back_from_json(columns: dict[str, list[int | None]]) -> None:
    columns["twin"] = {"3": [1, 96]}  # type: ignore[assignment]
    text = json.dumps(packed(columns), ensure_ascii=False)
    assert unpacked(json.loads(text)) == columns


def test_numbers_near_the_usual_one_take_a_byte() -> None:
    columns = {"auc": [*range(5, 96)], "change": [*range(-45, 46)], "invariance": [*range(55, 101)]}
    for name, values in columns.items():
        text = packed({name: values})[name]
        assert len(text.encode()) == len(values)
    assert packed({"auc": [50, 49, 51, None, 48]})["auc"] == "#$% &"


def test_a_column_with_a_huge_number_stays_a_list() -> None:
    assert packed({"change": [1, 40_000]}) == {"change": [1, 40_000]}
