"""The loop: a batch of pictures of one layer's filters, each climbing its own objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convatlas.lenses.maximize.canvases import CANVASES
from convatlas.lenses.maximize.draws import generators
from convatlas.lenses.maximize.objectives import OBJECTIVES
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.lenses.maximize.transforms import affines, move
from convatlas.network.responses import normalise, respond
from convatlas.records import Layer, Preprocessing


@dataclass(frozen=True)
class Subject:
    """Whom pictures are made for: a layer of a network, in the precision to work in."""

    module: nn.Module
    layer: Layer
    preprocessing: Preprocessing
    device: torch.device
    precision: torch.dtype


def optimise(
    subject: Subject,
    keys: Sequence[str],
    filters: Sequence[int],
    signs: Sequence[int],
    recipe: Recipe,
) -> Tensor:
    """Pictures [n, channels, h, w] from 0 to 1, float32, for n filters of a layer.

    ``keys`` seed each picture's draws; ``signs`` are 1 to maximise and -1 to minimise. No picture
    depends on its neighbours in the batch: parameters, draws, objective and Adam's state are all
    its own.
    """
    draws = generators(keys)
    device = subject.device
    canvas = CANVASES[recipe.canvas]
    parameters, paint = canvas(draws, subject.preprocessing.channels, recipe.size, device)
    parameters.requires_grad_(True)
    moves = affines(draws, recipe)
    objective = OBJECTIVES[recipe.objective]
    optimiser = torch.optim.Adam([parameters], lr=recipe.rate, fused=True)
    own = torch.tensor(filters, device=device)
    sign = torch.tensor(signs, device=device)
    for step in range(recipe.steps):
        pictures = paint(parameters)
        if moves is not None:
            pictures = move(pictures, moves[step].to(device))
        responses = _respond(subject, pictures)
        loss = -(sign * objective(responses, own)).sum()
        optimiser.zero_grad()
        (gradient,) = torch.autograd.grad(loss, [parameters])
        # Fused Adam goes through memory in order: the gradient has to lie as the parameters do.
        parameters.grad = gradient.contiguous()
        optimiser.step()
    with torch.no_grad():
        return paint(parameters).detach()


def _respond(subject: Subject, pictures: Tensor) -> Tensor:
    inputs = normalise(pictures, subject.preprocessing)
    inputs = inputs.to(subject.precision, memory_format=torch.channels_last)
    return respond(subject.module, subject.layer, inputs)
