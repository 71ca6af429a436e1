"""The strongest images of small networks, traced back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.attribution import Attribution
from convatlas.lenses.attribution.options import Attribution as AttributionOptions
from convatlas.lenses.base import Failed, RenderContext
from convatlas.model.records import Json, Record
from support.contexts import lens_options, render_context_of
from support.example_records import records, shown

Found = dict[tuple[str, int], Record]


def known(
    module: nn.Module,
    pictures: Sequence[Image.Image],
    size: int = 24,
    channels: int = 3,
    top: int = 3,
    **options: Any,
) -> RenderContext:
    """A studio that knows the strongest images of every filter, with the lens switched on."""
    context = render_context_of(module, pictures, size, channels)
    context = shown(context, records(context, top), "full")
    lenses = lens_options(attribution=AttributionOptions(**options))
    return replace(context, plan=replace(context.plan, lenses=lenses))


def traced_back(context: RenderContext) -> Found:
    """The records of everything that is asked for; none may fail."""
    found, failed = attempt(context)
    assert not failed
    return found


def attempt(context: RenderContext) -> tuple[Found, list[Failed]]:
    found: Found = {}
    failed = []
    for batch in Attribution().render(
        context, list(Attribution().requests(context.plan, context.records))
    ):
        if isinstance(batch, Failed):
            failed.append(batch)
        else:
            found |= {(str(request.layer), int(request.item)): record for request, record in batch}
    return found, failed


def tops(context: RenderContext, layer: str, index: int) -> Json:
    record = context.records.first("examples", layer, index)
    assert record is not None
    return record.data["top"]


class Two(nn.Module):
    """Two layers that see 3 and 5 pixels, with a rectifier between."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(2)
            self.near = nn.Conv2d(3, 4, 3, bias=False)
            self.far = nn.Conv2d(4, 3, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.far(F.relu(self.near(x)))
