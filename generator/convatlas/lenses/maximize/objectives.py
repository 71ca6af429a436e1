"""What is maximised: a number a picture, from the responses of a whole layer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Objective = Callable[[Tensor, Tensor], Tensor]
"""From responses [n, filters, h, w] and each picture's filter [n] to a number a picture [n]."""


def channel(responses: Tensor, filters: Tensor) -> Tensor:
    """The mean over the map: makes textures."""
    return own(responses, filters).float().mean(dim=(1, 2))


def neuron(responses: Tensor, filters: Tensor) -> Tensor:
    """The centre of the map: makes a single thing."""
    maps = own(responses, filters)
    return maps[:, maps.shape[1] // 2, maps.shape[2] // 2].float()


def own(responses: Tensor, filters: Tensor) -> Tensor:
    """Each picture's own filter's map, [n, h, w]."""
    return responses[torch.arange(len(filters), device=filters.device), filters]


OBJECTIVES: dict[str, Objective] = {"channel": channel, "neuron": neuron}
