"""A batch of pictures that are optimised together; slots that are finished take new jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convatlas.lenses.maximize.diversity import likeness, pushed
from convatlas.lenses.maximize.history import SHOWN, History, frames, on_host
from convatlas.lenses.maximize.objectives import objective, rivals
from convatlas.lenses.maximize.optimizer import optimizer_of
from convatlas.lenses.maximize.parameterizations import Parameterization
from convatlas.lenses.maximize.philox import halves
from convatlas.lenses.maximize.recipe import Recipe, Size
from convatlas.lenses.maximize.regularizers import regularizer
from convatlas.lenses.maximize.transforms import affines, move, noisy, padded, seen
from convatlas.model.records import Layer, Preprocessing
from convatlas.network.device import reproducible
from convatlas.network.paths import Paths
from convatlas.network.responses import normalise, respond

WINDOW = 16
"""Number of steps between checks of a picture's progress, and in each of the compared means."""


@dataclass(frozen=True)
class OptimizationTarget:
    """What pictures are optimised for: a layer of a network, in the precision to compute in.

    ``single`` is whether the network is shown one picture at a time; ``paths`` tells on which
    canvases it takes the recorded path.
    """

    module: nn.Module
    layer: Layer
    preprocessing: Preprocessing
    device: torch.device
    precision: torch.dtype
    single: bool = False
    paths: Paths | None = None

    @property
    def reproducible(self) -> bool:
        """Whether equal bytes are promised, so that batches have to keep their size: on a CPU."""
        return reproducible(self.device)

    def respond(self, inputs: Tensor) -> Tensor:
        """Return the layer's responses [n, filters, height, width].

        Raises:
            NetworkError: the network takes another path on such a canvas, or does not answer each
                picture with a map.
        """
        if self.paths is not None:
            height, width = inputs.shape[-2:]
            self.paths.check(self.layer.name, (height, width))
        return respond(self.module, self.layer, inputs, single=self.single)


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

    def step(self) -> None:
        """Perform one step for every picture."""
        parameters = self.parameters.detach().requires_grad_()
        pictures = self.canvas.to_image(parameters)
        self._keep_frames(pictures)
        responses = self._respond(self._moved(pictures))
        values = objective(self.recipe, responses, self.filters)
        gain = self.signs * values - regularizer(self.recipe, pictures)
        if self.recipe.others:
            other = rivals(self.recipe, responses, self.filters, self.signs)
            gain = gain - self.recipe.others * self.signs * other
        self._climb(gain.sum(), parameters, pictures, responses)
        self.values[self.rows, self.steps] = values.detach()
        self.steps += 1
        self.done = [done + 1 for done in self.done]

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
            shown = torch.stack([pictures.detach()[slot] for slot in slots])
            kept = frames(shown, self.recipe.sizes[-1])
            for slot, frame in zip(slots, kept, strict=True):
                self.frames[slot][self.first + self.done[slot]] = frame

    def finished(self) -> list[int]:
        """Return the slots whose picture has done all its steps or has stopped improving."""
        settled = self._settled() if self.recipe.tolerance else [False] * len(self.done)
        return [
            slot
            for slot, done in enumerate(self.done)
            if done == self.recipe.steps or settled[slot]
        ]

    def _settled(self) -> list[bool]:
        """Return whether each picture's mean value is hardly better than 32 steps earlier."""
        looked = [done >= 4 * WINDOW and done % WINDOW == 0 for done in self.done]
        if not any(looked):
            return looked
        back = torch.arange(1, WINDOW + 1, device=self.rows.device)
        ends = self.steps.clamp_min(3 * WINDOW)[:, None] - back
        now, before = (
            self.values.gather(1, columns).mean(dim=1) for columns in (ends, ends - 2 * WINDOW)
        )
        # Negated so that values that are not finite count as no gain.
        still = ~(self.signs * (now - before) > self.recipe.tolerance * now.abs())
        return [look and bool(one) for look, one in zip(looked, still.tolist(), strict=True)]

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
