"""Optimisers for many pictures, each with its own state and step count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from convatlas.lenses.maximize.batched_optimizer import BETAS, BatchedOptimizer


class Optimizer(Protocol):
    """Gradient ascent on rows of parameters [n, ...], which are updated in place."""

    parameters: Tensor

    @property
    def state(self) -> Sequence[Tensor]:
        """The tensors [n, ...] that it remembers of each row, apart from the parameters."""
        ...

    def step(self, gradients: Tensor, share: Tensor | None = None) -> None:
        """Perform one step along gradients [n, ...].

        Args:
            gradients: The gradients, one row for each row of parameters.
            share: The fraction of the learning rate to use for each row [n]; None: all of it.
        """
        ...

    def restart(self, rows: Tensor) -> None:
        """Reset the state of some rows, because other pictures have taken their place."""
        ...

    def kept(self, rows: Tensor) -> Optimizer:
        """Return an optimiser of some of the rows, which goes on with copies of them."""
        ...


def optimizer_of(parameters: Tensor, kind: str, rate: float) -> Optimizer:
    """Return the optimiser for a device: "adam", "nadam" or "sgd".

    On a CPU it is torch's own, row by row, whose last bits records have. Anywhere else, that would
    take more time to launch than to compute.
    """
    if parameters.device.type == "cpu":
        return RowOptimizer(parameters, kind, rate)
    return BatchedOptimizer(parameters, kind, rate)


class RowOptimizer:
    """Torch's optimiser, of each row by itself."""

    def __init__(self, parameters: Tensor, kind: str, rate: float) -> None:
        self.parameters = parameters.detach()
        self.kind, self.rate = kind, rate
        self.rows = list(self.parameters.unbind())  # views of the same memory
        self.optimiser = _optimiser(kind, self.rows, rate)
        self.state: Sequence[Tensor] = ()  # torch has them

    @property
    def gradients(self) -> Tensor:
        """The gradients [n, ...] of the last step."""
        return torch.stack([row.grad for row in self.rows if row.grad is not None])

    def step(self, gradients: Tensor, share: Tensor | None = None) -> None:
        """Perform one step along gradients [n, ...]."""
        before = None if share is None else self.parameters.clone()
        # Fused optimisers go through memory in order: gradients need the parameters' layout.
        for row, gradient in zip(self.rows, gradients.contiguous(), strict=True):
            row.grad = gradient
        self.optimiser.step()
        if before is not None and share is not None:
            whole = share.view(-1, *[1] * (before.ndim - 1))
            self.parameters.copy_(before.lerp(self.parameters, whole))

    def restart(self, rows: Tensor) -> None:
        """Reset the state of some rows."""
        for row in rows.tolist():
            self.optimiser.state.pop(self.rows[row], None)

    def kept(self, rows: Tensor) -> RowOptimizer:
        """Return an optimiser of some of the rows."""
        made = RowOptimizer(self.parameters[rows], self.kind, self.rate)
        for own, row in zip(made.rows, rows.tolist(), strict=True):
            if self.rows[row] in self.optimiser.state:
                made.optimiser.state[own] = self.optimiser.state[self.rows[row]]
        return made


def _optimiser(kind: str, rows: list[Tensor], rate: float) -> torch.optim.Optimizer:
    if kind == "sgd":
        return torch.optim.SGD(rows, lr=rate, maximize=True)
    if kind == "nadam":
        return torch.optim.NAdam(rows, lr=rate, betas=BETAS, maximize=True)
    return torch.optim.Adam(rows, lr=rate, betas=BETAS, maximize=True, fused=True)
