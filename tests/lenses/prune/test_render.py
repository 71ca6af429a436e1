"""The prune audit against hooks that mask filters by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.base import Failed, Lens, RenderContext
from convatlas.lenses.effects import Effects
from convatlas.lenses.effects.options import Effects as Options
from convatlas.lenses.effects.records import LAYER, LOSSES, PREDICTIONS, read_blob
from convatlas.lenses.effects.records import NAME as EFFECTS
from convatlas.lenses.parts.packed import packed, unpacked
from convatlas.lenses.prune import Prune
from convatlas.lenses.prune.orders import RANDOM, Orders
from convatlas.lenses.prune.records import PruneData
from convatlas.lenses.prune.units import groups
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest, StoredRecord
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from support.contexts import CPU, lens_options, render_context_of

SHARES = [0.25, 0.5]
Vectors = Mapping[str, np.ndarray[Any, np.dtype[np.float64]]]


class Colours(nn.Module):
    """Classes are red, green and blue; the filter with by far the largest kernel does nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 1), nn.Linear(4, 3)
        with torch.no_grad():
            self.conv.weight.copy_(torch.eye(4, 3)[:, :, None, None])
            self.conv.weight[3] = 9
            self.conv.bias.zero_()
            self.head.weight.copy_(torch.eye(3, 4))
            self.head.bias.copy_(torch.tensor([0, 0.9, 0]))  # what is neither is green

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.conv(x)).mean((2, 3)))


class Scores(nn.Module):
    """The last convolution gives a map for each class; so may the one before, for others."""

    def __init__(self, shares: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.near, self.far, self.shares = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3), shares

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.far(F.relu(self.near(x)))).mean((2, 3))
        return x.softmax(1) if self.shares else x


class Cancelling(nn.Module):
    """Two convolutions are added; of what they say of red, nothing is left, of blue a little."""

    def __init__(self) -> None:
        super().__init__()
        self.plus, self.minus = nn.Conv2d(3, 3, 1, bias=False), nn.Conv2d(3, 3, 1, bias=False)
        self.head = nn.Linear(3, 3)
        with torch.no_grad():
            for conv, scale in ((self.plus, (9.0, 1, 5)), (self.minus, (-9.0, 1, -4))):
                conv.weight.copy_(torch.diag(torch.tensor(scale))[:, :, None, None])
            self.head.weight.copy_(torch.tensor([[1, 1, 0], [0, 1, 1], [1, 0, 1]]))
            self.head.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return self.head((self.plus(x) + self.minus(x)).mean((2, 3)))


def plain(colour: tuple[int, int, int]) -> Image.Image:
    noise = np.random.default_rng(sum(colour)).integers(0, 60, (8, 8, 3))
    return Image.fromarray((np.array(colour) + noise).astype(np.uint8))


def noise(count: int, size: int) -> list[Image.Image]:
    random = np.random.default_rng(3)
    low = (random.integers(0, 256, (4, 4, 3), dtype=np.uint8) for _ in range(count))
    return [Image.fromarray(each).resize((size, size)) for each in low]


def studio(
    module: nn.Module, pictures: Sequence[Image.Image], size: int, **options: object
) -> RenderContext:
    lenses = lens_options(effects=Options.model_validate({"prune": SHARES, **options}))
    return render_context_of(module, pictures, size, lenses=lenses)


def stored(record: Record) -> tuple[StoredRecord, dict[str, bytes]]:
    """A record as the store returns it, and its blobs by digest."""
    digests = {name: hashlib.sha256(blob).hexdigest() for name, blob in record.blobs.items()}
    blobs = {digests[name]: blob for name, blob in record.blobs.items()}
    return StoredRecord(record.data, {}, digests), blobs


def rendered(lens: Lens, context: RenderContext) -> RenderContext:
    """The same with the records of a lens."""
    index, blobs = RecordIndex.of(context.records), dict(context.stored)
    requests = list(lens.requests(context.plan, context.records))
    for batch in lens.render(context, requests):
        assert not isinstance(batch, Failed), batch.reason
        for request, record in batch:
            found, own = stored(record)
            index.add(request, found)
            blobs |= own
    return replace(context, records=index, stored=blobs)


