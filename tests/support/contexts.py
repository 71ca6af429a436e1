"""Studies and studios of networks in memory, without a configuration or a store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from PIL import Image
from torch import nn

from convatlas.config.lens_options import LensOptions
from convatlas.lenses.base import PlanContext, PublishPolicy, RenderContext
from convatlas.model.facts import ImageFacts, ImageSetFacts, NetworkFacts, Preprocessing
from convatlas.network.scores import count_scores
from convatlas.network.trace.layers import record_layers
from convatlas.opening.configuration import lenses_schema

CPU = torch.device("cpu")


def lens_options(**options: LensOptions | Literal[False]) -> Mapping[str, LensOptions]:
    """What an atlas says of its lenses that says this of them."""
    return lenses_schema()(**options).switched_on()


def network_of(module: nn.Module, size: int, channels: int = 3) -> NetworkFacts:
    """The facts of a network that sees square pictures, with mean 0.5 and deviation 0.25."""
    layers, skipped = record_layers(module, (channels, size, size))
    preprocessing = Preprocessing(
        (size, size), (size,), channels, (0.5,) * channels, (0.25,) * channels, "bilinear"
    )
    single = any(layer.conditional for layer in layers)
    facts = ("net", "memory", "none", 0, preprocessing, (), layers, skipped, "0" * 64)
    scores = count_scores(module, (channels, size, size))
    return NetworkFacts(*facts, single=single, scores=scores)


def render_context_of(
    module: nn.Module,
    pictures: Sequence[Image.Image] = (),
    size: int = 24,
    channels: int = 3,
    lenses: Mapping[str, LensOptions] | None = None,
) -> RenderContext:
    """A studio on the CPU with all filters of all layers chosen."""
    network = network_of(module.eval(), size, channels)
    identities = [hashlib.sha256(p.tobytes()).hexdigest()[:12] for p in pictures]
    images = ImageSetFacts(
        "pictures",
        hashlib.sha256("".join(identities).encode()).hexdigest(),
        tuple(ImageFacts(name, name, None, None) for name in identities),
        (),
    )
    context = PlanContext(
        network,
        {layer.name: tuple(range(layer.filters)) for layer in network.layers},
        images if pictures else None,
        PublishPolicy(),
        lens_options() if lenses is None else lenses,
        {"pictures": images} if pictures else {},
    )
    return RenderContext(
        context, module, CPU, {"pictures": pictures.__getitem__} if pictures else {}
    )
