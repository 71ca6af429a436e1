"""The two passes over the images: means and shares of a sample, then drops at the peaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from convatlas.lenses.base import RenderContext
from convatlas.lenses.circuits.behind import Bottleneck, bottlenecks, is_bottleneck
from convatlas.lenses.circuits.inputs import Inputs
from convatlas.lenses.circuits.peaks import Behind, BehindDrops, LayerDrops, Peak, Peaks, Read
from convatlas.lenses.circuits.removal import IMAGES, Tests, tested
from convatlas.lenses.circuits.shares import ShareTotals
from convatlas.lenses.circuits.wiring import Wiring
from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer
from convatlas.network.hops import Ablation, Edge, Norms, Receive, Watch, hop, norms
from convatlas.network.memory import Capacity
from convatlas.network.responses import normalise

TOGETHER = {"cpu": 8}
"""Images per pass, by device type."""
MANY = 32
"""The same on any other device."""
SAMPLE = 256
"""Number of images that means and shares are of."""
MOST = 1 << 30
"""The bytes of drops that are held at once; layers beyond are left to a further pass."""


@dataclass
class Means:
    """The mean activations of a layer's filters over all positions of some images."""

    sums: Tensor
    positions: int = 0

    def add(self, activations: Tensor) -> None:
        """Add activations [n, filters, rows, columns]."""
        self.sums += activations.sum((0, 2, 3)).cpu().double()
        self.positions += activations[:, 0].numel()

    @property
    def mean(self) -> Tensor:
        """The means [filters]."""
        return (self.sums / max(self.positions, 1)).float()


class Passes:
    """Shows the images to a network.

    Attributes:
        wiring: How its layers are connected.
        shares: By layer, sums over the sample, which is spread over the images.
        means: By layer, the mean activations there.
        norms: The norms of all layers.
        missed: The layers that some images did not reach as they were recorded.
    """

    def __init__(self, context: RenderContext) -> None:
        self.context = context
        self.wiring = Wiring(context.plan.network.layers)
        self.shares: dict[str, ShareTotals] = {}
        self.means: dict[str, Means] = {}
        self.norms: Norms = {}
        self.missed: set[str] = set()
        self.capacity = Capacity(TOGETHER.get(context.device.type, MANY), context.device)

    def measure(self) -> None:
        """Show a sample of the images, for means and shares."""
        self.capacity.run(self._measure, self.count)

    def _measure(self, together: int) -> None:
        """Do so with so many at once, from the start."""
        self.shares = defaultdict(ShareTotals)
        self.means = {
            layer.name: Means(torch.zeros(layer.filters, dtype=torch.float64))
            for layer in self.wiring.layers
        }

        def receive(layer: Layer, edge: Edge) -> None:
            self.shares[layer.name].add(edge)

        def watch(layer: Layer, activations: Tensor) -> None:
            self.means[layer.name].add(activations)

        for _, inputs in self.batches(together, spread(self.count, SAMPLE)):
            self._hop(inputs, {}, receive, watch)

    def _hop(
        self,
        inputs: Tensor,
        ablations: Mapping[str, Sequence[Ablation]],
        receive: Receive,
        watch: Watch | None = None,
    ) -> None:
        network, layers = self.context.module, self.wiring.layers
        self.norms = self.norms or norms(network, layers, inputs[:1])
        self.missed |= hop(network, layers, inputs, self.norms, ablations, receive, watch)

    @property
    def count(self) -> int:
        """The number of images."""
        assert self.context.plan.images is not None
        return len(self.context.plan.images.images)

    @property
    def ablations(self) -> dict[str, list[Ablation]]:
        """What is ablated: all filters of each source, in its group."""
        device = self.context.device
        return {
            name: [
                Ablation(
                    group,
                    torch.arange(len(self.means[name].sums), device=device),
                    self.means[name].mean.to(device),
                )
            ]
            for name, group in self.wiring.groups.items()
        }

    def drops(self, peaks: Mapping[str, Peaks]) -> Iterator[tuple[Layer, LayerDrops, Behind]]:
        """Show the images with peaks, as often as memory takes, and yield each layer's drops."""
        for layers in self._parts(peaks):
            study = self.capacity.run(partial(self._studied, layers, peaks), self.count)
            for name in layers:
                yield self.wiring.named[name], study.drops[name], study.behind[name]

    def _studied(self, layers: Sequence[str], peaks: Mapping[str, Peaks], together: int) -> _Study:
        """Show the images with peaks in some layers, so many at once."""
        study = _Study(self.wiring, layers, peaks)
        wanted = sorted({image for name in layers for image in peaks[name].by_image})
        for images, inputs in self.batches(together, wanted):
            study.images, study.waiting = images, {}
            self._hop(inputs, self.ablations, study.receive)
        return study

    def tests(self) -> Tests:
        """Remove some filters for some images, spread over the set."""
        return self.capacity.run(self._tested, IMAGES)

    def _tested(self, together: int) -> Tests:
        device = self.context.device
        means = {name: self.means[name].mean.to(device) for name in self.wiring.groups}
        found = Tests()
        for _, inputs in self.batches(together, spread(self.count, IMAGES)):
            tested(self.context.module, self.wiring, inputs, means, self.norms, found)
        return found

    def _parts(self, peaks: Mapping[str, Peaks]) -> Iterator[list[str]]:
        """Yield the layers in parts whose drops fit into memory."""
        part: list[str] = []
        size = 0
        for layer in self.wiring.layers:
            if layer.name in peaks:
                own = _size(layer, self.wiring, peaks[layer.name])
                if part and size + own > MOST:
                    yield part
                    part, size = [], 0
                part.append(layer.name)
                size += own
        if part:
            yield part

    def batches(
        self, together: int, chosen: Sequence[int] | None
    ) -> Iterator[tuple[Sequence[int], Tensor]]:
        """Yield batches of so many inputs, with the indices of their images."""
        indices = range(self.count) if chosen is None else chosen
        for first, pictures in image_batches(self.context, together, chosen):
            inputs = normalise(pictures, self.context.plan.network.preprocessing)
            yield indices[first : first + len(inputs)], inputs


