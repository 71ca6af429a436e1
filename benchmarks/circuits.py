"""What circuits cost, and whether their drops, or weights, rank inputs as real ablation does.

SqueezeNet 1.1, MobileNet v2 and a ResNet-20 with real weights see photographs, others with random
ones see drawings. Names given as arguments limit it to those networks; rows measured before are
kept.

Of each layer three things are told. ``removal`` is the lens's own test: 16 filters of its sources
are really removed, one at a time. ``weights`` asks how well the norms of the kernels rank all
inputs of 16 filters at their peaks in 5 images: by their real drops. ``identity`` is the largest
difference between a response at its peak and the sum of what contributes to it, as a share of the
sum of their sizes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean, median
from typing import Any, cast

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.config.read import Configuration
from convatlas.lenses.base import Failed, Lens, RenderContext
from convatlas.lenses.circuits import Circuits
from convatlas.lenses.circuits.behind import Bottleneck, bottlenecks, is_bottleneck
from convatlas.lenses.circuits.packing import unpacked
from convatlas.lenses.circuits.passes import Passes
from convatlas.lenses.circuits.records import LAYER, PackedCircuit
from convatlas.lenses.examples import Examples
from convatlas.lenses.parts.agreement import spearman
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest, StoredRecord
from convatlas.network.contributions import Places, constants, contributions, drops, kernels
from convatlas.network.hops import Edge
from convatlas.network.responses import normalise
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from machine import DATA, RESULTS, ROOT, WORK, write

REAL = ("squeezenet1_1", "mobilenet_v2", "resnet20")
RANDOM = ("resnet50", "googlenet", "densenet121", "efficientnet_b0")
SIDE = 96
"""Pixels of the input of networks with random weights."""
DRAWINGS = 48
"""How many of the demo's drawings these are shown."""
FILTERS = 16
IMAGES = 5
LARGEST = 5
PHOTOGRAPHS = DATA / "images" / "imagenet-1k-sample"
CIFAR10 = DATA / "images" / "cifar10-test"

Floats = NDArray[np.float64]
Records = Mapping[tuple[str, int | str], Record]


def some(folder: Path, count: int) -> Path:
    """A folder with so many of the pictures of another one, spread over it."""
    pictures = sorted(each for each in folder.rglob("*") if each.suffix in {".jpg", ".JPEG"})
    chosen = WORK / f"{folder.name}-{count}"
    chosen.mkdir(parents=True, exist_ok=True)
    for place in spread(len(pictures), count):
        file = chosen / pictures[place].name
        if not file.exists():
            file.write_bytes(pictures[place].read_bytes())
    return chosen


def configuration(name: str, count: int) -> Configuration:
    """An atlas of one network, which is shown so many photographs."""
    if name == "resnet20":
        file = ROOT / "examples" / "resnet20.yaml"
        environment = {
            "RESNET20_WEIGHTS": str(DATA / "weights" / "resnet20_cifar10.pth"),
            "CIFAR10_TEST": str(some(CIFAR10, count)),
        }
        return parse(file.read_text(encoding="utf-8"), file, environment)
    model: dict[str, Any] = {"name": name, "source": f"torchvision/{name}"}
    images: dict[str, Any] = {"name": "images"}
    if name in REAL:
        model["weights"] = str(DATA / "weights" / f"{name}.pth")
        images["source"] = f"folder:{some(PHOTOGRAPHS, count)}"
    else:
        model |= {"weights": "none", "input": {"size": SIDE, "resize": SIDE}}
        model |= {"arguments": {"init_weights": False}} if name == "googlenet" else {}
        images |= {"source": "convatlas.demo:pictures", "arguments": {"count": DRAWINGS}}
    atlas = {"models": [model], "images": [images]}
    return parse(json.dumps(atlas), ROOT / "atlas.yaml", {})


def bare(context: RenderContext) -> float:
    """The processor's seconds of a bare pass over all images."""
    start = time.process_time()
    for _, pictures in image_batches(context, 8):
        with torch.inference_mode():
            context.module(normalise(pictures, context.plan.network.preprocessing))
    return time.process_time() - start


def rendered(lens: Lens, context: RenderContext) -> tuple[dict[RecordRequest, Record], list[str]]:
    """All records of a lens, and the reasons of those that failed."""
    found: dict[RecordRequest, Record] = {}
    reasons: list[str] = []
    for batch in lens.render(context, list(lens.requests(context.plan, context.records))):
        if isinstance(batch, Failed):
            reasons.append(batch.reason)
        else:
            found.update(batch)
    return found, reasons


def with_examples(context: RenderContext) -> RenderContext:
    """The same with the records of strongest images."""
    index = RecordIndex()
    for request, record in rendered(Examples(), context)[0].items():
        index.add(request, StoredRecord(record.data, {}, {}))
    return replace(context, records=index)


