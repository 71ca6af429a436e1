"""What is asked for, minus what the store has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from convatlas.lenses.base import PlanContext
from convatlas.lenses.registry import lenses
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest
from convatlas.planning.gc_pause import gc_paused
from convatlas.store.store import Store


@dataclass
class Plan:
    """What is asked of one network: ``records`` are those there are, ``missing`` the rest."""

    context: PlanContext
    records: RecordIndex = field(default_factory=RecordIndex)
    missing: list[RecordRequest] = field(default_factory=list)
    asked: set[tuple[str, str]] = field(default_factory=set)  # keys, with whose they are

    @property
    def keys(self) -> set[str]:
        """The keys of all records asked for so far."""
        return {key for key, _ in self.asked}

    @property
    def present(self) -> set[str]:
        """The keys of the records that the store has."""
        return self.records.keys


@gc_paused()
def discover(plan: Plan, store: Store) -> None:
    """Let the lenses ask, look their asks up, and let them ask again until nothing more is found.

    What was missing before is looked up anew, since it may have been rendered meanwhile.
    """
    fresh, plan.missing = plan.missing, []
    while True:
        fresh += _unrequested(plan)
        hits = store.find(dict.fromkeys(request.key for request in fresh))
        for request in fresh:
            if request.key in hits:
                plan.records.add(request, hits[request.key])
            else:
                plan.missing.append(request)
        if not hits:
            return
        fresh = []


def _unrequested(plan: Plan) -> list[RecordRequest]:
    unrequested = []
    for lens in lenses():
        for request in lens.requests(plan.context, plan.records):
            # Filters that are the same by all that counts share a record, and each needs it.
            place = (request.key, f"{request.layer}/{request.item}/{request.role}")
            if place not in plan.asked:
                plan.asked.add(place)
                unrequested.append(request)
    return unrequested


def only(network: str, requests: Iterable[RecordRequest], glob: str | None) -> list[RecordRequest]:
    """The asks whose filter a glob over ``network/layer/filter`` selects, one for each key.

    A glob that matches a network or a layer selects all its filters. What belongs to the network as
    a whole is always selected.
    """
    chosen = {
        request.key: request
        for request in requests
        if glob is None
        or request.layer is None
        or selects(glob, f"{network}/{request.layer}/{request.item}")
    }
    return list(chosen.values())


def selects(glob: str, identity: str) -> bool:
    """Whether a glob matches an identity or what it belongs to."""
    return fnmatchcase(identity, glob) or fnmatchcase(identity, f"{glob}/*")


def counts(requests: Iterable[RecordRequest]) -> Counter[tuple[str, str]]:
    """How many asks there are by layer ("" for none) and lens."""
    return Counter((request.layer or "", request.lens) for request in requests)
