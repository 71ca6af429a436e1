"""The column of transfer: what sorting and choosing filters goes by."""

from __future__ import annotations

from typing import Any, cast

import pytest

from convatlas.lenses.transfer.table import TransferTable
from convatlas.model.manifest import Filter, Layer


def of(*percentiles: float | None) -> float | None:
    told = [{"percentile": each, "href": "x"} for each in percentiles]
    (column,) = TransferTable.columns
    return cast("Any", column.value(cast("Layer", {}), cast("Filter", {"transfer": told or None})))


@pytest.mark.parametrize(
    ("percentiles", "value"),
    [
        ((), None),
        ((None,), None),
        ((50.0, None, 97.5), 0.975),
        ((99.98,), 0.999),
        ((100.0, 3.0), 1.0),
        ((99.8,), 0.998),
        ((0.04,), 0.0),
    ],
)
def test_the_best_network_counts_and_nothing_is_rounded_up(
    percentiles: tuple[float | None, ...], value: float | None
) -> None:
    assert of(*percentiles) == value


def test_without_any_answer_the_lens_is_left_out_of_the_file() -> None:
    assert TransferTable().export([None, None]).entries == []
    (first, second) = TransferTable().export([[{"filter": "b/c/0", "href": "x"}], None]).entries
    assert (first, second) == ([{"filter": "b/c/0"}], None)
