"""An optimiser for many pictures, each with its own state and step count."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

BETAS = (0.5, 0.99)
"""A short memory, because the picture is moved at every step, and the gradient with it."""


class Optimizer:
    """Gradient ascent on rows of parameters [n, ...], which are updated in place."""

    def __init__(self, parameters: Tensor, kind: str, rate: float) -> None:
        self.rows = list(parameters.detach().unbind())  # views of the parameters' memory
        self.optimiser = _optimiser(kind, self.rows, rate)

    def step(self, gradients: Tensor) -> None:
        """Perform one step along gradients [n, ...]."""
        # Fused optimisers go through memory in order: gradients need the parameters' layout.
        for row, gradient in zip(self.rows, gradients.contiguous(), strict=True):
            row.grad = gradient
        self.optimiser.step()

    def restart(self, rows: Iterable[int]) -> None:
        """Reset the state of some rows, because other pictures have taken their place."""
        for row in rows:
            self.optimiser.state.pop(self.rows[row], None)


def _optimiser(kind: str, rows: list[Tensor], rate: float) -> torch.optim.Optimizer:
    if kind == "sgd":
        return torch.optim.SGD(rows, lr=rate, maximize=True)
    if kind == "nadam":
        return torch.optim.NAdam(rows, lr=rate, betas=BETAS, maximize=True)
    return torch.optim.Adam(rows, lr=rate, betas=BETAS, maximize=True, fused=True)
