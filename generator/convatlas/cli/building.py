"""What ``build`` and ``plan`` do; where nothing has changed, little is needed to say so."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from convatlas.cli.options import opened, progress_shown
from convatlas.cli.output import stdout_kept
from convatlas.receipts.command import Command
from convatlas.receipts.said import Said
from convatlas.receipts.up_to_date import known_build, known_plan

if TYPE_CHECKING:
    from convatlas.config.read import Configuration
    from convatlas.pipeline import Result
    from convatlas.receipts.before import Before
    from convatlas.store.store import Store


def planned(config: Path, store: Path | None, glob: str | None) -> Said:
    """Say what would be rendered.

    Raises:
        AtlasError: the networks or images cannot be opened.
    """
    if glob is None:
        with stdout_kept():  # the user's data sets may write to it
            known = known_plan(Command.of(config, store, os.environ))
        if known is not None:
            return known
    from convatlas.cli.reports import plan_said
    from convatlas.deriving.foreign_pictures import known_plans
    from convatlas.opening.catalog import OpenCatalog
    from convatlas.opening.workspace import Workspace
    from convatlas.planning.estimate import rows_of

    with opened(config, store) as (configuration, records):
        contexts = Workspace(configuration, OpenCatalog(records)).plan_contexts()
        plans = known_plans(contexts, records)
        return plan_said([row for plan in plans for row in rows_of(plan, records, glob)])


@dataclass(frozen=True)
class Wanted:
    """What to render, and where; see ``work.Work``."""

    glob: str | None
    device: str
    on: str | None
    workers: int | None
    threads: int | None


def built(config: Path, store: Path | None, out: Path, wanted: Wanted) -> Said:
    """Build an atlas, unless nothing has changed since that was done completely.

    Raises:
        AtlasError: the build had to stop.
    """
    command = Command.of(config, store, os.environ)
    if wanted.glob is None and (known := said_again(command, out)):
        return known
    from convatlas.pipeline import build
    from convatlas.receipts.before import noted
    from convatlas.work import Work

    with (
        opened(config, store, out=out) as (configuration, records),
        progress_shown() as progress,
    ):
        with noted(configuration, command.installation) as before:
            result = build(configuration, records, out.absolute(), Work(**asdict(wanted)), progress)
        return finished(command, configuration, records, before, result, out)


def said_again(command: Command, out: Path) -> Said | None:
    """Return what a command said that has been finished completely, if nothing has changed."""
    with stdout_kept():
        return known_build(command, out.absolute(), str(out))


def finished(
    command: Command,
    configuration: Configuration,
    store: Store,
    before: Before,
    result: Result,
    out: Path,
) -> Said:
    """Return what is said of a build, and keep its receipts if it lacks nothing."""
    from convatlas.cli.reports import build_said, nothing_done, plan_said
    from convatlas.receipts.issue import Finished, issue

    if result.complete is not None:
        plan = plan_said(result.complete.rows)
        again = build_said(nothing_done(result), out)
        after = Finished(result, out.absolute(), str(out), plan, again)
        issue(command, configuration, store, before, after)
    return build_said(result, out)


def republished(config: Path, store: Path | None, out: Path) -> Said:
    """Publish from the store alone.

    Raises:
        AtlasError: the store does not know the atlas.
    """
    from convatlas.cli.reports import build_said
    from convatlas.pipeline import republish

    place = out.absolute()
    with (
        opened(config, store, files=False, out=out) as (configuration, records),
        progress_shown() as progress,
    ):
        result = republish(configuration, records, place, progress)
    return build_said(result, out)
