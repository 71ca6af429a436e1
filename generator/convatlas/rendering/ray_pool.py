"""A pool of workers in Ray, on this machine or on a cluster."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from convatlas.errors import ClusterError, brief, message
from convatlas.lenses.base import Piece
from convatlas.rendering.messages import (
    Expected,
    Lost,
    Ready,
    Refused,
    Reply,
    Source,
    Study,
    Surroundings,
)
from convatlas.rendering.worker import Worker

log = logging.getLogger("convatlas.render")

NOTICE_SECONDS = 60
"""After how long without any worker to say so."""
PATIENCE_SECONDS = 300
"""After how long without any worker to give up."""
STARTS = 4
"""How often a worker may die in a row before it is ready."""


@dataclass
class _Seat:
    """A worker's place: its actor, what it was asked last, and how often it died in a row."""

    actor: Any
    call: Any
    current: bool = False  # whether it has opened the network in use
    deaths: int = 0


@dataclass
class RayPool:
    """Workers that are Ray actors, each with a GPU or some threads of its own."""

    ray: Any
    where: str
    size: int
    device: str
    threads: int
    alive: Callable[[], None]
    """Raises an OSError where Ray itself would wait for a cluster that is gone."""
    patience: float = PATIENCE_SECONDS
    _seats: dict[int, _Seat] = field(default_factory=dict)
    _expected: Expected | None = None
    _since: float = 0.0  # when there was a worker at last

    def use(self, source: Source, expected: Expected) -> None:
        """Let all workers open a network, unless it is the one that they have; wait for the first.

        Raises:
            ClusterError: there are no workers, or they cannot render for this network.
        """
        if expected == self._expected:
            return
        with self._reported():
            sent = self.ray.put(_pickled(self.ray, source, expected.network.name))
            self._opening = (Surroundings.here(self.threads), sent, self.ray.put(expected))
            for number in range(self.size):
                seat = self._seats.get(number)
                self._open(number, seat.actor if seat else self._hired())
        self._expected, self._since = expected, time.monotonic()
        while not self.free():
            self.wait()

    def free(self) -> Sequence[int]:
        """Return the workers that have opened the network and have nothing to do."""
        return [n for n, seat in self._seats.items() if seat.current and seat.call is None]

    def begin(
        self, worker: int, study: Study | None, pictures: Mapping[str, bytes], piece: Piece
    ) -> None:
        """Give a free worker a piece."""
        with self._reported():
            seat = self._seats[worker]
            seat.call = seat.actor.begin.remote(study, pictures, piece)

    def more(self, worker: int) -> None:
        """Let a free worker go on with its piece."""
        with self._reported():
            seat = self._seats[worker]
            seat.call = seat.actor.more.remote()

    def wait(self) -> tuple[int, Reply]:
        """Wait until a worker is ready, has an answer or is lost; return which, and its reply.

        Raises:
            ClusterError: there are no workers, or they cannot render for this network.
        """
        with self._reported():
            worker = self._next()
            seat = self._seats[worker]
            reply, seat.call = self._reply(seat.call), None
            if isinstance(reply, Refused):
                raise ClusterError(f"--on {self.where}: {reply.reason}")
            if isinstance(reply, Ready):
                seat.current, seat.deaths = True, 0
            if isinstance(reply, Lost):
                self._replace(worker, reply.reason)
        return worker, reply

    def close(self) -> None:
        """End all workers, whatever they are doing; those of a cluster that is gone have ended."""
        while self._seats and self.ray.is_initialized():
            self.ray.kill(self._seats.popitem()[1].actor)

    def _next(self) -> int:
        """Return the worker that has replied, or is lost, first."""
        noticed = False
        while True:
            if not self.ray.is_initialized():  # or it would look for another cluster
                raise ConnectionError("the connection is lost")
            calls = [seat.call for seat in self._seats.values() if seat.call is not None]
            replied, _ = self.ray.wait(calls, timeout=1)
            if replied:
                return next(n for n, seat in self._seats.items() if seat.call == replied[0])
            self.alive()
            if any(seat.current for seat in self._seats.values()):
                self._since = time.monotonic()
            waited = time.monotonic() - self._since
            if not noticed and waited > NOTICE_SECONDS:
                log.warning("--on %s: no worker is ready; each needs %s", self.where, self._wanted)
                noticed = True
            if waited > self.patience:
                raise ClusterError(
                    f"--on {self.where}: no worker has started within {self.patience:.0f} seconds;"
                    f" `ray status` says whether the cluster has {self._wanted} free"
                )

    @property
    def _wanted(self) -> str:
        return "a GPU" if self.device == "cuda" else "a processor"

    def _reply(self, call: Any) -> Reply:
        try:
            reply: Reply = self.ray.get(call)
        except self.ray.exceptions.RayError as error:
            return Lost(told(error))
        return reply

    def _hired(self) -> Any:
        """Return a new actor, which waits for its resources."""
        gpus = 1 if self.device == "cuda" else 0
        wanted = {"num_cpus": 0 if gpus else 1, "num_gpus": gpus, "scheduling_strategy": "SPREAD"}
        level = logging.getLogger("convatlas").getEffectiveLevel()
        return self.ray.remote(Worker).options(**wanted).remote(level)

    def _open(self, number: int, actor: Any, deaths: int = 0) -> None:
        """Let an actor open the network in use."""
        self._seats[number] = _Seat(actor, actor.open.remote(*self._opening), deaths=deaths)

    def _replace(self, worker: int, reason: str) -> None:
        """Hire another worker in a lost one's place, unless too many died there.

        Raises:
            ClusterError: there is no worker any more.
        """
        seat = self._seats.pop(worker)
        self.ray.kill(seat.actor)
        if seat.deaths + 1 < STARTS:
            self._open(worker, self._hired(), seat.deaths + 1)
        elif not self._seats:
            raise ClusterError(f"--on {self.where}: no worker could be started ({reason})")

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Say in a sentence that the cluster is gone."""
        try:
            yield
        except (OSError, self.ray.exceptions.RayError) as error:
            raise ClusterError(
                f"--on {self.where}: the cluster is gone ({told(error)}); what was finished is in"
                " the store, so build again when it is back"
            ) from error


def _pickled(ray: Any, source: Source, network: str) -> bytes:
    """Return what opens a network elsewhere, with the network itself if it is in memory.

    Raises:
        ClusterError: the network has something that cannot be sent.
    """
    try:
        return bytes(ray.cloudpickle.dumps(source))
    except Exception as error:  # the network is the user's code
        log.debug("%s", network, exc_info=True)
        reason = f"the network '{network}' cannot be sent to another process ({message(error)})"
        raise ClusterError(f"{reason}; give its `source`, or build without --on") from error


def told(error: Exception) -> str:
    """Say what an error of Ray is about, whose last line tells it, without Ray's insides."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    last = lines[-1] if lines else type(error).__name__
    if "its worker process has died" in last:
        return "its process was killed, as happens when memory runs out"
    return brief(last.partition(". Owner Id:")[0], 200)
