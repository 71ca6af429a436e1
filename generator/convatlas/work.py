"""What to render, and where: in this process and copies of it, or by workers elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convatlas.errors import ConfigError
from convatlas.lenses.base import RenderContext
from convatlas.opening.network_source import source_of
from convatlas.opening.workspace import Workspace
from convatlas.rendering.agreement import expected_of
from convatlas.rendering.distribute import PoolExecutor, WorkerPool
from convatlas.rendering.executors import Executor

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Work:
    """What to render, and on which device."""

    device: str = "auto"  # or "cpu", "cuda", "mps"
    glob: str | None = None  # over "network/layer/filter"; limits what is rendered
    networks: Mapping[str, nn.Module] = field(default_factory=dict)  # by name; already in memory
    on: str | None = None  # "ray" or "ray://host:port"; None for this process
    workers: int | None = None  # how many; None for one a GPU, or what suits the processors
    threads: int | None = None  # how many compute here; None for as many as torch takes


WORKER_DEVICES = ("auto", "cpu", "cuda")


@dataclass
class Rendering:
    """Where records are rendered; workers elsewhere are started once there is something to do."""

    work: Work
    workspace: Workspace
    workers: ExitStack
    pool: WorkerPool | None = None

    def opened(self, network: str) -> RenderContext:
        """Return a network that is opened in this process, and renders here unless workers do."""
        device = self.work.device if self.work.on is None else "cpu"
        return self.workspace.render_context(network, device)

    def executor(self, opened: RenderContext) -> Executor:
        """Return what renders for an opened network.

        Raises:
            ClusterError: there are no workers to be had.
        """
        if self.work.on is None:
            from convatlas.rendering.forked_workers import ForkExecutor, with_threads

            return ForkExecutor(opened, with_threads(self.work.threads))
        from convatlas.rendering.ray_cluster import ray_pool

        if self.pool is None:
            asked = ray_pool(self.work.on, self.work.device, self.work.workers)
            self.pool = self.workers.enter_context(asked)
        source = source_of(self.workspace, opened.plan.network.name, self.pool.device)
        return PoolExecutor(self.pool, source, expected_of(opened.plan))


def check_workers(work: Work) -> None:
    """Check what is asked of workers, before anything is opened.

    Raises:
        ConfigError: they cannot be had there, or not for this device.
    """
    from convatlas.rendering.ray_cluster import check

    assert work.on is not None
    check(work.on)
    if work.device not in WORKER_DEVICES:
        message = "not for workers, to each of which Ray gives a GPU; take auto, cpu or cuda"
        raise ConfigError([f"--device {work.device}: {message}"])
