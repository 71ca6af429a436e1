"""Workers in a real Ray, on this machine and as a cluster: killed, refused, missing, gone."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import convatlas
from convatlas.config.read import Configuration
from convatlas.errors import ClusterError, ConfigError
from convatlas.lenses.registry import lenses
from convatlas.opening.configuration import check_without_files, read
from convatlas.opening.network_source import NetworkSource
from convatlas.pipeline import Result, build
from convatlas.rendering import ray_cluster, ray_pool
from convatlas.rendering.agreement import expected_of
from convatlas.rendering.progress import silence
from convatlas.rendering.render import Progress
from convatlas.store.maintenance import verify
from convatlas.store.store import Store
from convatlas.work import Work
from support import nets
from support.command import run, said
from support.every_lens import every_lens

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
ray = pytest.importorskip("ray", reason="Ray is not installed")

Contents = tuple[dict[str, str], dict[str, bytes]]
TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}
MARK = f"of {os.getpid()}"
"""Marks the processes of the cluster that all tests share."""
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(
        [
            str(Path(convatlas.__file__).parents[1]),
            *os.environ.get("PYTHONPATH", "").split(os.pathsep),
        ]
    ),
    "OMP_NUM_THREADS": "1",
}


@pytest.fixture(scope="session")
def cluster() -> Iterator[None]:
    """Ray with two processors, started as a build starts it, and left to all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVATLAS_TEST", MARK)
        ray_cluster._connect(ray, "ray", 2)
    yield
    ray.shutdown()
    for process in left_over(MARK):  # of a cluster that was killed
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("atlas")


MEMORY = (
    '  - {name: memory, source: "memory:network", images: shown, filters: "0-1", input: *input}\n'
)
"""A third network, which is in memory."""


@pytest.fixture(scope="module")
def configuration(folder: Path) -> Configuration:
    every_lens(folder)
    atlas = folder / "atlas.yaml"
    shutil.copy(atlas, folder / "every.yaml")
    atlas.write_text(atlas.read_text().replace("images:\n", f"{MEMORY}images:\n", 1))
    return read(atlas, {}, check_without_files)


def on(where: str | None, workers: int) -> Work:
    return Work("cpu", networks={"memory": nets.Small(seed=1)}, on=where, workers=workers)


@pytest.fixture(scope="module")
def plain(configuration: Configuration, folder: Path) -> Contents:
    """What a build in one process leaves in the store."""
    built(configuration, folder / "plain", on(None, 1))
    return contents(folder / "plain")


def built(
    configuration: Configuration, store: Path, work: Work, progress: Progress = silence
) -> Result:
    with Store(store) as records:
        return build(configuration, records, store.parent / "site", work, progress)


def contents(store: Path) -> Contents:
    """All records and pictures, to the byte."""
    with closing(sqlite3.connect(store)) as rows:
        records = dict(rows.execute("select key, lens || body || seal from records"))
        return records, dict(rows.execute("select digest, data from pictures"))


def workers() -> list[int]:
    """The processes of the workers that belong to this process."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            title, parent = (place / "cmdline").read_bytes(), _parent(int(place.name))
            if title.startswith(b"ray::Worker") and _parent(parent) == os.getpid():
                found.append(int(place.name))
        except (OSError, ValueError):  # it has ended meanwhile
            continue
    return sorted(found)


def _parent(process: int) -> int:
    stat = Path(f"/proc/{process}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


@linux
@pytest.mark.usefixtures("cluster")
def test_two_workers_each_killed_once_make_the_same_bytes(
    configuration: Configuration, plain: Contents, folder: Path, capfd, caplog
) -> None:
    killed: list[int] = []
    finished: list[int] = []

    @contextmanager
    def killing(what: str, total: int) -> Iterator[Any]:
        """Kill a worker that was not killed yet after some batches of maximised pictures."""

        def done(count: int) -> None:
            if what.startswith(("open ", "closed ", "memory ")):  # the others are derived
                finished.append(count)
            fresh = [each for each in workers() if each not in killed]
            if "maximize" in what and len(killed) < 2 and fresh:
                killed.append(fresh[0])
                os.kill(fresh[0], signal.SIGKILL)

        yield done

    with caplog.at_level(logging.INFO, "convatlas"):
        result = built(configuration, folder / "ray", on("ray", 2), killing)
    assert len(killed) == 2
    assert result.failures == []
    assert contents(folder / "ray") == plain
    assert sum(finished) == result.rendered  # nothing came twice
    assert sum("a worker has died" in line for line in caplog.messages) >= 1
    assert capfd.readouterr() == ("", "")


class Locked(nn.Module):
    """Cannot be pickled."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.lock = nn.Conv2d(3, 2, 3), threading.Lock()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


