"""Pictures that are shown to small networks, and what the lens says of each filter."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from convatlas.lenses.base import Failed, PublishPolicy, RenderContext
from convatlas.lenses.examples import Examples
from convatlas.lenses.examples.accumulator import LayerAccumulator
from convatlas.lenses.examples.batch_summary import Reducer
from convatlas.lenses.examples.layer_records import LayerRecords
from convatlas.lenses.examples.options import Examples as ExamplesOptions
from convatlas.lenses.parts.draw import Draw
from convatlas.model.facts import ImageFacts, ImageSetFacts, Layer
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest, StoredRecord
from convatlas.network.responses import normalise
from convatlas.network.trace.layers import record_layers
from support.brute_force import Maps
from support.contexts import lens_options

Records = dict[tuple[str, int], Record]
"""By layer and filter."""


def noise(count: int, size: int = 24, seed: int = 0, channels: int = 3) -> list[Image.Image]:
    """Square pictures of noise, no two alike in brightness and contrast."""
    random = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        low, high = sorted(random.integers(0, 256, 2).tolist())
        pixels = random.integers(low, high + 2, (size, size, 3)).clip(0, 255).astype(np.uint8)
        pictures.append(Image.fromarray(pixels if channels == 3 else pixels[:, :, 0]))
    return pictures


def prepared(context: RenderContext, pictures: Sequence[Image.Image]) -> Tensor:
    """Pictures of the network's own size as its input [n, channels, h, w]."""
    pixels = np.stack([np.atleast_3d(np.asarray(picture)) for picture in pictures])
    values = torch.from_numpy(pixels).permute(0, 3, 1, 2).double() / 255
    return normalise(values, context.plan.network.preprocessing)


def responses(module: nn.Module, layers: Sequence[Layer], inputs: Tensor) -> dict[str, Maps]:
    """Each layer's maps by plain hooks in float64, one picture at a time.

    A layer is its batch norm, where it has one; its second call is the hook's second.
    """
    double = copy.deepcopy(module).double()
    heard: dict[str, list[NDArray[np.float64]]] = {}
    for path in {layer.norm or layer.module for layer in layers}:
        kept = heard.setdefault(path, [])
        double.get_submodule(path).register_forward_hook(
            lambda _module, _inputs, out, kept=kept: kept.append(out[0].numpy().copy())
        )
    with torch.no_grad():
        for picture in inputs:
            double(picture[None].double())
    maps = {}
    for layer in layers:
        all_calls = heard[layer.norm or layer.module]
        calls = len(all_calls) // len(inputs)
        nth = int(layer.name.partition("@")[2] or 1) - 1
        maps[layer.name] = np.stack(all_calls[nth::calls])
    return maps


def labelled(
    context: RenderContext, kinds: Sequence[tuple[str | None, int | None]]
) -> RenderContext:
    """The same studio, with a label and an index for each image."""
    facts = context.plan.images
    assert facts is not None
    pairs = zip(facts.images, kinds, strict=True)
    images = tuple(replace(image, label=label, target=target) for image, (label, target) in pairs)
    return replace(context, plan=replace(context.plan, images=replace(facts, images=images)))


def only(context: RenderContext, layers: Sequence[str]) -> RenderContext:
    """The same studio, with some of its layers chosen."""
    filters = {name: context.plan.filters[name] for name in layers}
    return replace(context, plan=replace(context.plan, filters=filters))


def records(context: RenderContext, top: int = 9) -> Records:
    """The records of all chosen filters; none may fail."""
    found, failed = attempt(context, top)
    assert not failed
    return found


def attempt(context: RenderContext, top: int = 9) -> tuple[Records, list[Failed]]:
    """The records of all chosen filters, and what failed."""
    lenses = lens_options(examples=ExamplesOptions(top=top))
    plan = replace(context.plan, lenses=lenses)
    found: Records = {}
    failed = []
    for batch in Examples().render(
        replace(context, plan=plan), list(Examples().requests(plan, context.records))
    ):
        if isinstance(batch, Failed):
            failed.append(batch)
            continue
        for request, record in batch:
            found[str(request.layer), int(request.item)] = record
    return found, failed


def accumulated(
    maps: Tensor,
    sizes: Sequence[int] = (64,),
    kinds: Sequence[tuple[str | None, int | None]] = (),
    top: int = 9,
    lowest: int = 3,
    fingerprint: str = "a set",
    reaching: Sequence[int] | None = None,
) -> tuple[LayerAccumulator, Draw, list[str]]:
    """The tally of responses [images, filters, h, w] fed in batches of these sizes, in turn.

    Or one by one, those of the images that reach the layer.
    """
    count, filters, height, width = maps.shape
    layer = _layer(filters, height, width)
    ids = [f"{number:012x}" for number in range(count)]
    given = kinds or [(None, None)] * count
    images = tuple(ImageFacts(i, i, *kind) for i, kind in zip(ids, given, strict=True))
    draw = Draw.of(fingerprint, count)
    facts = ImageSetFacts("set", fingerprint, images, ())
    options = ExamplesOptions(top=top, lowest=lowest)
    accumulator = LayerAccumulator.empty(layer, facts, draw, options, heat=True, reducer=Reducer())
    for image in reaching or ():
        accumulator.add(np.array([image]), maps[image : image + 1])
    first, turn = 0 if reaching is None else count, 0
    while first < count:
        size = sizes[turn % len(sizes)]
        accumulator.add(np.arange(first, min(first + size, len(maps))), maps[first : first + size])
        first, turn = first + size, turn + 1
    accumulator.settle()
    return accumulator, draw, ids


def record(accumulator: LayerAccumulator, draw: Draw, ids: Sequence[str], index: int) -> Record:
    """What a tally says of one filter."""
    return LayerRecords(accumulator, draw, ids).record(index)


@lru_cache
def _layer(filters: int, height: int, width: int) -> Layer:
    layers, _ = record_layers(nn.Conv2d(1, filters, 1), (1, height, width))
    return layers[0]


def shown(
    context: RenderContext, found: Records, publish: Literal["full", "crops", "none"]
) -> RenderContext:
    """The studio of what is published of the images, now that the examples are known."""
    known = RecordIndex()
    for (layer, index), record in found.items():
        request = RecordRequest(f"{layer}/{index}", "examples", layer, index)
        known.add(request, StoredRecord(record.data, {}))
    plan = replace(context.plan, policy=PublishPolicy(publish, True))
    return replace(context, plan=plan, records=known)
