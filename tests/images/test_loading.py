"""Pictures decoded ahead: the same arrays in the same order, and nobody left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import convatlas
from convatlas.errors import RenderError
from convatlas.images import loading
from convatlas.images.loading import load, suited

Make = Callable[[int], NDArray[np.uint8]]

needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="processes are used on Linux only")
everywhere = pytest.mark.parametrize("workers", [0, 1, 3])


def picture(index: int) -> NDArray[np.uint8]:
    return np.random.default_rng(index).integers(0, 256, (5, 4, 3), dtype=np.uint8)


def children() -> list[str]:
    """The processes that this one has started and not yet taken leave of, zombies too.

    But for the tracker and the server of forks that multiprocessing starts once and keeps, where
    other tests use them.
    """
    found = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    lines = {each: Path(f"/proc/{each}/cmdline").read_bytes() for each in found}
    kept = (b"resource_tracker", b"multiprocessing.forkserver")
    return [each for each, line in lines.items() if not any(name in line for name in kept)]


@pytest.fixture(autouse=True)
def no_child_is_left() -> object:
    yield
    if sys.platform == "linux":
        assert not children()


@everywhere
@pytest.mark.parametrize(("count", "batch"), [(0, 4), (1, 4), (4, 4), (23, 4), (7, 1)])
def test_all_come_in_order(workers: int, count: int, batch: int) -> None:
    found = list(load(range(count), picture, batch, workers))
    assert [first for first, _ in found] == list(range(0, count, batch))
    for first, pixels in found:
        assert pixels.dtype == np.uint8
        expected = [picture(index) for index in range(first, min(first + batch, count))]
        assert np.array_equal(pixels, np.stack(expected))


@everywhere
def test_some_of_a_set_in_an_order_of_their_own(workers: int) -> None:
    indices = [9, 2, 2, 30]
    (first, pixels), (second, last) = load(indices, picture, 3, workers)
    assert (first, second) == (0, 3)
    assert np.array_equal(pixels, np.stack([picture(9), picture(2), picture(2)]))
    assert np.array_equal(last[0], picture(30))


@everywhere
def test_large_pictures_pass_through_the_pipe(workers: int) -> None:
    def large(index: int) -> NDArray[np.uint8]:
        return np.full((300, 300, 3), index, np.uint8)

    for first, pixels in load(range(12), large, 4, workers):
        assert pixels.shape == (4, 300, 300, 3)
        assert pixels[:, 0, 0, 0].tolist() == [first, first + 1, first + 2, first + 3]


@everywhere
def test_only_a_few_batches_are_ahead(workers: int, tmp_path: Path) -> None:
    def large(index: int) -> NDArray[np.uint8]:
        (tmp_path / str(index)).touch()
        return np.zeros((200, 200, 3), np.uint8)

    batches = load(range(200), large, 2, workers)
    for taken in range(1, 21):
        next(batches)
        time.sleep(0.01)
        ahead = len(list(tmp_path.iterdir())) / 2 - taken
        assert ahead <= max(workers + 0.5, loading.THREADS + 1)
    batches.close()


class Odd(Exception):
    """Cannot be made anew from what it says."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


class Longer(Exception):
    """Says more each time that it is made anew."""

    def __init__(self, text: str) -> None:
        super().__init__(f"sadly, {text}")


@everywhere
@pytest.mark.parametrize(
    "error",
    [
        RenderError("photos: a.jpg has changed meanwhile; build again"),
        ValueError("no"),
        KeyError(3),
    ],
)
def test_errors_come_as_they_are(workers: int, error: Exception) -> None:
    def failing(index: int) -> NDArray[np.uint8]:
        if index == 9:
            raise error
        return picture(index)

    found = []
    with pytest.raises(type(error)) as caught:
        found += [first for first, _ in load(range(40), failing, 2, workers)]
        pytest.fail("nothing was raised")
    assert type(caught.value) is type(error)
    assert str(caught.value) == str(error)
    assert "Traceback" not in "".join(map(str, [caught.value, caught.value.__cause__]))


@everywhere
def test_what_came_before_an_error_is_given(workers: int) -> None:
    def failing(index: int) -> NDArray[np.uint8]:
        if index == 9:
            raise RenderError("no")
        return picture(index)

    found = []
    with pytest.raises(RenderError):
        for first, _ in load(range(40), failing, 2, workers):
            found.append(first)
    assert found == [0, 2, 4, 6]


@needs_fork
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Odd("this", "that"), "Odd: this and that in test_loading.py"),
        (Longer("no"), "Longer: sadly, no in test_loading.py"),
    ],
)
def test_an_error_that_no_pipe_takes_is_told_all_the_same(error: Exception, said: str) -> None:
    def failing(index: int) -> NDArray[np.uint8]:
        raise error

    with pytest.raises(RenderError, match=said):
        list(load(range(4), failing, 2, 1))


@needs_fork
@pytest.mark.parametrize("index", [0, 7, 39])
def test_a_killed_worker_is_told_with_the_remedy(index: int) -> None:
    def killed(number: int) -> NDArray[np.uint8]:
        if number == index:
            os.kill(os.getpid(), signal.SIGKILL)
        return picture(number)

    with pytest.raises(RenderError, match=r"was killed \(SIGKILL\).*memory.*build again"):
        list(load(range(40), killed, 4, 2))