@pytest.mark.usefixtures("cluster")
def test_a_network_that_cannot_be_sent_is_told(folder: Path) -> None:
    told = r"^the network 'mine' cannot be sent .*_thread.lock.*; give its `source`, or .*--on$"
    with pytest.raises(ClusterError, match=told):
        convatlas.build(
            {"lenses": {"maximize": False}},
            networks={"mine": Locked()},
            out=folder / "locked",
            store=folder / "locked-store",
            on="ray",
        )


@pytest.fixture
def pool(cluster: None) -> Iterator[ray_pool.RayPool]:
    with ray_cluster.ray_pool("ray", "cpu", 1) as made:
        yield made


def test_a_worker_that_sees_something_else_refuses(
    configuration: Configuration, pool: ray_pool.RayPool
) -> None:
    """One worker, which is asked again and again: it does not have to start anew."""
    expected = expected_of(NetworkSource(configuration, "open", "cpu").open().plan)
    first, *others = expected.network.layers
    layers = (replace(first, weights="0" * 64), *others)
    other = replace(expected, network=replace(expected.network, layers=layers))
    images = replace(expected, images={**expected.images, "secret": "0" * 64})
    probes = replace(expected, probes=expected.probes[:1])
    source = NetworkSource(configuration, "open", "cpu")
    for wanted, told in (
        (other, r"sees another network 'open' \(conv1 has other weights\)"),
        (images, "sees other images in the set 'secret'"),
        (probes, "sees other pictures of probes"),
    ):
        with pytest.raises(ClusterError, match=f"^--on ray: the worker on .* {told}.*; put the"):
            pool.use(source, wanted)
    with pytest.raises(ClusterError, match=r"cannot open 'open': .* running missing.py raised"):
        pool.use(_elsewhere(configuration), expected)


def _elsewhere(configuration: Configuration) -> NetworkSource:
    """The source of a network whose file a machine does not have."""
    first, *others = configuration.atlas.models
    models = [first.model_copy(update={"source": "missing.py:small"}), *others]
    atlas = configuration.atlas.model_copy(update={"models": models})
    return NetworkSource(replace(configuration, atlas=atlas), "open", "cpu")


class Deadly:
    """Ends the process that opens it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


def test_a_worker_that_never_comes_up_is_told(
    configuration: Configuration, pool: ray_pool.RayPool, monkeypatch
) -> None:
    monkeypatch.setattr(ray_pool, "STARTS", 2)
    expected = expected_of(NetworkSource(configuration, "open", "cpu").open().plan)
    with pytest.raises(ClusterError, match=r"^--on ray: no worker could be started"):
        pool.use(Deadly(), expected)  # type: ignore[arg-type]


def test_workers_for_which_there_is_no_room_are_told(
    configuration: Configuration, pool: ray_pool.RayPool
) -> None:
    class Holder:
        def hold(self) -> None: ...

    holder = ray.remote(Holder).options(num_cpus=2).remote()
    ray.get(holder.hold.remote())
    pool.patience = 1
    source = NetworkSource(configuration, "open", "cpu")
    told = "^--on ray: no worker has started within 1 seconds; `ray status` .* a processor free$"
    try:
        with pytest.raises(ClusterError, match=told):
            pool.use(source, expected_of(source.open().plan))
    finally:
        ray.kill(holder)


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize(
    ("device", "workers", "told"),
    [
        ("cuda", None, "^--on ray: some workers need as many GPUs, and there are 0$"),
        ("cpu", 3, "^--on ray: 3 workers need as many processors, and there are 2$"),
    ],
)
def test_more_than_there_is_is_refused(device: str, workers: int | None, told: str) -> None:
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ClusterError, match=told), ray_cluster.ray_pool("ray", device, workers):
        pass


@pytest.mark.parametrize("where", ["rya", "ray:", "ray://", "ray://head", "ray://:1", "ray://h:x"])
def test_a_place_of_another_form_is_refused(where: str) -> None:
    with pytest.raises(ConfigError, match=f"^--on {where}: not a place to render; name ray or "):
        ray_cluster.check(where)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--workers", "2"], "--workers: say where with --on ray"),
        (["--on", "ray", "--threads", "2"], "--threads: for a build without --on"),
        (["--on", "ray", "--device", "mps"], "--device mps: not for workers"),
        (["--on", "elsewhere"], "--on elsewhere: not a place to render"),
        (["--on", "ray://127.0.0.1:1"], "Connection refused; see whether it runs"),
    ],
)
@pytest.mark.usefixtures("configuration")
def test_wrong_options_are_told(folder: Path, more: list[str], told: str) -> None:
    """Of a cluster that is not there only where something is missing."""
    if "ray://127.0.0.1:1" in more and importlib.util.find_spec("grpc") is None:
        told = "pip install 'convatlas[ray]'"
    store = ["--store", folder / "nothing"]
    result = run("build", "-c", folder / "every.yaml", "-o", folder / "none", *store, *more)
    assert told in said(result)
    assert "Traceback" not in said(result)


def test_without_ray_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: None)
    for where in ("ray", "ray://head:10001"):
        with pytest.raises(ConfigError, match=r"Ray is not installed; pip install 'convatlas\[ray"):
            ray_cluster.check(where)


def command(folder: Path, *more: str) -> subprocess.Popen[str]:
    """The command as a user starts it, in a process group of its own."""
    line = [sys.executable, "-m", "convatlas", "-q", "build", "--device", "cpu", *more]
    return subprocess.Popen(
        line,
        cwd=folder,
        env={**ENVIRONMENT, **TOKEN, "CONVATLAS_TEST": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an atlas whose maximised pictures take long."""
    folder = tmp_path_factory.mktemp("long")
    every_lens(folder)
    atlas = folder / "atlas.yaml"
    atlas.write_text(atlas.read_text().replace("steps: 4", "steps: 20000"))
    return folder


