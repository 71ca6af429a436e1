"""All that is kept of a layer while the images pass by."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from convatlas.config.schema import Examples
from convatlas.lenses.examples.batch_summary import Reduced, Reducer, joined
from convatlas.lenses.examples.classes import Classes
from convatlas.lenses.examples.moments import Moments
from convatlas.lenses.examples.rank_counts import Standing
from convatlas.lenses.examples.sample import Draw, Sample
from convatlas.lenses.examples.top_k import Strongest
from convatlas.model.records import ImageSetFacts, Layer

HELD = 16
"""Batches whose numbers are held back."""


@dataclass
class Tally:
    """A layer's evidence: it grows with filters times k and the sample, not with the images."""

    layer: Layer
    reducer: Reducer
    moments: Moments
    highest: Strongest
    lowest: Strongest
    sample: Sample
    classes: Classes
    standing: Standing
    centre: Tensor | None = None  # about what each filter answers: its mean over the first image
    held: list[Reduced] = field(default_factory=list)
    seen: int = 0

    @classmethod
    def empty(
        cls,
        layer: Layer,
        images: ImageSetFacts,
        draw: Draw,
        options: Examples,
        *,
        heat: bool,
        reducer: Reducer,
    ) -> Tally:
        """Nothing seen yet."""
        assert layer.map is not None
        filters, (height, width) = layer.filters, layer.map
        return cls(
            layer,
            reducer,
            Moments.empty(filters),
            Strongest.empty(1, filters, options.top, layer.map, heat=heat),
            Strongest.empty(-1, filters, options.lowest, layer.map, heat=heat),
            Sample.empty(draw, filters, height * width),
            Classes.empty(images.images, filters),
            Standing.empty(filters),
        )

    def add(self, first: int, response: Tensor) -> None:
        """Take in the responses [n, filters, h, w] to the images from index ``first`` on."""
        filters_last = response.contiguous(memory_format=torch.channels_last)
        if self.centre is None:
            self.centre = filters_last[0].mean((1, 2))
        reduced = self.reducer.reduce(filters_last, self.centre)
        self.highest.add(first, reduced.highest, filters_last)
        self.lowest.add(first, -reduced.lowest, filters_last)
        self.sample.pick(first, filters_last)
        self.held.append(reduced)
        self.seen = first + len(response)
        if len(self.held) == HELD:
            self.settle()

    def settle(self) -> None:
        """Take in what was held back: many small batches at once cost little more than one."""
        if not self.held:
            return
        reduced = joined(self.held)
        first = self.seen - len(reduced.highest)
        self.held = []
        self.moments.add(reduced)
        self.sample.add(first, reduced)
        self.classes.add(first, reduced)
        self.standing.add(reduced)
