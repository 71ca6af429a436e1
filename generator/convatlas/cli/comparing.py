"""What ``compare`` does: a build of one network with two files of weights."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

from convatlas.cli.building import Wanted, finished, said_again
from convatlas.cli.options import progress_shown, store_opened
from convatlas.config.checkpoints import Checkpoints
from convatlas.receipts.command import Command
from convatlas.receipts.said import Said


def compared(
    config: Path,
    network: str | None,
    files: Checkpoints,
    store: Path | None,
    out: Path,
    wanted: Wanted,
) -> Said:
    """Build the atlas of a network with both files, as its own atlas file configures it.

    Nothing is done where nothing has changed since that was done completely.

    Raises:
        AtlasError: the files cannot be compared, or the build had to stop.
    """
    command = command_of(config, network, files, store)
    if known := said_again(command, out):
        return known
    from convatlas.opening.catalog import OpenCatalog
    from convatlas.opening.checkpoints import (
        beside,
        read_for_checkpoints,
        without_settings_of_others,
    )
    from convatlas.opening.workspace import Workspace
    from convatlas.pipeline import build
    from convatlas.receipts.before import noted
    from convatlas.work import Work

    whole = read_for_checkpoints(config, os.environ)
    configuration = beside(whole, network, files)
    with store_opened(configuration, store, out) as records, progress_shown() as progress:
        with noted(configuration, command.installation) as before:
            if len(whole.atlas.models) > 1:
                facts = Workspace(configuration, OpenCatalog(records)).facts()
                configuration = without_settings_of_others(configuration, facts)
            result = build(configuration, records, out.absolute(), Work(**asdict(wanted)), progress)
        return finished(command, configuration, records, before, result, out)


def command_of(
    config: Path, network: str | None, files: Checkpoints, store: Path | None
) -> Command:
    """Return the command that compares two files; others make another atlas of the atlas file."""
    arguments = (network, str(files.before), str(files.after), files.match)
    return Command.of(config, store, os.environ, arguments)