@dataclass
class Agreement:
    """Rankings of inputs held against their real drops."""

    told: list[Floats] = field(default_factory=list)
    true: list[Floats] = field(default_factory=list)

    def add(self, told: Tensor, true: Tensor) -> None:
        """Add numbers [responses, inputs], which are compared by size."""
        self.told += list(told.double().abs().numpy())
        self.true += list(true.double().abs().numpy())

    def result(self) -> dict[str, Any] | None:
        """The rank correlation over all, the mean of that within responses, and the mean overlap.

        The overlap is the share of the five largest of a response that are the same.
        """
        pairs = list(zip(self.told, self.true, strict=True))
        pairs = [(told, true) for told, true in pairs if len(true) > 1 and true.max() > 0]
        ranks = [found for told, true in pairs if (found := spearman(told, true)) is not None]
        if not ranks:
            return None
        overlaps = [len(largest(a) & largest(b)) / min(LARGEST, len(a)) for a, b in pairs]
        return {
            "responses": len(pairs),
            "inputs": round(mean(len(told) for told, _ in pairs)),
            "spearman": round(spearman(*map(np.concatenate, zip(*pairs, strict=True))) or 0.0, 3),
            "spearman_within": round(mean(ranks), 3),
            "overlap": round(mean(overlaps), 3),
        }


def largest(values: Floats) -> set[int]:
    """The places of the five largest."""
    return set(np.argsort(-values, kind="stable")[:LARGEST].tolist())


@dataclass
class Weights:
    """Ranks the inputs of some filters at their peaks in one batch by weights, and by drops."""

    passes: Passes
    waiting: dict[str, Bottleneck | None] = field(default_factory=dict)
    direct: dict[str, Agreement] = field(default_factory=dict)
    behind: dict[str, Agreement] = field(default_factory=dict)
    identity: dict[str, float] = field(default_factory=dict)

    def receive(self, layer: Layer, edge: Edge) -> None:
        """Compare the inputs of a layer, and those behind its bottlenecks."""
        every = peaks(edge, range(layer.filters))
        self.identity[layer.name] = deviation(edge, every)
        own, wiring = self.passes.wiring.inputs[layer.name], self.passes.wiring
        places = peaks(edge, spread(layer.filters, FILTERS))
        norms = kernels(edge).flatten(2).norm(dim=2)[places.filter]
        lost = drops(edge, own.groups, places)[1]
        if len(lost):
            known = [own.layer[row] >= 0 for row in range(len(lost))]
            found = self.direct.setdefault(layer.name, Agreement())
            for place, filter in enumerate(places.filter.tolist()):
                reads = channels_of(layer, filter)
                hit = [each[reads] for each in known]
                told = torch.cat([norms[place][each] for each in hit])
                true = [drop[place][each] for drop, each in zip(lost, hit, strict=True)]
                found.add(told[None], torch.cat(true)[None])
        for name in bottlenecks(layer, own, wiring.named):
            self._behind(layer, edge, places, name)
        if is_bottleneck(layer):
            self.waiting[layer.name] = Bottleneck.of(layer, edge, own)

    def _behind(self, layer: Layer, edge: Edge, places: Places, name: str) -> None:
        """Compare the inputs of a bottleneck by the product of the weights on the way."""
        wiring = self.passes.wiring
        own = wiring.inputs[layer.name]
        channels, filters = own.read(own.layers.index(name))
        known = self.waiting.get(name)
        if known is None or not known.passes_to(edge, places, channels, filters):
            return
        weights = kernels(edge)[places.filter][:, channels]
        product = torch.einsum("msyx,sc->mcyx", weights, known.kernel[filters])
        norms = product.flatten(2).norm(dim=2)
        owner = wiring.inputs[name].layer
        found = self.behind.setdefault(layer.name, Agreement())
        drops = known.true_drops(edge, places, channels, filters)
        both = zip(owner >= 0, drops, strict=True)
        pairs = [(norms[:, each], drop[:, each]) for each, drop in both]
        told, true = zip(*pairs, strict=True)
        found.add(torch.cat(told, 1), torch.cat(true, 1))


def channels_of(layer: Layer, filter: int) -> slice:
    """The input channels that a filter reads."""
    each = layer.channels // layer.groups
    first = filter // (layer.filters // layer.groups) * each
    return slice(first, first + each)


