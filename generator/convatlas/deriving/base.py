"""What a derived record is: one that follows from other records, and is made without a network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from convatlas.lenses.base import KEY_FORMAT
from convatlas.model.records import Json, Record, RecordRequest, digest
from convatlas.planning.plan import Plan

Read = Callable[[str], bytes]
"""The bytes of a picture or another blob by their digest; raises DamagedPicture."""


@dataclass(frozen=True)
class Derived:
    """A derived record that a network's pages want, and what makes it where the store lacks it.

    What ``make`` reads is found damaged, at times: that it leaves to its caller.
    """

    plan: Plan
    request: RecordRequest
    make: Callable[[Read], Record]


Source = Callable[[Sequence[Plan]], Collection[Derived]]
"""From the networks of an atlas to all that one room derives from their records."""


def derived(
    plan: Plan,
    lens: str,
    version: int,
    layer: str | None,
    item: int | str,
    material: Json,
    make: Callable[[Read], Record],
) -> Derived:
    """Return a record that is made once for the same ``material``, and kept in the store.

    After ``derive`` it stands in ``plan.records`` under (lens, layer, item), like any other.
    The material is all that determines it: digests of what it is made from, sizes, settings, and
    never what it is called or where it stands. ``version`` is raised when the same material gives
    another record. What belongs to the whole atlas is asked for by its first plan.
    """
    key = digest({"epoch": KEY_FORMAT, "lens": lens, "version": version, "depends": material})
    return Derived(plan, RecordRequest(key, lens, layer, item), make)


def owners(plans: Sequence[Plan], digests: Collection[str]) -> list[str]:
    """Return the keys of the records that any of these bytes belong to, in order of the plans."""
    return list(dict.fromkeys(key for plan in plans for key in plan.records.owners(digests)))
