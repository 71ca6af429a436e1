"""Show the networks of an atlas each other's pictures, once these are rendered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from convatlas.deriving.base import owners
from convatlas.deriving.derive import derive, look_up
from convatlas.deriving.similarity import neighbours
from convatlas.lenses.base import PlanContext
from convatlas.lenses.dead import dead
from convatlas.lenses.maximize.sprite import exciting_picture
from convatlas.lenses.transfer.options import Transfer
from convatlas.model.derived import Twin, read_neighbours
from convatlas.model.facts import ForeignPicture, Layer
from convatlas.planning.plan import Plan, planned
from convatlas.rendering.render import Progress
from convatlas.store.store import DamagedPicture, Store

ROUNDS = 3
"""How often networks are introduced to each other at most: once, again where pictures were damaged
or a network has changed meanwhile, and to see that nothing has changed any more."""


def introduced(
    contexts: Sequence[PlanContext],
    made: Callable[[PlanContext], Plan],
    store: Store,
    progress: Progress,
) -> list[Plan]:
    """Return the plans of all networks, each of which was shown what it has to judge.

    Args:
        contexts: What is known of each network.
        made: Returns the plan of a network, after whatever has to be rendered for it.
        store: The store; it gets the neighbours of filters.
        progress: Shows how far this is.

    Raises:
        StoreError: pictures are damaged again and again.
    """
    plans = [made(context) for context in contexts]
    for last in range(ROUNDS if _several(contexts) else 0):
        derive(plans, store, progress, (neighbours,))  # what is damaged is told by a later stage
        wanted = with_pictures(plans)
        if wanted == [plan.context for plan in plans]:
            break
        try:
            plans = [
                plan if plan.context == context else made(context)
                for plan, context in zip(plans, wanted, strict=True)
            ]
        except DamagedPicture:
            if last == ROUNDS - 1:
                raise
            shown = {foreign.picture for context in wanted for foreign in context.foreign}
            store.forget(owners(plans, store.damaged(shown)))
            plans = [made(context) for context in contexts]
    return plans


def known_plans(contexts: Sequence[PlanContext], store: Store) -> list[Plan]:
    """Return the plans of all networks as far as the store goes, with what each has to judge."""
    plans = [planned(context, store) for context in contexts]
    if not _several(contexts):
        return plans
    look_up(plans, store, (neighbours,))
    return [planned(context, store) for context in with_pictures(plans)]


def _several(contexts: Sequence[PlanContext]) -> bool:
    """Return whether several networks saw the same images, and are to judge each other."""
    seen = Counter(
        context.images.fingerprint
        for context in contexts
        if context.images and context.options(Transfer)
    )
    return any(count > 1 for count in seen.values())


def with_pictures(plans: Sequence[Plan]) -> list[PlanContext]:
    """Return the networks' contexts with the pictures of others that each has to judge."""
    by_name = {plan.context.network.name: plan for plan in plans}
    shown: dict[str, list[ForeignPicture]] = defaultdict(list)
    for plan in plans:
        for foreign, twin in _pictures(plan):
            other = by_name[twin[0]]
            if not _is_dead(other, twin) and not _is_its_own(plan, other, twin):
                shown[twin[0]].append(foreign)
    return [
        replace(plan.context, foreign=tuple(shown[plan.context.network.name])) for plan in plans
    ]


def _pictures(plan: Plan) -> Iterator[tuple[ForeignPicture, Twin]]:
    """Yield a network's published exciting pictures, each with its filter's twins elsewhere.

    A dead filter has no picture that shows anything, and no filter has one that fails to excite it.
    """
    options, name = plan.context.options(Transfer), plan.context.network.name
    size = plan.context.network.preprocessing.size
    if options is None:
        return
    for layer, filters in plan.context.layers():
        neighbours = read_neighbours(plan.records, layer.name)
        twins = neighbours.get("twins", {}) if neighbours else {}
        for index in filters:
            near = [twin for twin in twins.get(str(index), ()) if twin[3] >= options.correlation]
            picture = exciting_picture(plan.records, layer, index) if near else None
            if picture is None or dead(plan.records, layer, index):
                continue
            for twin in near:
                own = ForeignPicture(name, layer.name, index, picture.digest, size, *twin[1:])
                yield own, twin


def _is_dead(plan: Plan, twin: Twin) -> bool:
    """Return whether nothing excites a twin, so that its response says nothing."""
    layer = _layer(plan, twin[1])
    return bool(dead(plan.records, layer, twin[2]))


def _is_its_own(plan: Plan, other: Plan, twin: Twin) -> bool:
    """Return whether a network has its filter's twin itself, so that no other network judges."""
    digest = _layer(other, twin[1]).upstream_digest
    alike = plan.context.network.preprocessing == other.context.network.preprocessing
    own = (layer.upstream_digest for layer, _ in plan.context.layers())
    return alike and digest is not None and digest in own


def _layer(plan: Plan, name: str) -> Layer:
    return next(layer for layer, _ in plan.context.layers() if layer.name == name)
