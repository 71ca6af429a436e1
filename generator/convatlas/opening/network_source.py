"""How another process opens a network and its images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from convatlas.config.read import Configuration
from convatlas.lenses.base import RenderContext
from convatlas.model.records import Json
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class NetworkSource:
    """Opens one network of an atlas in any process: plain data, which can be pickled.

    ``memo`` is ``OpenCatalog.known``: with it, files that have not changed are not checked again.
    A network in memory goes along in ``networks``, by its name, and has to be picklable then.
    """

    configuration: Configuration
    network: str
    device: str = "auto"
    memo: Mapping[str, Json] = field(default_factory=dict)
    networks: Mapping[str, nn.Module] = field(default_factory=dict)

    def open(self) -> RenderContext:
        """Open the network, the image sets, and the pictures of probes and hypotheses.

        Raises:
            ConfigError: naming everything that cannot be opened.
        """
        catalog = OpenCatalog(MemoryMemo(dict(self.memo)))
        workspace = Workspace(self.configuration, catalog, self.networks)
        return workspace.open_one(self.network, self.device)


def source_of(workspace: Workspace, network: str, device: str) -> NetworkSource:
    """Return what opens a network of a workspace in another process, on a device there."""
    networks = {name: each for name, each in workspace.networks.items() if name == network}
    known = workspace.catalog.known
    return NetworkSource(workspace.configuration, network, device, known, networks)


@dataclass
class MemoryMemo:
    """A memo in memory."""

    values: dict[str, Json]
    path: Path = Path("memory")

    def get(self, key: str) -> Json | None:
        """Return the value of a key, or None."""
        return self.values.get(key)

    def put(self, key: str, value: Json) -> None:
        """Keep a JSON value under the key."""
        self.values[key] = value
