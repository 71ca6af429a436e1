"""What is asked for, minus what the store has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from convatlas.lenses.base import Study
from convatlas.lenses.registry import LENSES
from convatlas.model.records import Ask
from convatlas.planning.gc_pause import uncollected
from convatlas.store.store import Store


@dataclass
class Plan:
    """One network's records: ``study.found`` has those there are, ``missing`` the rest."""

    study: Study
    missing: list[Ask] = field(default_factory=list)
    asked: set[tuple[str, str]] = field(default_factory=set)  # keys, with whose they are

    @property
    def keys(self) -> set[str]:
        """The keys of all records asked for so far."""
        return {key for key, _ in self.asked}

    @property
    def present(self) -> set[str]:
        """The keys of the records that the store has."""
        return {ask.key for records in self.study.found.values() for ask, _ in records}


@uncollected()
def discover(plan: Plan, store: Store) -> None:
    """Let the lenses ask, look their asks up, and let them ask again until nothing more is found.

    What was missing before is looked up anew, since it may have been rendered meanwhile.
    """
    fresh, plan.missing = plan.missing, []
    while True:
        fresh += _unasked(plan)
        hits = store.find(dict.fromkeys(ask.key for ask in fresh))
        for ask in fresh:
            if ask.key in hits:
                place = (ask.lens, ask.layer, ask.item)
                plan.study.found.setdefault(place, []).append((ask, hits[ask.key]))
            else:
                plan.missing.append(ask)
        if not hits:
            return
        fresh = []


def _unasked(plan: Plan) -> list[Ask]:
    unasked = []
    for lens in LENSES:
        for ask in lens.asks(plan.study):
            # Filters that are the same by all that counts share a record, and each needs it.
            place = (ask.key, f"{ask.layer}/{ask.item}/{ask.role}")
            if place not in plan.asked:
                plan.asked.add(place)
                unasked.append(ask)
    return unasked


def only(network: str, asks: Iterable[Ask], glob: str | None) -> list[Ask]:
    """The asks whose filter a glob over ``network/layer/filter`` selects, one for each key.

    A glob that matches a network or a layer selects all its filters. What belongs to the network as
    a whole is always selected.
    """
    chosen = {
        ask.key: ask
        for ask in asks
        if glob is None or ask.layer is None or selects(glob, f"{network}/{ask.layer}/{ask.item}")
    }
    return list(chosen.values())


def selects(glob: str, identity: str) -> bool:
    """Whether a glob matches an identity or what it belongs to."""
    return fnmatchcase(identity, glob) or fnmatchcase(identity, f"{glob}/*")


def counts(asks: Iterable[Ask]) -> Counter[tuple[str, str]]:
    """How many asks there are by layer ("" for none) and lens."""
    return Counter((ask.layer or "", ask.lens) for ask in asks)
