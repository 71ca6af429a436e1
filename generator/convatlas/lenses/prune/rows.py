"""``prune.csv``: one row for each filter, with its rank and from which share on it is masked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from convatlas.lenses.prune.records import PruneData

COLUMNS = ("layer", "index", "group", "importance", "rank", "l1_norm", "masked_at")
"""``group`` is the first filter, as layer/index, of those that are masked at once."""

Row = tuple[str | int | float, ...]


def prune_csv(audit: PruneData) -> bytes:
    """Return the file's content, in UTF-8 with a line feed after each row; unknown is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(audit))
    return text.getvalue().encode()


def _rows(audit: PruneData) -> Iterator[Row]:
    for layer, filters in audit["filters"].items():
        norms: Sequence[float | str] = filters["norm"] or [""] * len(filters["rank"])
        columns = zip(
            filters["group"],
            filters["importance"],
            filters["rank"],
            norms,
            filters["masked"],
            strict=True,
        )
        for index, (group, importance, rank, norm, masked) in enumerate(columns):
            tied = f"{group[0]}/{group[1]}" if group else ""
            yield layer, index, tied, importance, rank, norm, "" if masked is None else masked