def audit(context: RenderContext) -> PruneData:
    (found,) = rendered(Prune(), context).records.of_lens("prune")
    return found[1].data  # type: ignore[return-value]


def told(context: RenderContext, targets: Sequence[int | None], **changed: object) -> RenderContext:
    """The same where effects are made up: on the loss, and what filters are set to."""
    random, index, blobs = np.random.default_rng(0), RecordIndex(), {}
    for layer, _ in context.plan.layers():
        losses = random.integers(-64, 65, (len(targets), layer.filters)) / 64
        losses[0] = 1
        blob, unit = packed(losses)
        data: dict[str, Any] = {
            "importance": np.square(losses).mean(0).tolist(),
            "baseline": random.random(layer.filters).round(6).tolist(),
            "units": {LOSSES: unit},
        }
        if layer.name in changed:
            data |= changed[layer.name]  # type: ignore[operator]
        request = RecordRequest(f"key of {layer.name}", EFFECTS, layer.name, LAYER)
        record, own = stored(Record(data, blobs={LOSSES: blob}))
        index.add(request, record)
        blobs |= own
    request = RecordRequest("key of predictions", EFFECTS, None, PREDICTIONS)
    index.add(request, StoredRecord({"target": list(targets)}, {}))
    return replace(context, records=index, stored=blobs)


def only(context: RenderContext, layers: Sequence[str]) -> RenderContext:
    """The same where only some layers are chosen."""
    chosen = {name: context.plan.filters[name] for name in layers}
    index = RecordIndex.of(each for each in context.records if each[0].layer in (None, *layers))
    return replace(context, plan=replace(context.plan, filters=chosen), records=index)


def written_over(
    channels: list[int], values: Tensor, module: nn.Module, inputs: Any, output: Tensor
) -> Tensor:
    changed = output.clone()
    changed[:, channels] = values[:, None, None]
    return changed


