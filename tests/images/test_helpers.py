"""Processes that do tasks for this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from functools import partial

import pytest

from convatlas.errors import RenderError
from convatlas.forked import may_fork
from convatlas.images.helpers import HelperLost, Helpers

forks = pytest.mark.skipif(not may_fork(), reason="this process cannot be forked")


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def refused(number: int) -> int:
    raise RenderError(f"no {number}")


def deadly(number: int, deathly: int) -> int:
    if number == deathly:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("processes", [False, pytest.param(True, marks=forks)])
def test_results_come_in_the_order_of_the_items(processes: bool) -> None:
    helpers = Helpers(3, processes=processes)
    try:
        found = [future.result() for future in helpers.submit(squared, range(40))]
        assert [square for square, _ in found] == [number * number for number in range(40)]
        used = {process for _, process in found}
        assert os.getpid() not in used if processes else used == {os.getpid()}
        (failing,) = helpers.submit(refused, [3])
        with pytest.raises(RenderError, match=r"^no 3$"):
            failing.result()
        assert helpers.submit(squared, [9])[0].result()[0] == 81
    finally:
        helpers.close()
    assert not multiprocessing.active_children()


@forks
def test_more_than_a_pipe_holds_goes_both_ways() -> None:
    helpers = Helpers(2)
    items = [bytes([number]) * 300_000 for number in range(8)]
    try:
        assert [future.result() for future in helpers.submit(bytes, items)] == items
    finally:
        helpers.close()


@forks
def test_a_helper_that_is_killed_is_told_with_the_remedy() -> None:
    helpers = Helpers(1)
    try:
        fine, dying, after = helpers.submit(partial(deadly, deathly=1), range(3))
        assert fine.result() == 0
        for future in (dying, after):
            with pytest.raises(
                HelperLost,
                match=r"^a process that encoded pictures was killed \(SIGKILL\), as happens when"
                r" memory runs out; free some memory and build again$",
            ):
                future.result()
    finally:
        helpers.close()
    assert not multiprocessing.active_children()


@forks
def test_what_is_not_done_is_given_up() -> None:
    helpers = Helpers(2)
    helpers.submit(time.sleep, [60] * 5)
    started = time.monotonic()
    helpers.close()
    assert time.monotonic() - started < 30
    assert not multiprocessing.active_children()


def test_where_no_process_may_be_forked_there_are_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convatlas.images.helpers.may_fork", lambda: False)
    helpers = Helpers(2)
    try:
        assert helpers.submit(squared, [3])[0].result() == (9, os.getpid())
    finally:
        helpers.close()
