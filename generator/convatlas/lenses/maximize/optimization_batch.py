"""A batch of pictures that are optimised together; slots that are finished take new jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convatlas.lenses.maximize.diversity import likeness, pushed
from convatlas.lenses.maximize.history import SHOWN, History, frames, on_host
from convatlas.lenses.maximize.objectives import objective, rivals
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.optimizer import optimizer_of
from convatlas.lenses.maximize.parameterizations import Parameterization
from convatlas.lenses.maximize.philox import halves
from convatlas.lenses.maximize.progress import settled
from convatlas.lenses.maximize.recipe import Recipe, Size
from convatlas.lenses.maximize.regularizers import regularizer
from convatlas.lenses.maximize.replays import Steps
from convatlas.lenses.maximize.transforms import affines, move, noisy, padded, seen
from convatlas.network.responses import normalise


@dataclass(frozen=True)
class Job:
    """A picture to make: random key, filter, and sign (1 to maximise, -1 to minimise)."""

    key: str
    filter: int
    sign: int


@dataclass(frozen=True)
class Made:
    """A picture [channels, h, w] from 0 to 1, its history, and which pixels counted.

    ``attention`` [h, w] is the sum of the absolute gradients over all steps, for phase canvases
    only.
    """

    picture: Tensor
    history: History
    attention: Tensor | None = None


class OptimizationBatch:
    """Pictures being optimised, one per slot, independent of each other.

    The exception are members of a group that are pushed apart.
    """

    def __init__(
        self,
        target: OptimizationTarget,
        recipe: Recipe,
        canvas: Parameterization,
        size: Size,
        jobs: Sequence[Job],
        start: Tensor | None = None,
        first: int = 0,
    ) -> None:
        self.target, self.recipe, self.canvas, self.size = target, recipe, canvas, size
        self.first = first  # the index of the first step
        count, device = len(jobs), target.device
        self.rows = torch.arange(count, device=device)
        self.keys, self.filters, self.signs = _columns(jobs, device)
        self.parameters = canvas.start(self.keys) if start is None else start
        self.optimizer = optimizer_of(self.parameters, recipe.optimiser, recipe.rate)
        self.steps = torch.zeros(count, dtype=torch.int64, device=device)
        self.done = [0] * count  # the same on the CPU
        self.values = torch.zeros(count, recipe.steps, device=device)
        self.frames: list[dict[int, Tensor]] = [{} for _ in jobs]
        self.attention = torch.zeros(count, *size, device=device)
        self.moves = self._moves(self.keys)
        self.runs = self._steps()

    def _steps(self) -> Steps:
        """Return the steps of the batch as it is: of pictures that stay in their slots."""
        state = [self.parameters, self.steps, self.values, self.attention, *self.optimizer.state]
        return Steps(state, self.target.layer.name, self.target.replays)

    def _moves(self, keys: Tensor) -> Tensor | None:
        return affines(keys, self.recipe, self._padded, self.first) if self.recipe.moves else None

    @property
    def _padded(self) -> Size:
        return self.size[0] + 2 * self.recipe.pad, self.size[1] + 2 * self.recipe.pad

    def give(self, slots: Sequence[int], jobs: Sequence[Job]) -> None:
        """Assign new jobs to some slots."""
        rows = torch.tensor(slots, device=self.rows.device)
        keys, filters, signs = _columns(jobs, self.rows.device)
        self.keys[rows], self.filters[rows], self.signs[rows] = keys, filters, signs
        self.parameters[rows] = self.canvas.start(keys)
        self.optimizer.restart(rows)
        self.steps.index_fill_(0, rows, 0)
        self.attention.index_fill_(0, rows, 0)
        moves = self._moves(keys)
        if self.moves is not None and moves is not None:
            self.moves[rows] = moves
        for slot in slots:
            self.done[slot], self.frames[slot] = 0, {}

    def keep(self, slots: Sequence[int]) -> None:
        """Go on with some slots alone, which are then numbered from 0."""
        rows = torch.tensor(slots, device=self.rows.device)
        self.optimizer = self.optimizer.kept(rows)
        self.parameters = self.optimizer.parameters
        self.rows = self.rows[: len(slots)]
        self.keys, self.filters, self.signs = self.keys[rows], self.filters[rows], self.signs[rows]
        self.steps, self.values = self.steps[rows], self.values[rows]
        self.attention = self.attention[rows]
        self.moves = None if self.moves is None else self.moves[rows]
        self.done = [self.done[slot] for slot in slots]
        self.frames = [self.frames[slot] for slot in slots]
        self.runs = self._steps()

    def step(self) -> None:
        """Perform one step for every picture."""
        pictures = self.runs.run(self._compute, left=self.recipe.steps - min(self.done))
        self._keep_frames(pictures)
        self.done = [done + 1 for done in self.done]

    def _compute(self) -> Tensor:
        """Perform a step on the device, and return the pictures [n, c, h, w] as they were before.

        It reads and writes tensors that stay where they are, and nothing that changes from step to
        step is on the host, so that what it asks for can be replayed.
        """
        parameters = self.parameters.detach().requires_grad_()
        pictures = self.canvas.to_image(parameters)
        responses = self._respond(self._moved(pictures))
        values = objective(self.recipe, responses, self.filters)
        gain = self.signs * values - regularizer(self.recipe, pictures)
        if self.recipe.others:
            other = rivals(self.recipe, responses, self.filters, self.signs)
            gain = gain - self.recipe.others * self.signs * other
        self._climb(gain.sum(), parameters, pictures, responses)
        self.values[self.rows, self.steps] = values.detach()
        self.steps += 1
        return pictures.detach()

    def _moved(self, pictures: Tensor) -> Tensor:
        recipe = self.recipe
        shown = padded(pictures, recipe.pad)
        if self.moves is not None:
            shown = move(shown, self.moves[self.rows, self.steps], seen(recipe, self._padded))
        return noisy(shown, self.keys, self.first + self.steps, recipe.noise)

    def _respond(self, shown: Tensor) -> Tensor:
        inputs = normalise(shown, self.target.preprocessing)
        inputs = inputs.to(self.target.precision, memory_format=torch.channels_last)
        return self.target.respond(inputs)

    def _climb(self, gain: Tensor, parameters: Tensor, pictures: Tensor, responses: Tensor) -> None:
        group = self.recipe.members > 1
        gradient, *rest = torch.autograd.grad(
            gain, [parameters, pictures], retain_graph=group, materialize_grads=True
        )
        if self.recipe.canvas == "phase":
            self.attention += rest[0].abs().mean(dim=1)
        if group:
            alike = likeness(responses, self.recipe.members)
            gradient = pushed(gradient, torch.autograd.grad(alike, parameters)[0])
        self.optimizer.step(gradient, self._share())

    def _share(self) -> Tensor | None:
        """Return the fraction of the learning rate for each picture's step [n]; None: all of it."""
        if not self.recipe.decay:
            return None
        steps = self.recipe.steps * (self.recipe.growths + 1)
        left = (steps - self.first - self.steps) / (steps * self.recipe.decay)
        return left.clamp(max=1)

    def _keep_frames(self, pictures: Tensor) -> None:
        slots = [slot for slot, done in enumerate(self.done) if self.first + done in SHOWN]
        if slots:
            # Stacked, because a list of indices would have to be copied to the device.
            shown = torch.stack([pictures[slot] for slot in slots])
            kept = frames(shown, self.recipe.sizes[-1])
            for slot, frame in zip(slots, kept, strict=True):
                self.frames[slot][self.first + self.done[slot]] = frame

    def finished(self) -> list[int]:
        """Return the slots whose picture has done all its steps or has stopped improving."""
        early, tolerance = [False] * len(self.done), self.recipe.tolerance
        if tolerance:
            early = settled(self.done, self.steps, self.values, self.signs, tolerance)
        return [
            slot for slot, done in enumerate(self.done) if done == self.recipe.steps or early[slot]
        ]

    def made(self, slots: Sequence[int]) -> list[Made]:
        """Return the current pictures of some slots."""
        rows = torch.tensor(slots, device=self.rows.device)
        with torch.no_grad():
            pictures = self.canvas.to_image(self.parameters[rows]).detach()
        histories = self._histories(slots, rows, frames(pictures, self.recipe.sizes[-1]))
        return [
            Made(picture, history, self._attention(slot))
            for slot, picture, history in zip(slots, pictures, histories, strict=True)
        ]

    def _attention(self, slot: int) -> Tensor | None:
        return self.attention[slot].clone() if self.recipe.canvas == "phase" else None

    def _histories(self, slots: Sequence[int], rows: Tensor, last: Tensor) -> list[History]:
        """Return the histories of some slots, all in one copy from the device."""
        kept = [
            {**self.frames[slot], self.first + self.done[slot]: frame}
            for slot, frame in zip(slots, last, strict=True)
        ]
        pixels = iter(on_host(torch.stack([frame for each in kept for frame in each.values()])))
        values = self.values[rows].tolist()
        return [
            History({step: next(pixels) for step in each}, value[: self.done[slot]])
            for slot, each, value in zip(slots, kept, values, strict=True)
        ]


def _columns(jobs: Sequence[Job], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return the generator's keys [n, 2], the filters [n] and the signs [n] of jobs."""
    table = torch.tensor([(*halves(job.key), job.filter, job.sign) for job in jobs], device=device)
    return table[:, :2].contiguous(), table[:, 2].contiguous(), table[:, 3].contiguous()
