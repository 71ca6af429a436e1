"""The stage after rendering: what follows from the records is made, where the store lacks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from convatlas.deriving.base import Derived, Source, owners
from convatlas.deriving.comparison.comparison import comparisons
from convatlas.deriving.share_cards import cards
from convatlas.deriving.similarity import neighbours, orders
from convatlas.deriving.sprites import sprites
from convatlas.planning.plan import Plan
from convatlas.rendering.render import Progress
from convatlas.store.store import DamagedPicture, Store

SOURCES: tuple[Source, ...] = (neighbours, orders, sprites, comparisons)
"""What is derived of every atlas; none of them reads what another has made."""

WITH_SITE_URL: tuple[Source, ...] = (cards,)
"""What is derived of one that is to stand in the web, at a known address."""


def expect(plans: Sequence[Plan]) -> None:
    """Let each plan ask for its derived records, so that they count as being in use."""
    for each in _wanted(plans, (*SOURCES, *WITH_SITE_URL)):
        each.plan.asked.add((each.request.key, each.request.role))


def derive(
    plans: Sequence[Plan], store: Store, progress: Progress, sources: Sequence[Source] = SOURCES
) -> list[str]:
    """Add the derived records of all networks to what is found, and make what is missing.

    Returns:
        The keys of the records whose pictures or sketches turn out to be damaged. They are to be
        forgotten and rendered again; what follows from them is not there.

    Raises:
        StoreError: the store cannot be read or written.
    """
    missing = look_up(plans, store, sources)
    damaged = not _make({each.request.key: each for each in missing}, store, progress)
    _put(missing, store)
    return _damaged(plans, store) if damaged else []


def look_up(
    plans: Sequence[Plan], store: Store, sources: Sequence[Source] = SOURCES
) -> list[Derived]:
    """Add the derived records that the store has to what is found, and return those it lacks."""
    return _put(list(_wanted(plans, sources)), store)


def _put(wanted: Sequence[Derived], store: Store) -> list[Derived]:
    """Add what the store has of these, and return the rest."""
    found = store.find({each.request.key for each in wanted})
    for each in wanted:
        each.plan.asked.add((each.request.key, each.request.role))
        if each.request.key in found:
            each.plan.records.put(each.request, found[each.request.key])
    return [each for each in wanted if each.request.key not in found]


def _wanted(plans: Sequence[Plan], sources: Sequence[Source]) -> Iterator[Derived]:
    for source in sources:
        yield from source(plans)


def _make(missing: Mapping[str, Derived], store: Store, progress: Progress) -> bool:
    """Write what is missing, one after another; False where what it is made from is damaged."""
    whole = True
    for lens, group in groupby(missing.values(), key=lambda each: each.request.lens):
        some = list(group)
        with progress(lens, len(some)) as done:
            for each in some:
                whole &= _made(each, store)
                done(1)
    return whole


def _made(each: Derived, store: Store) -> bool:
    try:
        record = each.make(store.picture)
    except DamagedPicture:
        return False
    store.add([(each.plan.context.network.name, each.request, record)])
    return True


def _damaged(plans: Sequence[Plan], store: Store) -> list[str]:
    """Whose bytes are damaged: all are looked at, since one is seldom alone."""
    return owners(plans, store.damaged(set().union(*(plan.records.digests for plan in plans))))