@needs_fork
def test_a_worker_that_leaves_is_told() -> None:
    with pytest.raises(RenderError, match="ended by itself"):
        list(load(range(8), lambda index: os._exit(3), 4, 1))


@needs_fork
@pytest.mark.parametrize("taken", [1, 2, 9])
def test_closed_early_it_leaves_nobody_behind(taken: int) -> None:
    def large(index: int) -> NDArray[np.uint8]:  # so that nobody is done before it is taken
        return np.zeros((200, 200, 3), np.uint8)

    batches = load(range(400), large, 4, 3)
    for _ in range(taken):
        next(batches)
    assert len(children()) == 3
    batches.close()
    assert not children()


@needs_fork
def test_workers_that_hang_do_not_keep_anybody() -> None:
    def hanging(index: int) -> NDArray[np.uint8]:
        if index > 3:
            time.sleep(600)
        return picture(index)

    batches = load(range(400), hanging, 4, 3)
    next(batches)
    began = time.monotonic()
    batches.close()
    assert time.monotonic() - began < 300


@needs_fork
def test_an_iterator_that_is_forgotten_leaves_nobody_behind() -> None:
    batches = load(range(400), picture, 4, 2)
    next(batches)
    del batches
    assert not children()


@needs_fork
def test_the_work_is_done_elsewhere_and_closures_need_no_name() -> None:
    secret = threading.Lock()  # which nothing can pickle

    def where(index: int) -> NDArray[np.uint8]:
        with secret:
            return np.array([[[os.getpid() % 256, os.getpid() // 256 % 256]]], np.uint8)

    def processes(workers: int) -> set[tuple[int, ...]]:
        return {tuple(pixels[0, 0, 0]) for _, pixels in load(range(8), where, 1, workers)}

    own = (os.getpid() % 256, os.getpid() // 256 % 256)
    assert processes(0) == {own}
    assert len(processes(2)) == 2
    assert own not in processes(2)


def test_where_processes_cannot_be_doubled_threads_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(loading, "_fork", None)
    found = list(load(range(70), picture, 8, 2))
    assert sum(len(pixels) for _, pixels in found) == 70


@needs_fork
def test_a_system_that_allows_no_further_process_gets_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*arguments: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(loading, "_fork", refused)
    assert len(list(load(range(70), picture, 8, 2))) == 9


@needs_fork
def test_beside_threads_nothing_is_warned_of() -> None:
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert len(list(load(range(8), picture, 4, 1))) == 2
    stop.set()
    other.join()
    assert not warned


@needs_fork
def test_data_sets_may_use_torch_even_where_it_has_threads() -> None:
    code = """
import numpy as np, torch
from convatlas.images.loading import load
torch.set_num_threads(4)
weight = torch.rand(400, 400)
weight @ weight  # so that torch's threads are there, which a fork does not copy
def make(index):
    return ((weight @ weight).exp() > 0).numpy().astype(np.uint8)[:, :, None]
print(sum(int(pixels.sum()) for _, pixels in load(range(8), make, 2, 2)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment()
    )
    assert done.stdout.strip() == str(8 * 400 * 400), done.stderr


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(convatlas.__file__).parent.parent)}


ENDLESS = """
import signal, time, numpy as np
signal.signal(signal.SIGINT, signal.default_int_handler)  # shells may have it ignored
from convatlas.images.loading import load
def make(index):
    return np.zeros((100, 100, 3), np.uint8)
for first, pixels in load(range(10**9), make, 4, 2):
    if first == 40:
        children = open(f"/proc/self/task/{__import__('os').getpid()}/children").read()
        print(children, flush=True)
    time.sleep(0.01)
"""


def _alive(process: str) -> bool:
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@needs_fork
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_the_first_process_ends_the_others(end: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env=environment(),
    ) as first:  # fmt: skip
        assert first.stdout
        assert first.stderr
        others = first.stdout.readline().split()
        assert len(others) == 2
        if end == signal.SIGINT:  # as a terminal does: to all of them
            os.killpg(first.pid, end)
        else:
            first.send_signal(end)
        said = first.communicate(timeout=20)[1]  # ends once nobody is left who could write
        assert first.returncode
    assert said.count("Traceback") == (end == signal.SIGINT)
    deadline = time.monotonic() + 10
    while any(map(_alive, others)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(_alive, others))


def test_how_many_processes_suit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert suited(loading.FEW - 1) == 0
    for cores, expected in ((1, 1), (2, 1), (4, 2), (16, 8), (96, 8)):
        monkeypatch.setattr(loading, "cores", lambda cores=cores: cores)
        assert suited(loading.FEW) == expected


@needs_fork
def test_a_daemon_may_have_no_children_and_has_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    context = multiprocessing.get_context("fork")
    out, end = context.Pipe(duplex=False)

    def inside() -> None:
        end.send(len(list(load(range(70), picture, 8, 2))))

    process = context.Process(target=inside, daemon=True)
    process.start()
    assert out.recv() == 9
    process.join()


def test_torch_is_not_needed() -> None:
    code = "import sys, convatlas.images.loading; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment()).returncode == 0
