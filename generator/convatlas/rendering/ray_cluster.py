"""Start Ray on this machine, or connect to a cluster, and say how many workers it can have."""

from __future__ import annotations

import importlib
import logging
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from typing import Any

from convatlas.cores import cores
from convatlas.errors import ClusterError, ConfigError
from convatlas.rendering.ray_pool import RayPool, told

log = logging.getLogger("convatlas.render")

HERE = "ray"
"""Names Ray on this machine, which is started for a build and stopped after it."""
CLUSTER = "ray://"
"""What the address of a cluster begins with."""

SECONDS = 5
"""How long the head of a cluster may take to answer."""
CORES = 2
"""How many cores a worker without a GPU has, unless the number of workers is given."""


def check(where: str) -> None:
    """Check that workers can be asked for there.

    Raises:
        ConfigError: the name is of another form, or Ray is not installed.
    """
    host, _, port = where.removeprefix(CLUSTER).rpartition(":")
    if where != HERE and not (where.startswith(CLUSTER) and host and port.isdecimal()):
        raise ConfigError([f"--on {where}: not a place to render; name ray or ray://host:port"])
    needed = ["ray", "grpc"] if where != HERE else ["ray"]
    if any(find_spec(name) is None for name in needed):
        raise ConfigError([f"--on {where}: Ray is not installed; pip install 'convatlas[ray]'"])


@contextmanager
def ray_pool(where: str, device: str, workers: int | None) -> Iterator[RayPool]:
    """Return a pool of workers, which end with the context.

    Args:
        where: "ray" or "ray://host:port".
        device: "auto" is a GPU for each worker if there are any, else "cpu".
        workers: how many; by default one for each GPU, or for each two cores.

    Raises:
        ClusterError: there is no cluster, or it does not have that much.
    """
    ray = importlib.import_module("ray")
    with ExitStack() as stack:
        if where != HERE or not ray.is_initialized():  # by the program that we are called from
            _connect(ray, where, workers)
            stack.callback(_parting, ray.shutdown)
        pool = _pool(ray, where, device, workers)
        stack.callback(_parting, pool.close)
        yield pool


def _parting(step: Callable[[], None]) -> None:
    """Do the last things in a cluster; one that is gone needs none."""
    with suppress(Exception):
        step()


def _connect(ray: Any, where: str, workers: int | None) -> None:
    """Start Ray, or connect.

    Raises:
        ClusterError: it does not start, or there is no cluster.
    """
    options: dict[str, Any] = {"address": where}
    remedy = "see whether it runs, can be reached, and has this token"
    if where == HERE:
        count = max(workers or 0, cores())
        options = {"address": "local", "num_cpus": count, "include_dashboard": False}
        remedy = "`ray start --head` may say more"
    try:
        if where != HERE:
            _reach(where.removeprefix(CLUSTER))  # Ray itself would try for most of a minute
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
        _silence(ray)
    except Exception as error:  # it raises whatever its parts do
        log.debug("%s", where, exc_info=True)
        raise ClusterError(f"--on {where}: {told(error)}; {remedy}") from error


def _reach(address: str) -> None:
    """Check that something answers at an address.

    Raises:
        OSError: nothing does.
    """
    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), SECONDS).close()


def _silence(ray: Any) -> None:
    """Keep Ray from printing what it has to say of dead workers, for which it has no setting."""
    for name in ("ray", "ray.util.client.logsclient"):
        logging.getLogger(name).setLevel(logging.ERROR)
    printing = ray._private.worker
    if hasattr(printing, "print_to_stdstream"):
        printing.print_to_stdstream = lambda *said, **how: None


def _pool(ray: Any, where: str, device: str, workers: int | None) -> RayPool:
    resources = ray.cluster_resources()
    cores, gpus = int(resources.get("CPU", 0)), int(resources.get("GPU", 0))
    on_gpus = device == "cuda" or (device == "auto" and gpus > 0)
    there, what = (gpus, "GPUs") if on_gpus else (cores, "processors")
    size = workers or (gpus if on_gpus else max(1, cores // CORES))
    if size > there or size == 0:
        raise ClusterError(
            f"--on {where}: {workers or 'some'} workers need as many {what}, and there are {there}"
        )
    threads = max(1, cores // size)
    log.info("--on %s: %d of %d %s; threads each: %d", where, size, there, what, threads)
    kind = "cuda" if on_gpus else "cpu"
    return RayPool(ray, where, size, kind, threads, partial(_check_alive, ray, where))


def _check_alive(ray: Any, where: str) -> None:
    """Check that there is a cluster: without its head, Ray waits, and then ends the process.

    Raises:
        OSError: it is gone.
    """
    if where == HERE:
        _reach(ray.get_runtime_context().gcs_address)
    if not any(node["Alive"] for node in ray.nodes()):
        raise ConnectionError("all of its machines are gone")
