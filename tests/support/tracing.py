"""The strongest images of small networks, traced back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.config import schema
from convatlas.lenses.attribution import Attribution
from convatlas.lenses.base import Failed, Studio
from convatlas.model.records import Json, Record
from support.studies import studio_of
from support.surveys import records, shown

Found = dict[tuple[str, int], Record]


def known(
    module: nn.Module,
    pictures: Sequence[Image.Image],
    size: int = 24,
    channels: int = 3,
    top: int = 3,
    **options: Any,
) -> Studio:
    """A studio that knows the strongest images of every filter, with the lens switched on."""
    studio = studio_of(module, pictures, size, channels)
    studio = shown(studio, records(studio, top), "full")
    lenses = schema.Lenses(attribution=schema.Attribution(**options))
    return replace(studio, study=replace(studio.study, lenses=lenses))


def traced_back(studio: Studio) -> Found:
    """The records of everything that is asked for; none may fail."""
    found, failed = attempt(studio)
    assert not failed
    return found


def attempt(studio: Studio) -> tuple[Found, list[Failed]]:
    found: Found = {}
    failed = []
    for batch in Attribution().render(studio, list(Attribution().asks(studio.study))):
        if isinstance(batch, Failed):
            failed.append(batch)
        else:
            found |= {(str(ask.layer), int(ask.item)): record for ask, record in batch}
    return found, failed


def tops(studio: Studio, layer: str, index: int) -> Json:
    record = studio.study.first("examples", layer, index)
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
