"""What ``compare`` does: a build of one network with two files of weights."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

from convatlas.cli.building import Wanted
from convatlas.cli.options import progress_shown, store_opened
from convatlas.cli.reports import build_said
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.checkpoints import (
    Checkpoints,
    beside,
    read_for_checkpoints,
    without_settings_of_others,
)
from convatlas.opening.workspace import Workspace
from convatlas.pipeline import build
from convatlas.receipts.said import Said
from convatlas.work import Work


def compared(
    config: Path,
    network: str | None,
    files: Checkpoints,
    store: Path | None,
    out: Path,
    wanted: Wanted,
) -> Said:
    """Build the atlas of a network with both files, as its own atlas file configures it.

    Raises:
        AtlasError: the files cannot be compared, or the build had to stop.
    """
    whole = read_for_checkpoints(config, os.environ)
    configuration = beside(whole, network, files)
    with store_opened(configuration, store, out) as records, progress_shown() as progress:
        if len(whole.atlas.models) > 1:
            facts = Workspace(configuration, OpenCatalog(records)).facts()
            configuration = without_settings_of_others(configuration, facts)
        result = build(configuration, records, out.absolute(), Work(**asdict(wanted)), progress)
    return build_said(result, out)
