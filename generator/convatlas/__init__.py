"""A static web site that shows what every filter of a convolutional network looks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convatlas._version import __version__

if TYPE_CHECKING:
    from torch import nn

    from convatlas.pipeline import Result
    from convatlas.reader.atlas import Atlas

__all__ = ["__version__", "build", "load"]


def build(
    config: str | Path | Mapping[str, Any] = "atlas.yaml",
    *,
    networks: Mapping[str, nn.Module] | None = None,
    out: str | Path = "site",
    store: str | Path | None = None,
    only: str | None = None,
    device: str = "auto",
    on: str | None = None,
    workers: int | None = None,
) -> Result:
    """Build an atlas from Python, with networks that may already be in memory.

    Args:
        config: the path of an atlas.yaml, or its content as a mapping. If a mapping has no
            ``models``, these are the networks in memory; otherwise their ``source`` is ignored.
        networks: networks in memory by name; they are copied, not changed.
        out: the folder of the site.
        store: the file that keeps what was rendered; by default, that of the configuration.
        only: a glob over ``network/layer/filter`` that limits what is rendered.
        device: "auto", "cpu", "cuda", "cuda:1" (the second GPU) or "mps".
        on: "ray" for workers on this machine, "ray://host:port" for those of a cluster; by default,
            this process renders.
        workers: how many; by default one for each GPU or, without any, for each two cores.

    Raises:
        convatlas.errors.AtlasError: the build had to stop; the message names the remedy.
    """
    from convatlas.api import build_atlas

    return build_atlas(config, dict(networks or {}), Path(out), store, only, device, on, workers)


def load(site: str | Path = "site") -> Atlas:
    """Read a published atlas: its networks, layers and filters as objects and tables.

    Layers are read when their filters are asked for. Neither torch nor the store is needed.

    Args:
        site: the folder of the site.

    Raises:
        convatlas.errors.SiteError: there is no site, or a file of it cannot be read.
    """
    from convatlas.reader.atlas import load_atlas

    return load_atlas(Path(site))