class ByHand:
    """A network some of whose batch norms have channels written over."""

    def __init__(self, context: RenderContext, targets: Sequence[int | None]) -> None:
        self.network, images = context.module, context.plan.images
        self.records = context.records
        assert images is not None
        self.layers = {layer.name: layer for layer in context.plan.network.layers}
        self.effects = {
            request.layer: record.data
            for request, record in context.records.of_lens(EFFECTS)
            if request.layer
        }
        self.blobs = context.stored
        pictures = [context.pictures[images.name](n) for n in range(len(images.images))]
        settings = context.plan.network.preprocessing
        pixels = np.stack([prepare(picture, settings) for picture in pictures])
        self.inputs = as_inputs(pixels, settings, CPU)
        own = self.predicted({})
        self.targets = [a if b is None else b for a, b in zip(own, targets, strict=True)]

    def predicted(self, mask: Mapping[str, Sequence[int]]) -> list[int]:
        hooks = []
        for name, channels in mask.items():
            values = torch.tensor([self.effects[name]["baseline"][n] for n in channels])
            norm = self.network.get_submodule(str(self.layers[name].norm))

            cut = partial(written_over, list(channels), values)
            hooks.append(norm.register_forward_hook(cut))
        with torch.no_grad():
            found: list[int] = self.network(self.inputs).argmax(1).tolist()
        for hook in hooks:
            hook.remove()
        return found

    def left(self, mask: Mapping[str, Sequence[int]]) -> float:
        pairs = zip(self.predicted(mask), self.targets, strict=True)
        return sum(a == b for a, b in pairs) / len(self.targets)

    def losses(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        digest, unit = read_blob(self.records, name, LOSSES) or ("", 0.0)
        return unpacked(self.blobs[digest], unit, self.layers[name].filters)

    def masks(self, stream: Sequence[str], values: Vectors) -> list[dict[str, list[int]]]:
        """At each share, the channels with the lowest mean square of sums, in all layers."""
        total = np.square(np.sum([values[name] for name in stream], axis=0)).mean(0)
        order = np.argsort(total, kind="stable").tolist()
        counts = [round(share * len(order)) for share in SHARES]
        return [dict.fromkeys(stream, order[:count]) for count in counts]


def test_a_filter_that_does_nothing_is_masked_first_however_large_its_kernel() -> None:
    colours = [(190, 20, 20), (20, 190, 20), (20, 20, 190)] * 3
    context = studio(Colours(), [plain(each) for each in colours], 8)
    assert context.plan.images is not None
    images = [
        replace(image, label=str(n % 3), target=n % 3)
        for n, image in enumerate(context.plan.images.images)
    ]
    labelled = replace(context.plan.images, images=tuple(images))
    context = replace(context, plan=replace(context.plan, images=labelled))
    assert not list(Prune().requests(context.plan, RecordIndex()))
    found = audit(rendered(Effects(), context))
    assert found["measure"] == "accuracy"
    assert found["filters"]["conv"]["rank"][3] == 4
    assert found["filters"]["conv"]["masked"][3] == 0.25
    assert found["filters"]["conv"]["norm"] == [1, 1, 1, 27]
    (alone,) = found["alone"]
    assert (alone["before"], alone["masked"], alone["units"]) == (1, [1, 2], 4)
    assert alone["importance"][0] == 1
    assert alone["norm"] is not None
    assert alone["norm"][0] == pytest.approx(2 / 3, abs=1e-5)  # red is green
    assert found["together"]["importance"] == alone["importance"]


def test_tied_filters_that_cancel_each_other_out_are_masked_first() -> None:
    context = rendered(Effects(), studio(Cancelling(), noise(9, 8), 8, prune=[0.34, 0.67]))
    found = audit(context)
    assert [found["filters"][name]["rank"] for name in ("plus", "minus")] == [[3, 1, 2]] * 2
    for name in ("plus", "minus"):  # though each of the two matters most by itself
        importance = found["filters"][name]["importance"]
        assert importance[0] == max(importance)
    (alone,) = found["alone"]
    assert (alone["masked"], alone["units"], alone["importance"][0]) == ([1, 2], 3, 1)
    assert alone["norm"] is not None
    assert alone["norm"][0] < 1


STREAMS = {
    "resnet18": [
        ("conv1", "layer1.0.conv2", "layer1.1.conv2"),
        *(
            (f"layer{n}.0.conv2", f"layer{n}.0.downsample.0", f"layer{n}.1.conv2")
            for n in (2, 3, 4)
        ),
    ],
    "mobilenet_v2": [
        tuple(f"features.{n}.conv.2" for n in numbers)
        for numbers in ((2, 3), (4, 5, 6), (7, 8, 9, 10), (11, 12, 13), (14, 15, 16))
    ],
}


@pytest.mark.parametrize(
    ("name", "labels"), [("resnet18", True), ("resnet18", False), ("mobilenet_v2", True)]
)
def test_channels_of_residual_streams_are_masked_together(name: str, labels: bool) -> None:
    torch.manual_seed(0)
    network = torchvision.models.get_model(name, weights=None, num_classes=5).eval()
    context = studio(network, noise(9, 32), 32)
    layers = [layer.name for layer, _ in context.plan.layers()][:11]
    context = only(context, layers)
    targets = [n % 5 if labels and n else None for n in range(9)]
    context = told(context, targets)
    hand, found = ByHand(context, targets), audit(context)
    if labels:  # the image without a label is left out
        hand.inputs, hand.targets = hand.inputs[1:], hand.targets[1:]
    streams = [tuple(layer for layer in each if layer in layers) for each in STREAMS[name]]
    tied = {name: each for each in streams for name in each}
    expected = list(dict.fromkeys(tied.get(name, (name,)) for name in layers))
    assert [tuple(each["layers"]) for each in found["alone"]] == expected
    losses = {name: hand.losses(name) for name in layers}
    norms = {
        name: network.get_submodule(name)
        .weight.detach()
        .double()
        .abs()
        .sum((1, 2, 3))
        .numpy()[None]
        for name in layers
    }
    for order, values in (("importance", losses), ("norm", norms)):
        masks = [hand.masks(stream, values) for stream in expected]
        for trial, own in list(zip(found["alone"], masks, strict=True))[::2]:
            left = [hand.left(mask) for mask in own]
            assert trial[order] == pytest.approx(left, abs=1e-5)  # type: ignore[literal-required]
        whole = [dict(pair for own in masks for pair in own[n].items()) for n in range(len(SHARES))]
        left = [hand.left(mask) for mask in whole]
        assert found["together"][order] == pytest.approx(left, abs=1e-5)  # type: ignore[literal-required]
    assert found["measure"] == ("accuracy" if labels else "agreement")
    assert found["together"]["images"] == (8 if labels else 9)
    assert found["together"]["before"] == pytest.approx(1 if not labels else hand.left({}))


def test_random_masks_are_told_by_the_mean_of_their_draws() -> None:
    context = told(studio(torchvision.models.resnet18(num_classes=5), noise(9, 32), 32), [None] * 9)
    names = ["layer1.0.conv1", "layer1.1.conv1"]
    context = only(context, names)
    found, hand = audit(context), ByHand(context, [None] * 9)
    zeros = {name: [0.0] * 64 for name in names}
    orders = [
        Orders.of(group, [0.0] * 64, zeros, number)
        for number, group in enumerate(groups(context.plan.network.layers, names))
    ]

    def mask(draw: str, share: float) -> dict[str, list[int]]:
        return {each.group.layers[0]: list(each.by[draw][: round(64 * share)]) for each in orders}

    expected = [np.mean([hand.left(mask(draw, share)) for draw in RANDOM]) for share in SHARES]
    assert found["together"]["random"] == pytest.approx(expected, abs=1e-5)
    first = [hand.left({names[0]: mask(RANDOM[0], share)[names[0]]}) for share in SHARES]
    assert found["alone"][0]["random"] == pytest.approx(first, abs=1e-5)


@pytest.mark.parametrize("shares", [False, True])
def test_a_layer_whose_filters_are_the_scores_is_left_out(shares: bool) -> None:
    context = told(studio(Scores(shares), noise(3, 16), 16), [None] * 3)
    found = audit(context)
    assert found["left_out"] == [("far", "its filters are the scores of the classes")]
    assert list(found["filters"]) == ["near"]


def test_a_layer_whose_effects_are_not_finite_is_left_out() -> None:
    context = told(
        studio(Scores(False), noise(3, 16), 16),
        [None] * 3,
        near={"importance": [0.1, None, 0.2, 0.3]},
    )
    requests = list(Prune().requests(context.plan, context.records))
    (failed,) = Prune().render(context, requests)
    assert isinstance(failed, Failed)
    assert failed.reason.endswith("leave the option out")


def test_images_are_bounded_and_spread_over_the_labelled_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("convatlas.lenses.prune.render.TOGETHER", 4)
    monkeypatch.setattr("convatlas.lenses.prune.render.ALONE", 2)
    monkeypatch.setattr("convatlas.lenses.prune.masking.TOGETHER", {"cpu": 3})
    network = Scores(False)
    context = studio(network, noise(9, 16), 16)
    with torch.no_grad():
        own = ByHand(told(context, [None] * 9), [None] * 9).targets
    right = {1, 4, 8}  # of 1, 3, 6 and 8, which are the spread of the labelled ones, two count
    targets = [None, *(own[n] if n in right else (own[n] + 1) % 4 for n in range(1, 9))]
    found = audit(told(context, targets))
    assert (found["together"]["images"], found["alone"][0]["images"]) == (4, 2)
    assert found["together"]["before"] == 0.5
    assert found["alone"][0]["before"] == 1


def test_it_is_asked_for_once_all_effects_are_known_and_anew_where_they_change() -> None:
    context = told(studio(Scores(False), noise(3, 16), 16), [None] * 3)
    lens = Prune()
    (request,) = lens.requests(context.plan, context.records)
    for left_out in ("near", None):
        some = (each for each in context.records if each[0].layer != left_out)
        assert not list(lens.requests(context.plan, RecordIndex.of(some)))
    changed = ((replace(own, key=own.key + "!"), data) for own, data in context.records)
    (other,) = lens.requests(context.plan, RecordIndex.of(changed))
    assert other.key != request.key
    for options, same in (
        ({"prune": [0.5, 0.25, 0.5]}, True),
        ({"prune": [0.5]}, False),
    ):
        lenses = lens_options(effects=Options.model_validate(options))
        plan = replace(context.plan, lenses=lenses)
        assert ([own.key for own in lens.requests(plan, context.records)] == [request.key]) == same
    for lenses in (lens_options(), lens_options(effects=False)):
        assert not list(lens.requests(replace(context.plan, lenses=lenses), context.records))
