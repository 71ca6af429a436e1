"""What is accumulated for a layer while the images pass through the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.examples.batch_summary import BatchSummary, Centre, Reducer
from convatlas.lenses.examples.classes import Classes
from convatlas.lenses.examples.held_summaries import HeldSummaries
from convatlas.lenses.examples.moments import Moments
from convatlas.lenses.examples.options import Examples
from convatlas.lenses.examples.rank_counts import RankCounts
from convatlas.lenses.examples.sample import Sample
from convatlas.lenses.examples.top_k import TopK
from convatlas.lenses.parts.draw import Draw
from convatlas.model.facts import ImageSetFacts, Layer


@dataclass
class LayerAccumulator:
    """The evidence of a layer; its size depends on filters, k and sample, not on the images.

    Images that do not reach the layer are not added. ``uneven`` is whether some batch was not
    answered with one map for each picture.
    """

    layer: Layer
    reducer: Reducer
    moments: Moments
    highest: TopK
    lowest: TopK
    sample: Sample
    classes: Classes
    ranks: RankCounts
    centre: Centre | None = None
    held: HeldSummaries | None = None
    uneven: bool = False

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
    ) -> LayerAccumulator:
        """Return an accumulator that has seen no images."""
        assert layer.map_size is not None
        filters, (height, width) = layer.filters, layer.map_size
        return cls(
            layer,
            reducer,
            Moments.empty(filters),
            TopK.empty(1, filters, options.top, layer.map_size, heat=heat),
            TopK.empty(-1, filters, options.lowest, layer.map_size, heat=heat),
            Sample.empty(draw, filters, height * width),
            Classes.empty(images.images, filters),
            RankCounts.empty(filters),
        )

    def add(self, images: NDArray[np.int64], response: Tensor) -> None:
        """Add the responses [n, filters, h, w] to images, given by their indices in the set.

        An empty response, as to no picture at all, counts as none.
        """
        if len(response) != len(images):
            self.uneven |= bool(len(response)) or len(images) > 1
            return
        filters_last = response.contiguous(memory_format=torch.channels_last)
        if self.centre is None:
            self.centre = Centre.of(filters_last)
        summary = self.reducer.reduce(filters_last, self.centre)
        highest = self.highest.entering(images, summary.highest, filters_last)
        lowest = self.lowest.entering(images, -summary.lowest, filters_last)
        self.sample.pick(images, filters_last)
        # From here on, nothing is computed on the device: it is all added, or nothing of it.
        self.highest.add(highest)
        self.lowest.add(lowest)
        if self.held is None:
            self.held = HeldSummaries.like(summary)
        for some in self.held.add(images, summary):
            self._process(*some)

    def settle(self) -> None:
        """Process what is held back."""
        if self.held is not None and self.held.count:
            self._process(*self.held.taken())

    def _process(self, images: NDArray[np.int64], summary: BatchSummary) -> None:
        self.moments.add(summary)
        self.sample.add(images, summary)
        self.classes.add(images, summary)
        self.ranks.add(summary)
