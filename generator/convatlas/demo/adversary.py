"""Inputs changed a little, to where a network errs most.

A network that is trained on them answers to what is plainly seen, and pictures optimised for its
filters show it (Madry et al., "Towards deep learning models resistant to adversarial attacks", ICLR
2018; Engstrom et al., "Adversarial robustness as a prior for learned representations", 2019). One
step of the gradient from a random start is enough for that (Wong, Rice and Kolter, "Fast is better
than free", ICLR 2020).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def adversarial(
    net: nn.Module, inputs: Tensor, targets: Tensor, radius: float, draws: torch.Generator
) -> Tensor:
    """Inputs [n, c, h, w] changed against their targets [n], by at most ``radius`` (Euclidean).

    The network is asked as it is used, with the batch norms' running statistics.
    """
    training = net.training
    net.eval()
    start = torch.randn(inputs.shape, generator=draws)
    share = torch.rand(len(inputs), 1, 1, 1, generator=draws)
    change = (radius * share * start / norms(start)).requires_grad_()
    loss = F.cross_entropy(net(inputs + change), targets, reduction="sum")
    (slope,) = torch.autograd.grad(loss, change)
    moved = change.detach() + radius * slope / norms(slope)
    net.train(training)
    return inputs + moved * (radius / norms(moved)).clamp_max(1)


def norms(batch: Tensor) -> Tensor:
    """The Euclidean norm of each entry, [n, 1, 1, 1], never zero."""
    found: Tensor = torch.linalg.vector_norm(batch, dim=(1, 2, 3), keepdim=True)
    return found.clamp_min(1e-12)
