"""Adam, NAdam and gradient ascent on all pictures of a batch in a few operations."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

BETAS = (0.5, 0.99)
"""A short memory, because the picture is moved at every step, and the gradient with it."""

EPSILON = 1e-8
MOMENTUM_DECAY = 4e-3
"""How fast NAdam's momentum comes up to its full value (Dozat 2016); torch's default."""


class BatchedOptimizer:
    """Ascends rows of parameters [n, ...] in place, each with its own number of steps.

    The rules are those of ``torch.optim`` with their defaults, but for the betas. Nothing is copied
    to or from the device.
    """

    def __init__(self, parameters: Tensor, kind: str, rate: float) -> None:
        self.parameters = parameters.detach()
        self.kind, self.rate = kind, rate
        self.mean = torch.zeros_like(self.parameters)
        self.square = torch.zeros_like(self.parameters)
        self.steps = torch.zeros(len(parameters), device=parameters.device)
        self.momentum = torch.ones_like(self.steps)  # NAdam's product of momenta so far

    def step(self, gradients: Tensor, share: Tensor | None = None) -> None:
        """Perform one step along gradients [n, ...]."""
        self.steps += 1
        rates = self.rate * (torch.ones_like(self.steps) if share is None else share)
        if self.kind == "sgd":
            self.parameters += self._wide(rates) * gradients
            return
        first, second = BETAS
        self.mean.lerp_(gradients, 1 - first)
        self.square.mul_(second).addcmul_(gradients, gradients, value=1 - second)
        size = (self.square / self._wide(1 - second**self.steps)).sqrt_().add_(EPSILON)
        if self.kind == "nadam":
            ahead = self._nadam(gradients)
        else:
            ahead = self.mean / self._wide(1 - first**self.steps)
        self.parameters += self._wide(rates) * ahead.div_(size)

    def _nadam(self, gradients: Tensor) -> Tensor:
        """Return the mean gradient as it will be after the next step."""
        now, then = (self._momentum(steps) for steps in (self.steps, self.steps + 1))
        self.momentum *= now
        own, old = (1 - now) / (1 - self.momentum), then / (1 - self.momentum * then)
        return self._wide(own) * gradients + self._wide(old) * self.mean

    @staticmethod
    def _momentum(steps: Tensor) -> Tensor:
        return BETAS[0] * (1 - 0.5 * 0.96 ** (steps * MOMENTUM_DECAY))

    def _wide(self, numbers: Tensor) -> Tensor:
        """Return a number for each row [n] in the shape of the parameters."""
        return numbers.view(-1, *[1] * (self.parameters.ndim - 1))

    def restart(self, rows: Tensor) -> None:
        """Reset the state of some rows."""
        for state, start in zip(self.state, (0.0, 0.0, 0.0, 1.0), strict=True):
            state.index_fill_(0, rows, start)

    @property
    def state(self) -> Sequence[Tensor]:
        """What is remembered of each row."""
        return self.mean, self.square, self.steps, self.momentum

    def kept(self, rows: Tensor) -> BatchedOptimizer:
        """Return an optimiser of some of the rows."""
        made = BatchedOptimizer(self.parameters[rows], self.kind, self.rate)
        for own, state in zip(made.state, self.state, strict=True):
            own.copy_(state[rows])
        return made
