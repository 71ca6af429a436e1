"""The implementation of ``convatlas.build``: a build from Python, with networks in memory."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

from torch import nn

from convatlas.config.read import Configuration
from convatlas.config.torch_settings import torch_defaults
from convatlas.opening.configuration import check, check_without_files, parse, read
from convatlas.pipeline import Result, build, check_places
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from convatlas.work import Work


def build_atlas(
    config: str | Path | Mapping[str, Any],
    networks: dict[str, nn.Module],
    out: Path,
    store: str | Path | None,
    only: str | None,
    device: str,
    on: str | None,
    workers: int | None,
) -> Result:
    """Build an atlas; see ``convatlas.build``."""
    configuration = _configuration(config, networks)
    path = Path(store) if store else configuration.resolve(configuration.atlas.store)
    check_places(configuration, path, out)
    work = Work(device, only, networks, on, workers)
    # The user's code may change the working directory.
    with chdir(Path.cwd()), Store(path.absolute()) as records, torch_defaults():
        return build(configuration, records, out.absolute(), work, silence)


def _configuration(
    config: str | Path | Mapping[str, Any], networks: Mapping[str, nn.Module]
) -> Configuration:
    if not isinstance(config, Mapping):
        return read(Path(config), os.environ, check_without_files if networks else check)
    models = [{"name": name, "source": "memory:network"} for name in networks]
    text = json.dumps({"models": models, **config}, default=str)  # JSON is YAML
    return parse(text, Path("atlas.yaml"), os.environ, check_without_files)