def wait_for_records(store: Path, process: subprocess.Popen[str]) -> None:
    """Wait until maximising is under way: all that it takes is in the store."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(sqlite3.Error), closing(sqlite3.connect(store)) as rows:
            if rows.execute("select 1 from records where lens = 'statistics'").fetchone():
                return
        time.sleep(0.1)
    raise AssertionError(process.communicate())


def left_over(mark: str | Path) -> list[int]:
    """The processes that have a mark from what started them."""
    sought, found = f"CONVATLAS_TEST={mark}".encode(), []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if sought in (place / "environ").read_bytes().split(b"\0"):
                found.append(int(place.name))
    return found


def children(process: int) -> Iterator[tuple[int, str]]:
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if _parent(int(place.name)) == process:
                yield int(place.name), (place / "cmdline").read_text().partition("\0")[0]


@linux
def test_an_interruption_is_told_in_a_sentence_and_leaves_the_store_good(
    long: Path, plain: Contents
) -> None:
    with command(long, "--on", "ray", "--workers", "1") as process:
        wait_for_records(long / ".convatlas", process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "interrupted; what was finished is in the store"
    deadline = time.monotonic() + 20
    while left_over(long) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left_over(long) == []
    is_good(long / ".convatlas", plain)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of a cluster that was started by hand, with two processors and a token."""
    pytest.importorskip("grpc", reason="Ray's client is not installed: it needs grpcio")
    ports = [free_port(), free_port()]
    line = f"ray start --head --block --num-cpus=2 --disable-usage-stats --port={ports[0]}"
    more = f"--ray-client-server-port={ports[1]} --include-dashboard=false"
    with subprocess.Popen(
        [*f"{Path(sys.executable).parent}/{line}".split(), *more.split()],
        env={**ENVIRONMENT, **TOKEN, "CONVATLAS_TEST": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as head:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", ports[1]), 1):
                break
            time.sleep(0.2)
        yield f"ray://127.0.0.1:{ports[1]}"
        head.kill()
        for process in left_over(tmp_path):
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@linux
@pytest.mark.usefixtures("configuration")
def test_a_cluster_makes_the_same_bytes(address: str, folder: Path, plain: Contents) -> None:
    line = ["--store", "by-cluster", "-o", "of-cluster", "-c", "every.yaml", "--workers", "1"]
    with command(folder, *line, "--on", address) as process:
        err = process.communicate(timeout=200)[1]
    assert (process.returncode, err) == (0, "")
    rendered = {lens.name for lens in lenses()}  # others depend on the network in memory, too
    rows = contents(folder / "by-cluster")[0].items()
    found = {key: row for key, row in rows if row.partition("{")[0] in rendered}
    assert len(found) > 100
    assert found.items() <= plain[0].items()  # with the digests of the pictures


def is_good(store: Path, plain: Contents) -> None:
    """Check that a store holds some records, undamaged, and that these are those of others."""
    with Store(store) as records:
        assert verify(records) == []
    found, expected = contents(store)[0], plain[0]
    common = found.keys() & expected.keys()  # the longer atlas takes more steps for its pictures
    assert len(common) > 30
    assert {key: found[key] for key in common if expected[key] != found[key]} == {}


@linux
def test_a_cluster_that_goes_away_is_told_in_a_sentence_and_leaves_the_store_good(
    long: Path, plain: Contents
) -> None:
    """In a process of its own, which Ray ends a minute after its cluster."""
    with command(long, "--on", "ray", "--workers", "1", "--store", "gone") as process:
        wait_for_records(long / "gone", process)
        (head,) = (each for each, line in children(process.pid) if "gcs_server" in line)
        os.kill(head, signal.SIGKILL)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    told = r"error: --on ray: the cluster is gone \(.*\); what was finished is in the store"
    assert re.match(told, err)
    is_good(long / "gone", plain)
