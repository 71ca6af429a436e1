"""The data files of a comparison: ``compare.json`` and ``compare.csv``."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.model.comparison import Comparison
from convatlas.site.exports.compare_csv import compare_csv
from convatlas.site.exports.compare_json import compare_json
from convatlas.ui.page import Page, data


def comparison_data(comparison: Comparison) -> Iterator[Page]:
    """Yield the data files of a comparison, beside its page."""
    folder = comparison["href"].removesuffix("index.html")
    yield f"{folder}compare.json", data(compare_json(comparison))
    yield f"{folder}compare.csv", compare_csv(comparison)