class _Study:
    """One pass over the images with peaks."""

    def __init__(self, wiring: Wiring, layers: Sequence[str], peaks: Mapping[str, Peaks]) -> None:
        self.wiring = wiring
        self.images: Sequence[int] = []
        self.waiting: dict[str, Bottleneck | None] = {}
        self.drops = {name: _drops(wiring.named[name], wiring, peaks[name]) for name in layers}
        self.behind: dict[str, Behind] = {name: self._behind(wiring.named[name]) for name in layers}

    def _behind(self, layer: Layer) -> Behind:
        own = self.wiring.inputs[layer.name]
        return {
            name: BehindDrops(layer.filters, self.wiring.named[name], self.wiring.inputs[name])
            for name in bottlenecks(layer, own, self.wiring.named)
        }

    def receive(self, layer: Layer, edge: Edge) -> None:
        """Take the edges into a layer."""
        own = self.wiring.inputs[layer.name]
        if layer.name in self.drops:
            places = self.drops[layer.name].add(self.images, edge)
            for name, behind in self.behind[layer.name].items():
                read = self._read(own, name, edge.given.device)
                behind.add(edge, self.waiting.get(name), places, read)
        if is_bottleneck(layer):
            self.waiting[layer.name] = Bottleneck.of(layer, edge, own)

    def _read(self, own: Inputs, name: str, device: torch.device) -> Read:
        channels, filters = own.read(own.layers.index(name))
        return channels.to(device), filters.to(device)


def _drops(layer: Layer, wiring: Wiring, peaks: Peaks) -> LayerDrops:
    own = wiring.inputs[layer.name]
    return LayerDrops(layer.filters, peaks, own, layer.channels // layer.groups)


def _size(layer: Layer, wiring: Wiring, peaks: Peaks) -> int:
    """Return how many bytes the drops of a layer take."""
    groups = len(wiring.inputs[layer.name].groups)
    return 4 * layer.filters * peaks.most * groups * layer.channels // layer.groups


def peaks_of(context: RenderContext, layer: Layer, filters: Sequence[int]) -> Peaks:
    """Return the peaks of a layer's filters, as ``examples`` found them."""
    assert context.plan.images is not None
    place = {image.id: index for index, image in enumerate(context.plan.images.images)}
    by_image: dict[int, list[Peak]] = defaultdict(list)
    most = 1
    for index in filters:
        record = read_examples(context.records, layer.name, index)
        top = record.data["top"] if record is not None else []
        for rank, example in enumerate(top):
            row, column = example["position"]
            by_image[place[example["image"]]].append((index, rank, row, column))
        most = max(most, len(top))
    return Peaks(by_image, most)
