"""Networks in memory that are shown edited images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from convatlas.images.edits.edit import Edit
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.edits import Edits
from convatlas.lenses.edits.options import Edits as Options
from convatlas.model.edits import EditFacts
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, Record
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from support.contexts import CPU, lens_options, render_context_of

SIZE = 24

Place = tuple[str | None, str, str]
"""Layer, edit and role of a record."""


def photos(count: int, seed: int = 0) -> list[Image.Image]:
    """Pictures of soft colours, in which neighbouring pixels are alike."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (count, 6, 6, 3), dtype=np.uint8)
    size = SIZE, SIZE
    return [Image.fromarray(each).resize(size, Image.Resampling.BICUBIC) for each in coarse]


def edited_context(
    module: nn.Module,
    edits: Mapping[str, Edit],
    pictures: Sequence[Image.Image],
    *,
    turns: Sequence[str] = (),
    moves: Sequence[str] = (),
    images: int = 1000,
    size: int = SIZE,
) -> RenderContext:
    """What a network is rendered with that is shown pictures under edits of these names."""
    lenses = lens_options(edits=Options(images=images))
    context = render_context_of(module, pictures, size, lenses=lenses)
    facts = [
        EditFacts(name, name, "", f"{name}/1", turns=name in turns, moves=name in moves)
        for name in edits
    ]
    opened = {name: _opening(edit) for name, edit in edits.items()}
    return replace(context, plan=replace(context.plan, edits=facts), edits=opened)


def _opening(edit: Edit):
    return lambda: edit


def rendered(context: RenderContext) -> tuple[dict[Place, Record], list[str]]:
    """All records of edits, and why others could not be rendered."""
    lens, found, reasons = Edits(), dict[Place, Record](), list[str]()
    for each in lens.render(context, list(lens.requests(context.plan, RecordIndex()))):
        if isinstance(each, Failed):
            reasons.append(each.reason)
        else:
            found |= {(r.layer, str(r.item), r.role): record for r, record in each}
    return found, reasons


def records(context: RenderContext) -> dict[Place, Json]:
    """The data of all records of edits."""
    found, reasons = rendered(context)
    assert not reasons
    return {place: record.data for place, record in found.items()}


def inputs_of(context: RenderContext, edit: Edit | None = None) -> Tensor:
    """The network's inputs for all images, plain or edited."""
    images, picture = context.plan.images, context.picture
    assert images is not None
    assert picture is not None
    preprocessing = context.plan.network.preprocessing
    pixels = [prepare(picture(place), preprocessing) for place in range(len(images.images))]
    if edit is not None:
        pairs = zip(pixels, images.images, strict=True)
        pixels = [np.asarray(edit(Image.fromarray(own), image.id)) for own, image in pairs]
    return as_inputs(np.stack(pixels), preprocessing, CPU)


def brighter(picture: Image.Image, image: str) -> Image.Image:
    """Add a bright square, at a place that depends on the image."""
    marked = picture.copy()
    corner = int(image[0], 16)
    marked.paste((255, 220, 160), (corner, corner, corner + 6, corner + 6))
    return marked


def turned(picture: Image.Image, image: str) -> Image.Image:
    """Turn a picture by 90 degrees, anticlockwise."""
    return picture.transpose(Image.Transpose.ROTATE_90)


class Two(nn.Module):
    """Two convolutions, an average and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(3)
            self.near = nn.Conv2d(3, 6, 3)
            self.far = nn.Conv2d(6, 5, 3)
            self.head = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        pooled: Tensor = torch.relu(self.far(torch.relu(self.near(x)))).mean((2, 3))
        return self.head(8 * pooled)
