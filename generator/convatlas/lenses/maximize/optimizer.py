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
        self.parameters = parameters.detach()
        self.rows = list(self.parameters.unbind())  # views of the same memory
        self.optimiser = _optimiser(kind, self.rows, rate)

    def step(self, gradients: Tensor, share: Tensor | None = None) -> None:
        """Perform one step along gradients [n, ...].

        Args:
            gradients: The gradients, one row for each row of parameters.
            share: The fraction of the learning rate to use for each row [n]; None: all of it.
        """
        before = None if share is None else self.parameters.clone()
        # Fused optimisers go through memory in order: gradients need the parameters' layout.
        for row, gradient in zip(self.rows, gradients.contiguous(), strict=True):
            row.grad = gradient
        self.optimiser.step()
        if before is not None and share is not None:
            whole = share.view(-1, *[1] * (before.ndim - 1))
            self.parameters.copy_(before.lerp(self.parameters, whole))

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
