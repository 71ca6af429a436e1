"""The build: from a configuration to a site by way of open, plan, render, derive, publish."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from convatlas.config.output_conflicts import check_output
from convatlas.config.read import Configuration
from convatlas.config.suggestions import did_you_mean
from convatlas.deriving.base import owners
from convatlas.deriving.derive import SOURCES, WITH_SITE_URL, derive, expect
from convatlas.deriving.foreign_pictures import introduced, known_plans
from convatlas.errors import ConfigError, StoreError
from convatlas.lenses.base import PlanContext
from convatlas.model.manifest import Manifest
from convatlas.model.records import RecordRequest
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace, remembered
from convatlas.planning.complete import Complete, completed
from convatlas.planning.gc_pause import gc_paused
from convatlas.planning.plan import Plan, discover, only, planned, selects
from convatlas.rendering.render import Failure, Progress, render
from convatlas.site.addresses import Addresses
from convatlas.site.custom_content import custom_content
from convatlas.site.manifest import assemble
from convatlas.site.output.folder import check_folder
from convatlas.site.publish import Published, publish
from convatlas.store.store import DamagedPicture, Store
from convatlas.ui.network_results import NetworkResults
from convatlas.work import Rendering, Work, check_workers

if TYPE_CHECKING:
    pass

log = logging.getLogger("convatlas.build")


@dataclass
class Result:
    """The outcome of a build."""

    rendered: int = 0  # records
    kept: int = 0  # records that the store already had
    failures: list[Failure] = field(default_factory=list)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)  # set, image, reason
    published: Published | None = None
    manifest: Manifest | None = None
    complete: Complete | None = None  # None if a record is missing
    memo: Set[str] = frozenset()  # the keys of all that was looked up in the store's memo


def check_places(configuration: Configuration, store: Path, out: Path) -> None:
    """Check that the site can be written into ``out``, before the store is opened.

    Raises:
        ConfigError: the atlas file, or something that it names, is in the output folder.
        SiteError: the output folder is not ours, or cannot be written.
    """
    check_output(configuration, store, out)
    check_folder(out)


def build(
    configuration: Configuration, store: Store, out: Path, work: Work, progress: Progress
) -> Result:
    """Render the missing records and publish the site.

    Raises:
        AtlasError: the build had to stop; failures of single records are in the result.
    """
    if work.on is not None:
        check_workers(work)
    workspace = Workspace(configuration, OpenCatalog(store), work.networks)
    result = Result()
    contexts = workspace.plan_contexts()
    if work.glob is not None:
        _check_glob(work.glob, contexts)

    def plans() -> list[Plan]:
        with ExitStack() as workers:
            rendering = Rendering(work, workspace, workers)

            def rendered(context: PlanContext) -> Plan:
                return complete(context, rendering, store, progress, result)

            return introduced(contexts, rendered, store, progress)

    first = plans()
    present = sum(len(plan.present) for plan in first)
    result.kept = present - result.rendered
    result.left_out = workspace.left_out
    final = _finish(configuration, first, plans, store, out, progress, result)
    result.complete, result.memo = completed(final, store, present), workspace.catalog.used
    return result


def republish(configuration: Configuration, store: Store, out: Path, progress: Progress) -> Result:
    """Publish what the store has, without torch, weights or images.

    Raises:
        AtlasError: the store does not know the atlas.
    """
    result, known = Result(), remembered(configuration, OpenCatalog(store))

    def plans() -> list[Plan]:
        return introduced(known, partial(planned, store=store), store, progress)

    first = plans()
    result.kept = sum(len(plan.present) for plan in first)
    _finish(configuration, first, plans, store, out, progress, result)
    return result


def kept(contexts: Sequence[PlanContext], store: Store) -> set[str]:
    """Return the keys of all records that the networks of an atlas need."""
    plans = known_plans(contexts, store)
    expect(plans)
    return set().union(*(plan.keys for plan in plans))


def _check_glob(glob: str, contexts: Sequence[PlanContext]) -> None:
    """Check that a glob selects something.

    Raises:
        ConfigError: it selects nothing; the message suggests similar layers.
    """
    layers = [
        f"{context.network.name}/{layer.name}"
        for context in contexts
        for layer, _ in context.layers()
    ]
    if not any(selects(glob, name) for context in contexts for name in _identities(context)):
        raise ConfigError([f"--only '{glob}' selects no filter; {did_you_mean(glob, layers)}"])


def _identities(context: PlanContext) -> Iterator[str]:
    """Yield what a glob may select: filters, and probes and pictures of hypotheses by layer."""
    name = context.network.name
    for layer, filters in context.layers():
        yield from (f"{name}/{layer.name}/{index}" for index in filters)
    for probe in context.probes:
        yield from (f"{name}/{layer}/{probe.name}" for layer in probe.layers)
    for claim in context.hypotheses:
        yield from (f"{name}/{claim.layer}/{picture}" for picture in claim.pictures)


def complete(
    context: PlanContext,
    rendering: Rendering,
    store: Store,
    progress: Progress,
    result: Result,
) -> Plan:
    """Plan and render in turns, until only failed or unselected records are missing."""
    plan = planned(context, store)
    failed = {failure.request.key for failure in result.failures}
    while missing := _selected(plan, rendering.work.glob, failed):
        opened = rendering.opened(context.network.name)
        if opened.plan.network != plan.context.network:  # it has changed since it was remembered
            plan = planned(opened.plan, store)
            continue
        executor = rendering.executor(opened)
        failures = render(executor, plan.context, plan.records, missing, store, progress)
        failed |= {failure.request.key for failure in failures}
        result.failures += failures
        result.rendered += len(missing) - len(failures)
        discover(plan, store)
    rendering.workspace.close(context.network.name)
    return plan


def _selected(plan: Plan, glob: str | None, failed: set[str]) -> list[RecordRequest]:
    """Return the requests to render; none if the glob selects nothing in the network."""
    if glob is not None and not any(selects(glob, name) for name in _identities(plan.context)):
        return []
    requests = only(plan.context.network.name, plan.missing, glob)
    return [request for request in requests if request.key not in failed]


@gc_paused()
def _finish(
    configuration: Configuration,
    plans: Sequence[Plan],
    again: Callable[[], Sequence[Plan]],
    store: Store,
    out: Path,
    progress: Progress,
    result: Result,
) -> Sequence[Plan]:
    """Derive further records and publish; damaged records are made again, once.

    Returns:
        The plans with all records.

    Raises:
        StoreError: records are damaged again.
    """
    sources = (*SOURCES, *WITH_SITE_URL) if configuration.atlas.site.url else SOURCES
    for _ in range(2):
        damaged = derive(plans, store, progress, sources)
        damaged = damaged or _publish(configuration, plans, store, out, result)
        if not damaged:
            return plans
        store.forget(damaged)
        plans = again()
    raise StoreError(f"store {store.path}: pictures are damaged again; check the disk")


def _publish(
    configuration: Configuration, plans: Sequence[Plan], store: Store, out: Path, result: Result
) -> list[str]:
    """Publish the site; returns the keys of the records whose pictures turn out to be damaged."""
    results = [
        NetworkResults(
            plan.context.network,
            plan.context.filters,
            plan.context.images,
            plan.records,
            plan.context.probes,
            plan.context.hypotheses,
            plan.context.foreign,
            plan.context.edits,
            plan.context.policy.publish,
        )
        for plan in plans
    ]
    atlas = configuration.atlas
    custom = custom_content(configuration, Addresses.of(atlas, results))
    result.manifest = assemble(atlas, results, custom)
    folder = configuration.resolve(atlas.site.theme) if atlas.site.theme else None
    digests = {*result.manifest["files"].values(), *result.manifest["inside"].values()}
    digests -= custom.contents.keys()
    lost = store.lost(digests)
    if not lost:
        try:
            read = partial(custom.read, elsewhere=store.picture)
            result.published = publish(
                result.manifest,
                read,
                out,
                folder,
                closed_for_fork=store.closed_for_fork,
                keep=atlas.site.keep,
            )
        except DamagedPicture:
            lost = store.damaged(digests)  # one is seldom alone
    return owners(plans, lost)
