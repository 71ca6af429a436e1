"""One optimiser for many pictures, each with a state and a step count of its own."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

BETAS = (0.5, 0.99)
"""A short memory: at every step the picture has moved, and the gradient with it."""


class Optimizer:
    """Climbs the gradient from rows of parameters [n, ...], which it writes in place."""

    def __init__(self, parameters: Tensor, kind: str, rate: float) -> None:
        self.rows = list(parameters.detach().unbind())  # they share the parameters' memory
        self.optimiser = _optimiser(kind, self.rows, rate)

    def step(self, gradients: Tensor) -> None:
        """One step along gradients [n, ...]."""
        # Fused optimisers go through memory in order: gradients have to lie as parameters do.
        for row, gradient in zip(self.rows, gradients.contiguous(), strict=True):
            row.grad = gradient
        self.optimiser.step()

    def restart(self, rows: Iterable[int]) -> None:
        """Forget what is remembered of some rows: other pictures have taken their place."""
        for row in rows:
            self.optimiser.state.pop(self.rows[row], None)


def _optimiser(kind: str, rows: list[Tensor], rate: float) -> torch.optim.Optimizer:
    if kind == "sgd":
        return torch.optim.SGD(rows, lr=rate, maximize=True)
    if kind == "nadam":
        return torch.optim.NAdam(rows, lr=rate, betas=BETAS, maximize=True)
    return torch.optim.Adam(rows, lr=rate, betas=BETAS, maximize=True, fused=True)
