"""What is known of an atlas of which the store lacks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convatlas.planning.estimate import Row, rows_of
from convatlas.planning.plan import Plan
from convatlas.store.store import Store


@dataclass(frozen=True)
class Complete:
    """All records of an atlas."""

    keys: list[str]  # derived ones included
    kept: int  # how many of them the next build finds before it derives any
    rows: list[Row]  # what ``plan`` says


def completed(plans: Sequence[Plan], store: Store, kept: int) -> Complete | None:
    """Return what is known once the records of all networks are there; None if any is missing."""
    if any(plan.missing for plan in plans):
        return None
    keys = sorted(set().union(*(plan.present for plan in plans)))
    return Complete(keys, kept, [row for plan in plans for row in rows_of(plan, store)])
