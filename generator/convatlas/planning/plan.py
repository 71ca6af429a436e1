"""The plan of a network: the requested records, and which of them are missing in the store."""

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
    """The requests of a network: ``records`` holds those in the store, ``missing`` the others."""

    context: PlanContext
    records: RecordIndex = field(default_factory=RecordIndex)
    missing: list[RecordRequest] = field(default_factory=list)
    asked: set[tuple[str, str]] = field(default_factory=set)  # keys, each with layer, item and role

    @property
    def keys(self) -> set[str]:
        """The keys of all records requested so far."""
        return {key for key, _ in self.asked}

    @property
    def present(self) -> set[str]:
        """The keys of the records that the store has."""
        return self.records.keys


def planned(context: PlanContext, store: Store) -> Plan:
    """Return the plan of a network: its requested records, and which of them the store has."""
    plan = Plan(context)
    discover(plan, store)
    return plan


@gc_paused()
def discover(plan: Plan, store: Store) -> None:
    """Collect the lenses' requests, look them up in the store, and repeat until none is found.

    Found records may lead to further requests. Records that were missing before are looked up
    again, since they may have been rendered in the meantime.
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
            # Filters that are equal in all relevant respects share a record, and each needs it.
            identity = (request.key, f"{request.layer}/{request.item}/{request.role}")
            if identity not in plan.asked:
                plan.asked.add(identity)
                unrequested.append(request)
    return unrequested


def only(network: str, requests: Iterable[RecordRequest], glob: str | None) -> list[RecordRequest]:
    """Return the requests that a glob over ``network/layer/filter`` selects, one for each key.

    A glob that matches a network or a layer selects all its filters. Requests for records of the
    network as a whole are always selected.
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
    """Return whether a glob matches ``network/layer/filter``, its layer or its network."""
    return fnmatchcase(identity, glob) or fnmatchcase(identity, f"{glob}/*")


def counts(requests: Iterable[RecordRequest]) -> Counter[tuple[str, str]]:
    """Return the number of requests by layer ("" for the whole network) and lens."""
    return Counter((request.layer or "", request.lens) for request in requests)
