"""Steps of a batch that are recorded once and replayed, where that gives what plain steps give.

Asking a device for a step takes the host some milliseconds. Where the device computes it in less, a
recording of what was asked for, which is asked for as a whole, saves that time.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from convatlas.errors import describe

log = logging.getLogger("convatlas.maximize")

WARM = 3
"""Plain steps before the recording: libraries choose their kernels, and constants are copied."""

LEFT = 24
"""With fewer steps left than this, little is saved: a recording is tried on some of them first."""

ASKING = 0.8
"""Share of a step's time that asking for it has to take."""

ROUNDING = 0.1
"""How far a replayed step may lead from where a plain one does, as a share of its length.

Kernels that add in any order round differently, and the optimiser divides by small numbers; a
replay of something else leads elsewhere altogether.
"""

Step: TypeAlias = Callable[[], Tensor]


class Recorder(Protocol):
    """Records the work of a device."""

    def wait(self) -> None:
        """Wait until the device has nothing to do."""
        ...

    def record(self, step: Step) -> Step:
        """Return what replays a step on the same tensors, and returns the tensor that it returned.

        Whether the step is performed while it is recorded is left open.
        """
        ...


@dataclass
class Replays:
    """Records the steps of the layers of a network, and remembers what came of it."""

    recorder: Recorder
    asking: float = ASKING
    recorded: Counter[str] = field(default_factory=Counter)
    """How many batches were recorded, by layer."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why batches of a layer are not replayed."""

    def refuse(self, layer: str, reason: str) -> None:
        """Remember and tell that a layer goes on with plain steps."""
        self.refused[layer] = reason
        log.info("%s: steps are asked for one by one: %s", layer, reason)


class Steps:
    """The steps of one batch, whose tensors stay where they are."""

    def __init__(self, state: Sequence[Tensor], layer: str, replays: Replays | None) -> None:
        """Take the tensors [n, ...] that a step changes."""
        self.state, self.layer, self.replays = state, layer, replays
        self.count = 0
        self.asking = 0.0  # share of a step's time that it takes to ask for it
        self.replay: Step | None = None

    def run(self, plain: Step, left: int) -> Tensor:
        """Perform a step, and return what it returns.

        Args:
            plain: Performs a step, always on the same tensors.
            left: The number of steps that the batch still needs at most, with this one.
        """
        if self.replay is not None:
            return self.replay()
        self.count += 1
        replays = self.replays
        if replays is None or self.layer in replays.refused or left < LEFT:
            return plain()
        if self.count == WARM + 1:
            return self._timed(plain, replays)
        if self.count == WARM + 2 and self.asking >= replays.asking:
            self._record(plain, replays)
        return (self.replay or plain)()

    def _timed(self, plain: Step, replays: Replays) -> Tensor:
        """Perform a step, and note how long it takes to ask for it."""
        replays.recorder.wait()
        started = perf_counter()
        result = plain()
        asked = perf_counter()
        replays.recorder.wait()
        self.asking = (asked - started) / (perf_counter() - started)
        return result

    def _record(self, plain: Step, replays: Replays) -> None:
        """Record a step, and keep it if it does what a plain one does."""
        before = copies(self.state)
        reason = "replayed, they lead elsewhere"
        try:
            replay = replays.recorder.record(plain)
            found, expected = (self._after(step, before) for step in (replay, plain))
            if all(map(agree, found, expected, before)):
                self.replay = replay
                replays.recorded[self.layer] += 1
        except Exception as error:  # the network is the user's code, and a recording forbids much
            log.debug("%s", self.layer, exc_info=True)
            reason = describe(error)
        restore(self.state, before)
        if self.replay is None:
            replays.refuse(self.layer, reason)

    def _after(self, step: Step, before: Sequence[Tensor]) -> list[Tensor]:
        """Return the state after two steps: what is the same in the first alone is noticed."""
        restore(self.state, before)
        step()
        step()
        return copies(self.state)


def copies(state: Sequence[Tensor]) -> list[Tensor]:
    """Return copies of tensors."""
    return [each.clone() for each in state]


def restore(state: Sequence[Tensor], before: Sequence[Tensor]) -> None:
    """Write back what tensors held."""
    for each, saved in zip(state, before, strict=True):
        each.copy_(saved)


def agree(replayed: Tensor, plain: Tensor, before: Tensor) -> bool:
    """Return whether two ways from one state lead to the same, but for rounding, in every row.

    What is not finite agrees with nothing.
    """
    apart, far = (
        torch.linalg.vector_norm((end - start).view(len(start), -1).float(), dim=1)
        for end, start in ((replayed, plain), (plain, before))
    )
    return bool((apart <= ROUNDING * far).all())
