"""From a configuration to a site: read, open, plan, render, publish."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from convatlas.config.read import Configuration
from convatlas.config.suggestions import did_you_mean
from convatlas.deriving.base import owners
from convatlas.deriving.derive import ABROAD, SOURCES, derive, expect
from convatlas.errors import ConfigError, StoreError
from convatlas.lenses.base import Study
from convatlas.model.records import Ask, Json
from convatlas.opening.catalog import Notes
from convatlas.opening.workspace import Opener, remembered
from convatlas.planning.gc_pause import uncollected
from convatlas.planning.plan import Plan, discover, only, selects
from convatlas.rendering.render import Failure, Progress, render
from convatlas.site.custom_content import Own
from convatlas.site.manifest import assemble
from convatlas.site.publish import Published, publish
from convatlas.site.share_cards import place_cards
from convatlas.store.store import DamagedPicture, Store
from convatlas.ui.network_results import Chapter

if TYPE_CHECKING:
    from torch import nn

log = logging.getLogger("convatlas.build")


@dataclass
class Result:
    """What a build has done."""

    rendered: int = 0  # records
    kept: int = 0  # records that the store had
    failures: list[Failure] = field(default_factory=list)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)  # set, image, reason
    published: Published | None = None
    manifest: Json = None


@dataclass(frozen=True)
class Work:
    """What to render, and on what."""

    device: str = "auto"  # or "cpu", "cuda", "mps"
    glob: str | None = None  # limits rendering to filters: "network/layer/filter"
    networks: Mapping[str, nn.Module] = field(default_factory=dict)  # in memory already, by name


def build(
    configuration: Configuration, store: Store, out: Path, work: Work, progress: Progress
) -> Result:
    """Render what is missing and publish the site.

    Raises:
        AtlasError: what stops the build; what fails for single records is in the result.
    """
    opener = Opener(configuration, Notes(store), work.networks)
    result = Result()
    studies = opener.studies()
    if work.glob is not None:
        _check_glob(work.glob, studies)

    def rendered(study: Study) -> Plan:
        return complete(study, opener, work, store, progress, result)

    plans = [rendered(study) for study in studies]
    result.kept = sum(len(plan.present) for plan in plans) - result.rendered
    result.left_out = opener.left_out
    _finish(configuration, plans, rendered, store, out, progress, result)
    return result


def republish(configuration: Configuration, store: Store, out: Path, progress: Progress) -> Result:
    """Publish what the store has; needs neither torch nor weights nor images.

    Raises:
        AtlasError: the store does not know the atlas.
    """
    result = Result()
    plans = [planned(study, store) for study in remembered(configuration, Notes(store))]
    result.kept = sum(len(plan.present) for plan in plans)
    again = partial(planned, store=store)
    _finish(configuration, plans, again, store, out, progress, result)
    return result


def kept(studies: Sequence[Study], store: Store) -> set[str]:
    """The keys of all records that the networks of one atlas ask for."""
    plans = [planned(study, store) for study in studies]
    expect(plans)
    return set().union(*(plan.keys for plan in plans))


def _check_glob(glob: str, studies: Sequence[Study]) -> None:
    """Refuse a glob that selects no filter.

    Raises:
        ConfigError: with the nearest layers.
    """
    layers = [
        f"{study.network.name}/{layer.name}" for study in studies for layer, _ in study.layers()
    ]
    if not any(selects(glob, name) for study in studies for name in _identities(study)):
        raise ConfigError([f"--only '{glob}' selects no filter; {did_you_mean(glob, layers)}"])


def _identities(study: Study) -> Iterator[str]:
    """What a glob may select of a network: filters, and probes and pictures of claims by layer."""
    name = study.network.name
    for layer, filters in study.layers():
        yield from (f"{name}/{layer.name}/{index}" for index in filters)
    for probe in study.probes:
        yield from (f"{name}/{layer}/{probe.name}" for layer in probe.layers)
    for claim in study.hypotheses:
        yield from (f"{name}/{claim.layer}/{picture}" for picture in claim.pictures)


def planned(study: Study, store: Store) -> Plan:
    """What is asked for, and what of it the store has."""
    plan = Plan(replace(study, found={}))
    discover(plan, store)
    return plan


def complete(
    study: Study, opener: Opener, work: Work, store: Store, progress: Progress, result: Result
) -> Plan:
    """Plan and render in turns, until nothing is missing but what failed or was not selected."""
    plan = planned(study, store)
    failed: set[str] = set()
    while missing := _selected(plan, work.glob, failed):
        studio = opener.studio(plan.study, work.device)
        if studio.study.network != plan.study.network:  # it was not what was remembered of it
            plan = planned(studio.study, store)
            continue
        failures = render(studio, missing, store, progress)
        failed |= {failure.ask.key for failure in failures}
        result.failures += failures
        result.rendered += len(missing) - len(failures)
        discover(plan, store)
    opener.close(study.network.name)
    return plan


def _selected(plan: Plan, glob: str | None, failed: set[str]) -> list[Ask]:
    """What is to be rendered of a network; nothing of one in which a glob selects nothing."""
    if glob is not None and not any(selects(glob, name) for name in _identities(plan.study)):
        return []
    asks = only(plan.study.network.name, plan.missing, glob)
    return [ask for ask in asks if ask.key not in failed]


@uncollected()
def _finish(
    configuration: Configuration,
    plans: Sequence[Plan],
    again: Callable[[Study], Plan],
    store: Store,
    out: Path,
    progress: Progress,
    result: Result,
) -> None:
    """Derive what follows from the records, and publish; damaged records are made again, once.

    Raises:
        StoreError: there are damaged ones again.
    """
    sources = (*SOURCES, *ABROAD) if configuration.atlas.site.url else SOURCES
    for _ in range(2):
        damaged = derive(plans, store, progress, sources)
        damaged = damaged or _publish(configuration, plans, store, out, result)
        if not damaged:
            return
        store.forget(damaged)
        plans = [again(plan.study) for plan in plans]
    raise StoreError(f"store {store.path}: pictures are damaged again; check the disk")


def _publish(
    configuration: Configuration, plans: Sequence[Plan], store: Store, out: Path, result: Result
) -> list[str]:
    """Publish the site; returns the keys of the records whose pictures turn out to be damaged."""
    chapters = [
        Chapter(
            study.network,
            study.filters,
            study.images,
            study.found,
            study.probes,
            study.hypotheses,
        )
        for study in (plan.study for plan in plans)
    ]
    result.manifest = assemble(configuration.atlas, chapters)
    theme = configuration.atlas.site.theme
    folder = configuration.resolve(theme) if theme else None
    if configuration.atlas.site.url:
        place_cards(result.manifest, [chapter.found for chapter in chapters])
    digests = {*result.manifest["files"].values(), *result.manifest["inside"].values()}
    own = Own(configuration)
    result.manifest |= own.facts(result.manifest["networks"])
    result.manifest["files"] |= own.files
    lost = store.lost(digests)
    if not lost:
        try:
            read = partial(own.read, elsewhere=store.picture)
            result.published = publish(result.manifest, read, out, folder, apart=store.apart)
        except DamagedPicture:
            lost = store.damaged(digests)  # one is seldom alone
    return owners(plans, lost)
