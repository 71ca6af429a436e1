"""How well a filter tells edited images from plain ones."""

from __future__ import annotations

import torch
from torch import Tensor

RESOLUTION = 2e-6
"""The share of the largest response up to which responses count as the same.

In float32 they depend so much on the order of additions: on the processor, and on the batch."""


def resolution(plain: Tensor, edited: Tensor) -> Tensor:
    """Return by how much responses [filters, n] of each filter differ at least [filters, 1]."""
    return RESOLUTION * torch.maximum(plain.abs().amax(1), edited.abs().amax(1))[:, None]


def auc(plain: Tensor, edited: Tensor) -> Tensor:
    """Return the area under the ROC curve of each filter [filters].

    It is the probability that the response to an edited image is higher than that to a plain one,
    of all n * n pairs; responses that are the same count half, as in the statistic of Mann and
    Whitney.

    Args:
        plain: Finite responses to plain images, in double precision [filters, n].
        edited: The same to edited ones.
    """
    near = resolution(plain, edited)
    ordered = plain.sort(1).values
    below = torch.searchsorted(ordered, edited - near)
    up_to = torch.searchsorted(ordered, edited + near, right=True)
    return (below + up_to).double().sum(1) / (2 * plain.shape[1] ** 2)
