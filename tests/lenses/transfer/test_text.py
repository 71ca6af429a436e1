"""What pages say of transfer."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.lenses.transfer.entries import TransferEntry
from convatlas.lenses.transfer.text import answer, correlation

ENTRY: TransferEntry = {
    "network": "mobilenet",
    "filter": "mobilenet/features.14.conv.1/87",
    "href": "mobilenet/features.14.conv.1/87.html",
    "correlation": 0.7249,
    "response": 4.5,
    "percentile": 99.8,
    "at_most": 99.8,
    "images": 1000,
    "sample": False,
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "more strongly than to 99.8 % of the 1,000 images"),
        ({"percentile": 93.1, "at_most": 95.2}, "than to at least 93.1 % of the 1,000 images"),
        ({"percentile": 100.0, "at_most": 100.0}, "more strongly than to any of the 1,000 images"),
        ({"percentile": 0.0, "at_most": 0.0}, "no more strongly than to any of the 1,000 images"),
        ({"percentile": 0.0, "at_most": 12.5}, "than to at most 12.5 % of the 1,000 images"),
        (
            {"percentile": 90.0, "at_most": 92.0, "images": 2048, "sample": True},
            "than to at least 90 % of a sample of 2,048 images",
        ),
        (
            {"response": None, "percentile": None, "at_most": None},
            "gives no finite answer to this picture",
        ),
    ],
)
def test_what_is_certain_is_told(change: dict[str, Any], told: str) -> None:
    entry: Any = {**ENTRY, **change}
    assert answer(entry).replace("\u00a0", " ").endswith(told)


def test_the_correlation_has_two_digits() -> None:
    assert correlation(ENTRY) == "0.72"
