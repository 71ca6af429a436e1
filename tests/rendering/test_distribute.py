"""Pieces among workers that die: everything is finished once, or fails after enough attempts."""

from __future__ import annotations

import logging
import random
from collections import Counter, deque
from collections.abc import Mapping, Sequence

import pytest

from convatlas.errors import ClusterError
from convatlas.lenses.attribution.lens import Attribution
from convatlas.lenses.base import Batch, Failed, Piece
from convatlas.lenses.examples.lens import Examples
from convatlas.lenses.registry import lens_of
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest
from convatlas.rendering.distribute import LEAST, RETRIES, SHARES, Distribution, Part, cut
from convatlas.rendering.executors import Task
from convatlas.rendering.messages import Answer, Expected, Lost, Ready, Reply, Source, Study
from support import nets
from support.contexts import render_context_of

CONTEXT = render_context_of(nets.Small()).plan


def request(number: int, lens: str = "kernels", picture: str = "") -> RecordRequest:
    return RecordRequest(f"{lens}/{number}", lens, "conv1", number, recipe={"picture": picture})


class ScriptedPool:
    """Workers that finish a request an answer, in any order, and die where a script says so.

    A worker that finds a request in ``deadly`` dies, as often as it says there.
    """

    device = "cpu"

    def __init__(self, size: int, deadly: Mapping[str, int] = {}, seed: int = 0) -> None:
        self.size = size
        self.deadly = Counter(deadly)
        self.draw = random.Random(seed)
        self.told: dict[int, Study] = {}
        self.rest: dict[int, deque[RecordRequest]] = {}
        self.asked: set[int] = set()  # who has a call under way
        self.starting = set(range(size))
        self.begun: list[Piece] = []
        self.pictures: list[set[str]] = []

    def use(self, source: Source, expected: Expected) -> None: ...

    def free(self) -> Sequence[int]:
        return [n for n in range(self.size) if n not in self.starting | self.asked]

    def begin(
        self, worker: int, study: Study | None, pictures: Mapping[str, bytes], piece: Piece
    ) -> None:
        assert worker in self.free()
        if study is not None:
            self.told[worker] = study
        assert worker in self.told  # a new worker knows nothing
        self.rest[worker] = deque(piece)
        self.begun.append(piece)
        self.pictures.append(set(pictures))
        self.asked.add(worker)

    def more(self, worker: int) -> None:
        assert worker in self.free()
        self.asked.add(worker)

    def wait(self) -> tuple[int, Reply]:
        worker = self.draw.choice(sorted(self.starting | self.asked))
        if worker in self.starting:
            self.starting.remove(worker)
            return worker, Ready()
        self.asked.remove(worker)
        rest = self.rest[worker]
        if rest and self.deadly[rest[0].key]:
            self.deadly[rest[0].key] -= 1
            self.told.pop(worker)
            self.starting.add(worker)
            return worker, Lost("it fell over")
        if not rest:
            return worker, Answer(None)
        each = rest.popleft()
        return worker, Answer([(each, Record({"place": each.item}))])


def finished(pool: ScriptedPool, pieces: Sequence[Piece], pictures: Sequence[str] = ()) -> list:
    lens = pieces[0][0].lens
    task = Task(CONTEXT, lens, RecordIndex(), {name: name.encode() for name in pictures})
    return list(Distribution(pool, task, deque(map(Part.of, pieces))).finished())


def keys(results: Sequence[Batch | Failed]) -> Counter[str]:
    batches = [each for each in results if not isinstance(each, Failed)]
    return Counter(request.key for batch in batches for request, _ in batch)


PIECES = [[request(10 * piece + place) for place in range(5)] for piece in range(6)]
ALL = Counter(each.key for piece in PIECES for each in piece)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("workers", [1, 2, 9])
def test_every_request_is_finished_once_whoever_dies(workers: int, seed: int) -> None:
    draw = random.Random(seed)
    deadly = {each: draw.randint(0, 1) for each in ALL}
    pool = ScriptedPool(workers, deadly, seed)
    assert keys(finished(pool, PIECES)) == ALL


def test_of_a_lost_piece_only_the_rest_is_rendered_again() -> None:
    pool = ScriptedPool(1, {PIECES[0][3].key: 1})
    assert keys(finished(pool, PIECES[:1])) == Counter(each.key for each in PIECES[0])
    assert pool.begun == [PIECES[0], PIECES[0][3:]]


def test_a_piece_that_kills_its_workers_fails_and_the_others_are_finished() -> None:
    deadly = PIECES[2][1]
    pool = ScriptedPool(2, {deadly.key: 99})
    results = finished(pool, PIECES)
    (failed,) = (each for each in results if isinstance(each, Failed))
    assert failed.requests == PIECES[2][1:]
    assert failed.reason == "kernels: 4 workers have died with it (it fell over)"
    assert pool.begun.count(PIECES[2][1:]) == RETRIES
    assert keys(results) == ALL - Counter(each.key for each in PIECES[2][1:])


def test_a_worker_that_dies_after_all_is_finished_costs_nothing() -> None:
    class Late(ScriptedPool):
        def wait(self) -> tuple[int, Reply]:
            worker, reply = super().wait()
            return worker, Lost("late") if reply == Answer(None) else reply

    pool = Late(1)
    assert keys(finished(pool, PIECES[:1])) == Counter(each.key for each in PIECES[0])
    assert len(pool.begun) == 1


def test_what_a_given_up_task_left_with_a_worker_goes_nowhere() -> None:
    pool = ScriptedPool(2)
    task = Task(CONTEXT, "kernels", RecordIndex(), {})
    given_up = Distribution(pool, task, deque(map(Part.of, PIECES[:2]))).finished()
    next(given_up)
    assert keys(finished(pool, PIECES[2:])) == Counter(e.key for p in PIECES[2:] for e in p)


def test_a_piece_brings_its_own_pictures_alone() -> None:
    pieces = [
        [request(0, "transfer", "a"), request(1, "transfer", "b")],
        [request(2, "transfer", "c")],
    ]
    pool = ScriptedPool(1)
    finished(pool, pieces, ["a", "b", "c", "d"])
    assert pool.pictures == [{"a", "b"}, {"c"}]


def test_what_workers_log_is_logged_here(caplog) -> None:
    class Talking(ScriptedPool):
        def wait(self) -> tuple[int, Reply]:
            worker, reply = super().wait()
            record = logging.LogRecord("convatlas.there", 30, "", 0, "memory is low", (), None)
            return worker, Answer(reply.finished, [record]) if isinstance(reply, Answer) else reply

    finished(Talking(1), [PIECES[0][:1]])
    assert caplog.messages == ["memory is low"] * 2


def test_a_pool_without_workers_ends_it() -> None:
    class Gone(ScriptedPool):
        def wait(self) -> tuple[int, Reply]:
            raise ClusterError("it is gone")

    with pytest.raises(ClusterError, match="gone"):
        finished(Gone(1), PIECES)


def test_pieces_are_cut_where_a_lens_allows_it() -> None:
    piece = [request(number) for number in range(1000)]
    assert list(cut(Examples.name, [piece], 4)) == [piece]
    parts = list(cut(Attribution.name, [piece, piece[:10]], 4))
    assert [each for part in parts for each in part] == piece + piece[:10]
    assert max(map(len, parts)) == max(LEAST, -(-1010 // (4 * SHARES)))
    assert list(cut(Attribution.name, [piece[:LEAST]], 100)) == [piece[:LEAST]]


def test_a_lens_that_passes_over_all_images_is_not_cut() -> None:
    assert not lens_of("examples").divisible
    assert not lens_of("statistics").divisible
