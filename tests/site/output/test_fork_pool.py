"""Work shared between copies of a process: done once, with the same errors, and never hanging."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

import convatlas
from convatlas.errors import SiteError
from convatlas.model.records import EncodedPicture, Record, RecordRequest
from convatlas.site.output import fork_pool as processes
from convatlas.site.output.fork_pool import helpers, shared
from convatlas.store.store import DamagedPicture, Store
from support import publish_process
from support.publish_process import contents, run

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only"),
    # Python warns of copies where threads run; the tests' own process may have some.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


class Done:
    """What a process has done."""

    def __init__(self) -> None:
        self.jobs: list[int] = []

    def job(self, number: int) -> Callable[[], None]:
        def do() -> None:
            time.sleep(0.01)
            self.jobs.append(number)

        return do


def work(jobs: list[Callable[[], object]], done: Done, copies: int = 2) -> list[list[int]]:
    return shared(jobs, lambda: None, lambda: done.jobs, copies, nullcontext)


@pytest.mark.parametrize("copies", [0, 1, 3])
def test_every_job_is_done_once(copies: int) -> None:
    done = Done()
    told = work([done.job(number) for number in range(40)], done, copies)
    assert len(told) == copies
    assert sorted([*done.jobs, *(number for own in told for number in own)]) == list(range(40))
    if copies:
        assert len(done.jobs) < 40


def test_no_job_is_done_twice_where_processes_ask_at_the_same_moment() -> None:
    done: list[int] = []
    jobs = [partial(done.append, number) for number in range(100_000)]
    told = shared(jobs, lambda: None, lambda: done, 1, nullcontext)
    assert sorted([*done, *told[0]]) == list(range(100_000))
    assert done
    assert told[0]


def test_without_copies_nothing_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")  # as on a Mac
    monkeypatch.delattr(os, "fork")
    done = Done()
    assert work([done.job(number) for number in range(4)], done, 0) == []
    assert done.jobs == [0, 1, 2, 3]


def test_more_copies_than_jobs_are_not_made() -> None:
    done = Done()
    assert len(work([done.job(0)], done, 8)) == 1


def in_copy(do: Callable[[], object]) -> Callable[[], None]:
    """A job that fails in copies only; here it takes its time, so that they get theirs."""
    parent = os.getpid()

    def job() -> None:
        time.sleep(0.02)
        if os.getpid() != parent:
            do()

    return job


def fail(error: Exception) -> Callable[[], None]:
    def do() -> None:
        raise error

    return do


@pytest.mark.parametrize(
    "error", [SiteError("the disk is full"), DamagedPicture(Path("store"), "d" * 64), KeyError(1)]
)
def test_an_error_in_a_copy_is_the_same_error_here(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        work([in_copy(fail(error))] * 50, Done())
    assert str(caught.value) == str(error)
    assert "in job" in caught.value.__notes__[0]


def test_an_error_that_cannot_be_sent_is_told_in_words() -> None:
    class Local(Exception):
        pass

    with pytest.raises(RuntimeError, match="Local: why"):
        work([in_copy(fail(Local("why")))] * 50, Done())


def test_a_copy_that_is_killed_is_an_error_with_a_remedy() -> None:
    with pytest.raises(SiteError, match=r"ended from outside.* free some and build again"):
        work([in_copy(lambda: os.kill(os.getpid(), signal.SIGKILL))] * 50, Done())


def children() -> set[str]:
    """The processes that this one has begun, and not yet seen the end of."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_an_error_here_ends_the_copies() -> None:
    parent, started, before = os.getpid(), time.monotonic(), children()

    def job() -> None:
        if os.getpid() == parent:
            raise SiteError("here")
        time.sleep(600)

    with pytest.raises(SiteError, match="here"):
        shared([job] * 50, lambda: time.sleep(0.1) or job(), list, 2, nullcontext)
    assert time.monotonic() - started < 300
    assert children() == before


def test_where_threads_run_nothing_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(processes, "sys", type("sys", (), {"platform": "linux", "modules": {}}))
    assert helpers() == len(os.sched_getaffinity(0)) - 1
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert helpers() == 0
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    for platform, modules in (("linux", {"torch": 1}), ("darwin", {}), ("win32", {})):
        system = type("sys", (), {"platform": platform, "modules": modules})
        monkeypatch.setattr(processes, "sys", system)
        assert helpers() == 0


def test_every_copy_reads_the_store_by_a_connection_of_its_own(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        picture = EncodedPicture(b"RIFF", 1, 1, "webp")
        request = RecordRequest("key", "kernels", "conv1", 0)
        store.add([("net", request, Record({}, {"kernel": picture}))])
        digest = picture.facts.digest
        first = store.connection
        seen: list[tuple[int, bytes]] = []
        jobs = [lambda: (time.sleep(0.01), seen.append((os.getpid(), store.picture(digest))))] * 30
        told = shared(jobs, lambda: None, lambda: seen, 2, store.closed_for_fork)
        assert store.connection is not first
        seen += [entry for own in told for entry in own]
        assert len({process for process, _ in seen}) == 3
        assert {data for _, data in seen} == {b"RIFF"}


SITE = "layers=3, filters=24, images=6, probes=1, hypotheses=1"


@pytest.mark.parametrize("pages", ["filter", "layer"])
def test_copies_of_the_process_publish_the_same_site(tmp_path: Path, pages: str) -> None:
    one = run(tmp_path / "one", SITE, copies=0, pages=pages)
    three = run(tmp_path / "three", SITE, copies=2, pages=pages)
    assert contents(tmp_path / "one") == contents(tmp_path / "three")
    assert one == three
    assert run(tmp_path / "three", SITE, copies=2, pages=pages)["written"] == 0


def test_a_template_that_fails_in_a_copy_is_the_same_sentence(tmp_path: Path) -> None:
    (tmp_path / "theme" / "templates").mkdir(parents=True)
    (tmp_path / "theme" / "templates" / "unit.html").write_text("{{ filter.nothing }}")
    said = [
        run(tmp_path / "site", SITE, copies=copies, theme=tmp_path / "theme")["error"]
        for copies in (0, 2)
    ]
    assert "template fails" in said[0]
    assert said[0] == said[1]


def test_an_interrupted_build_leaves_no_process_and_no_lock(tmp_path: Path) -> None:
    script = publish_process.__file__
    command = [sys.executable, script, str(tmp_path / "site")]
    slow = {"manifest": "layers=8, filters=80, images=4", "copies": 2}
    process = subprocess.Popen(
        [*command, repr(slow)], env=environment(), start_new_session=True, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("site/net0/*/*.html")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    said = process.communicate(timeout=30)[1].decode()
    assert process.returncode != 0
    assert said.count("Traceback") == 1  # the script's own: copies are silent
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert run(tmp_path / "site", slow["manifest"], copies=0)["written"] > 0


def environment() -> dict[str, str]:
    roots = [Path(convatlas.__file__).parents[1], Path(publish_process.__file__).parents[1]]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))}
