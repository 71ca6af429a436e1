"""A task goes on while the one before it waits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convatlas.lenses.maximize.in_turn import TOGETHER, Waiting, in_turn


class Later(Future[None]):
    """Is done once it was asked for so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def done(self) -> bool:
        self.times -= 1
        return self.times < 0

    def exception(self, timeout: float | None = None) -> None:
        self.times = 0


def task(name: int, waits: list[int], seen: list[tuple[int, int]]) -> Iterator[str | Waiting]:
    """Waits some times, and yields something after each."""
    for number, times in enumerate(waits):
        seen.append((name, number))
        yield Waiting([Later(times)])
        yield f"{name}.{number}"


@given(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=6))
def test_what_tasks_yield_comes_in_their_order(waits: list[list[int]]) -> None:
    seen: list[tuple[int, int]] = []
    found = list(in_turn(task(name, each, seen) for name, each in enumerate(waits)))
    assert found == [f"{n}.{m}" for n, each in enumerate(waits) for m in range(len(each))]
    assert sorted(seen) == [(n, m) for n, each in enumerate(waits) for m in range(len(each))]


def test_the_next_goes_on_while_one_waits_and_no_more() -> None:
    seen: list[tuple[int, int]] = []
    results = in_turn(task(name, [10**6], seen) for name in range(5))
    assert next(results) == "0.0"
    assert seen == [(0, 0), (1, 0)]
    assert TOGETHER == 2


def test_the_earlier_comes_first_where_both_can_go_on() -> None:
    seen: list[tuple[int, int]] = []
    list(in_turn(task(name, [2, 0, 0], seen) for name in range(2)))
    assert seen == [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (1, 2)]


def test_it_waits_where_nothing_else_can_be_done() -> None:
    with ThreadPoolExecutor(1) as pool:

        def waiting() -> Iterator[int | Waiting]:
            future = pool.submit(sleep, 0.2)
            yield Waiting([future])
            assert future.done()
            yield 1

        assert list(in_turn([waiting()])) == [1]


def test_what_a_task_raises_ends_the_others() -> None:
    ended = []

    def good() -> Iterator[int | Waiting]:
        try:
            yield Waiting([Later(10**6)])
        finally:
            ended.append("good")

    def bad() -> Iterator[int | Waiting]:
        yield Waiting()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        list(in_turn(iter([good(), bad()])))
    assert ended == ["good"]
