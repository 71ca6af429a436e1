"""Probes and hypotheses of networks in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image
from torch import nn

from convatlas.lenses.base import Failed, Lens, RenderContext
from convatlas.model.facts import Hypothesis, Probe
from convatlas.model.records import Record, RecordRequest
from support.contexts import render_context_of

Records = dict[tuple[str | None, int | str, str], Record]
"""Records by layer, item and role."""


def noise(seed: int, size: int = 24) -> Image.Image:
    """A picture of coloured noise."""
    values = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    return Image.fromarray(values)


def identity(picture: Image.Image) -> str:
    """What a picture is known by."""
    return hashlib.sha256(picture.tobytes()).hexdigest()[:12]


def probing(
    module: nn.Module,
    probes: Sequence[Probe] = (),
    hypotheses: Sequence[Hypothesis] = (),
    pictures: Sequence[Image.Image] = (),
    size: int = 24,
) -> RenderContext:
    """A studio with probes and hypotheses; pictures are known by ``identity``."""
    context = render_context_of(module, size=size)
    plan = replace(context.plan, probes=tuple(probes), hypotheses=tuple(hypotheses))
    shown = {identity(picture): (lambda picture=picture: picture) for picture in pictures}
    return replace(context, plan=plan, shown=shown)


def probe_of(
    picture: Image.Image,
    layers: Sequence[str],
    *,
    name: str = "noise",
    top: int = 3,
    start: str = "peak",
    methods: Sequence[str] = ("deconvnet", "guided", "gradient"),
) -> Probe:
    """A probe of a picture."""
    return Probe(name, identity(picture), tuple(layers), top, start, tuple(methods))


def rendered(
    lens: Lens, context: RenderContext, requests: Sequence[RecordRequest] | None = None
) -> Records:
    """The records of all that a lens asks for, none of which may fail."""
    found: Records = {}
    for batch in lens.render(
        context,
        list(lens.requests(context.plan, context.records)) if requests is None else requests,
    ):
        assert not isinstance(batch, Failed), batch.reason
        found |= {(request.layer, request.item, request.role): record for request, record in batch}
    return found