def peaks(edge: Edge, filters: Sequence[int]) -> Places:
    """The peaks of filters in all pictures."""
    columns = edge.response.shape[3]
    own = torch.tensor(list(filters))
    at = edge.response[:, own].flatten(2).argmax(2)
    picture = torch.arange(len(at))[:, None].expand_as(at)
    each = (picture, own.expand_as(at), at // columns, at % columns)
    return Places(*(tensor.flatten() for tensor in each))


def deviation(edge: Edge, places: Places) -> float:
    """How far responses are at most from the sums of what contributes to them."""
    parts, constant = contributions(edge, edge.given, places), constants(edge, places.filter)
    responses = edge.response[places.tensors]
    off = (parts.sum(1) + constant - responses).abs()
    size = parts.abs().sum(1) + constant.abs() + responses.abs()
    return float((off / size.clamp(min=1e-12)).max())


def weighed(context: RenderContext) -> Weights:
    """The comparison of rankings on a few images, with means over all."""
    passes = Passes(context)
    passes.measure()
    weights = Weights(passes)
    for _, inputs in passes.batches(IMAGES, spread(passes.count, IMAGES)):
        passes._hop(inputs, passes.ablations, weights.receive)
    return weights


def measured(context: RenderContext) -> dict[str, Any]:
    """One network's row, with one for each layer."""
    bare(context)
    plain = min(bare(context), bare(context))
    context = with_examples(context)
    start = time.process_time()
    made, reasons = rendered(Circuits(), context)
    seconds = time.process_time() - start
    print(f"bare {plain:.1f} s, lens {seconds:.1f} s", flush=True)
    records = {(str(request.layer), request.item): record for request, record in made.items()}
    weights = weighed(context)
    rows = [row(layer, records, weights) for layer, _ in context.plan.layers()]
    return {
        "images": weights.passes.count,
        "threads": torch.get_num_threads(),
        "bare_seconds": round(plain, 2),
        "lens_seconds": round(seconds, 2),
        "lens_over_bare": round(seconds / plain, 2),
        "identity": max(each["identity"] for each in rows if each["identity"] is not None),
        "failed": reasons,
        **counted(context, records),
        **{key: summary(rows, key) for key in ("removal", "weights", "behind", "weights_behind")},
        "layers": rows,
    }


def row(layer: Layer, records: Records, weights: Weights) -> dict[str, Any]:
    """What was found of a layer."""
    known = records.get((layer.name, LAYER))
    data = known.data if known else {"removal": None, "behind": None, "sums": None}
    direct, behind = weights.direct.get(layer.name), weights.behind.get(layer.name)
    return {
        "layer": layer.name,
        "filters": layer.filters,
        "sums": data["sums"],
        "removal": data["removal"],
        "weights": direct.result() if direct else None,
        "behind": data["behind"],
        "weights_behind": behind.result() if behind else None,
        "identity": weights.identity.get(layer.name),
    }


def counted(context: RenderContext, records: Records) -> dict[str, Any]:
    """How many filters have inputs and consumers, and what they take in a store.

    Those of the last layers, none of which has a consumer, are not counted as without.
    """
    layers = [record for key, record in records.items() if key[1] == LAYER]
    after = {
        name: record.data["after"] for (name, item), record in records.items() if item == LAYER
    }
    packed = {key: record.data for key, record in records.items() if key[1] != LAYER}
    filters = {
        key: unpacked(cast("PackedCircuit", data), after[key[0]]) for key, data in packed.items()
    }
    live = {key for key, data in filters.items() if data["inputs"] and data["excess"] > 0}
    consumed = {key for key in filters if filters[key]["consumers"]}
    goes_on = {layer for layer, _ in consumed}
    unread = sum(key[0] in goes_on for key in live - consumed)
    size = sum(len(json.dumps(data, separators=(",", ":"))) for data in packed.values())
    size += sum(len(json.dumps(record.data, separators=(",", ":"))) for record in layers)
    drawn = sum(len(each.data) for record in layers for each in record.pictures.values())
    return {
        "filters": len(filters),
        "with_inputs": len(live),
        "with_consumers": len(consumed),
        "live_without_consumers": unread,
        "two_reasons": sum(bool(data["groups"]) for data in filters.values()),
        "bytes_a_filter": round((size + drawn) / len(filters)),
    }


def summary(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, Any] | None:
    """Medians over the layers, the lowest, and the share of those that reach the aims."""
    told = [each[key] for each in rows if each[key] and each[key]["spearman"] is not None]
    if not told:
        return None
    good = [each["spearman"] >= 0.95 and each["overlap"] >= 0.9 for each in told]
    found: dict[str, Any] = {"layers": len(told), "reach_both": round(mean(good), 3)}
    for name in ("spearman", "overlap"):
        values = [each[name] for each in told]
        found[name] = {"median": round(median(values), 3), "lowest": round(min(values), 3)}
    return found


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--photographs", default=200, help="How many photographs real networks are shown.")
def main(names: Sequence[str], photographs: int) -> None:
    """Measure the networks one after the other; each row is written when it is there."""
    file = RESULTS / "circuits.json"
    known = json.loads(file.read_text())["networks"] if file.exists() else {}
    WORK.mkdir(exist_ok=True)
    for name in names or (*REAL, *RANDOM):
        with Store(WORK / "circuits-store") as store:
            workspace = Workspace(configuration(name, photographs), OpenCatalog(store))
            opened = workspace.plan_contexts()[0].network.name
            known[name] = measured(workspace.render_context(opened, "cpu"))
        write("circuits", {"networks": known})


if __name__ == "__main__":
    main()
