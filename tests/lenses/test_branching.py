"""Every number of every lens, where the path depends on the picture, against plain hooks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from convatlas.deriving.correlation import CorrelationIndex
from convatlas.images.codecs.decode import decode
from convatlas.images.signed import signed_picture
from convatlas.lenses.attribution.options import Attribution
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.examples.records import SKETCH
from convatlas.lenses.hypotheses.lens import Hypotheses
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.probes import Probes
from convatlas.model.facts import Hypothesis
from support.attribution_records import tops, traced_back
from support.branching import GATES, KINDS, Block, Branching, Ear, all_heard
from support.brute_force import Truth
from support.contexts import lens_options, network_of, render_context_of
from support.example_records import attempt, labelled, noise, prepared, shown
from support.probing import identity, probe_of, probing

SIZE = 24
"""Side of the network's input, in pixels: large."""
SMALL = 16
"""Side of the canvases."""
COUNT = 24
BLOCKS = st.lists(
    st.builds(Block, st.sampled_from(KINDS), st.sampled_from(GATES)), min_size=2, max_size=5
)


def studio(blocks: list[Block], seed: int) -> RenderContext:
    module = Branching(blocks, seed)
    context = render_context_of(module, noise(COUNT, seed=seed))
    return labelled(context, [(str(number % 3), number % 3) for number in range(COUNT)])


@settings(max_examples=15, deadline=None, derandomize=True)
@given(BLOCKS, st.integers(0, 99))
def test_evidence_is_of_the_images_that_reach_a_layer(blocks: list[Block], seed: int) -> None:
    context = studio(blocks, seed)
    images, picture = context.plan.images, context.picture
    assert images is not None
    assert picture is not None
    inputs = prepared(context, [picture(place) for place in range(COUNT)])
    layers = [layer for layer in context.plan.network.layers if layer.reached]
    ids = [image.id for image in images.images]
    maps = all_heard(context.module, layers, dict(zip(ids, inputs, strict=True)))
    found, failed = attempt(context, 4)
    assert {request.layer for each in failed for request in each.requests} == {
        name for name in maps if not maps[name]
    }
    assert all("reached by none of the 24 images" in each.reason for each in failed)
    assert len(found) == 4 * sum(bool(of_layer) for of_layer in maps.values())
    drawn: dict[str, set[frozenset[str]]] = {}
    for (layer, index), record in found.items():
        own = [place for place, name in enumerate(ids) if name in maps[layer]]
        truth = Truth(
            np.stack([maps[layer][ids[place]] for place in own]),
            [ids[place] for place in own],
            [(images.images[place].label, images.images[place].target) for place in own],
            top=4,
            near=1e-4,
        )
        shown = truth.check(index, record.data)
        assert record.data.get("shown", len(own)) == (COUNT if len(own) < COUNT else len(own))
        sketch = np.frombuffer(record.blobs[SKETCH], np.int8)
        assert np.flatnonzero(sketch != -128).tolist() == own
        drawn.setdefault(layer, set()).add(frozenset(shown))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(BLOCKS, st.integers(0, 99))
def test_made_pictures_are_measured_on_their_own_layer(blocks: list[Block], seed: int) -> None:
    module = Branching(blocks, seed)
    options = MaximizeOptions(canvas="pixels", size=SMALL, steps=2, attempts=1, second=False)
    context = render_context_of(module, size=SIZE, lenses=lens_options(maximize=options))
    plan, ear = context.plan, Ear(module, context.plan.network.layers)
    failed, done = set[str](), set[str]()
    for batch in Maximize().render(context, list(Maximize().requests(plan, context.records))):
        if isinstance(batch, Failed):
            assert batch.reason.startswith(f"{batch.requests[0].layer}: ")
            assert "other convolutions" in batch.reason or "not reached" in batch.reason
            failed |= {str(request.layer) for request in batch.requests}
            continue
        for request, record in batch:
            pixels = torch.from_numpy(decode(record.pictures["picture"].data).copy())
            picture = (pixels.permute(2, 0, 1).double() / 255 - 0.5) / 0.25
            response = ear.heard(picture)[str(request.layer)][int(request.item)]
            best = response.max() if request.role == "positive" else response.min()
            assert record.data["response"] == pytest.approx(best.item(), rel=1e-3, abs=1e-4)
            done.add(str(request.layer))
    reached = {layer.name for layer in plan.network.layers if layer.reached}
    assert failed | done == reached
    if not {block.gate for block in blocks} & {"dark", "bright", "rough"}:
        assert done == reached  # by size alone, the input's own is always the recorded path


class Dim(nn.Module):
    """A filter that likes light and one that likes the dark, used for dim pictures only."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)
        with torch.no_grad():
            self.conv.weight[0], self.conv.weight[1] = 1, -1

    def forward(self, picture: Tensor) -> Tensor:
        return self.conv(picture) if picture.mean() < 0.1 else picture


def test_a_picture_that_leaves_the_path_fails_alone() -> None:
    options = MaximizeOptions(canvas="pixels", size=8, steps=64, attempts=1, second=False)
    context = render_context_of(Dim(), size=8, lenses=lens_options(maximize=options))
    requests = list(Maximize().requests(context.plan, context.records))
    outcomes: dict[tuple[str, int], bool] = {}
    for batch in Maximize().render(context, requests):
        done = not isinstance(batch, Failed)
        own = batch.requests if isinstance(batch, Failed) else [request for request, _ in batch]
        outcomes |= {(request.role, int(request.item)): done for request in own}
        assert done or "conv is not reached" in batch.reason
    dark = {("positive", 1), ("negative", 0)}
    assert outcomes == {
        (role, n): (role, n) in dark for role in ("positive", "negative") for n in (0, 1)
    }


@settings(max_examples=10, deadline=None, derandomize=True)
@given(BLOCKS, st.integers(0, 99))
def test_probes_and_claims_say_which_layers_a_picture_does_not_reach(
    blocks: list[Block], seed: int
) -> None:
    module = Branching(blocks, seed)
    pictures = noise(3, seed=seed)
    layers = [layer for layer in network_of(module, SIZE).layers if layer.reached]
    names = [layer.name for layer in layers]
    probes = [
        probe_of(picture, names, name=identity(picture), methods=("gradient",))
        for picture in pictures
    ]
    claims = [
        Hypothesis(number, name, 0, "stripes", tuple(map(identity, pictures)), 1, None)
        for number, name in enumerate(names, 1)
    ]
    context = probing(module, probes, claims, pictures)
    inputs = dict(zip(map(identity, pictures), prepared(context, pictures), strict=True))
    maps = all_heard(module, layers, inputs)
    for lens in (Probes(), Hypotheses()):
        found, missed = set[tuple[str, str]](), set[tuple[str, str]]()
        for batch in lens.render(context, list(lens.requests(context.plan, context.records))):
            if isinstance(batch, Failed):
                assert lens.name == "hypotheses"
                (name,) = {str(request.layer) for request in batch.requests}
                assert name in batch.reason and "another path" in batch.reason
                missed |= {(name, str(request.item)) for request in batch.requests}
                continue
            for request, record in batch:
                if record.data == {"reached": False}:
                    missed.add((str(request.layer), str(request.item)))
                    continue
                if request.layer is None or request.role == "gradient":
                    continue
                own = maps[request.layer][str(request.item)]
                assert record.data["means"] == pytest.approx(own.mean((1, 2)), rel=1e-4, abs=1e-5)
                found.add((request.layer, str(request.item)))
        heard = {(name, picture) for name in names for picture in maps[name]}
        assert (found, missed) == (heard, {(n, p) for n in names for p in inputs} - heard)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(BLOCKS, st.integers(0, 99))
def test_images_are_traced_back_from_their_own_layer(blocks: list[Block], seed: int) -> None:
    context = studio(blocks, seed)
    found, _ = attempt(context, 2)
    context = shown(context, found, "full")
    lenses = lens_options(attribution=Attribution(methods=["gradient"]))
    context = replace(context, plan=replace(context.plan, lenses=lenses))
    images, picture = context.plan.images, context.picture
    assert images is not None
    assert picture is not None
    ids = [image.id for image in images.images]
    ear = Ear(context.module, context.plan.network.layers)
    for (layer, index), record in traced_back(context).items():
        for rank, top in enumerate(tops(context, layer, index)):
            (inputs,) = prepared(context, [picture(ids.index(top["image"]))])
            response = ear.heard(inputs.requires_grad_())[layer][(index, *top["position"])]
            (gradient,) = torch.autograd.grad(response, inputs)
            left, high, width, height = record.data["windows"][rank]
            window = gradient[:, high : high + height, left : left + width].float().numpy()
            sheet = decode(record.pictures["gradient"].data)
            tile = np.split(sheet, record.data["count"], axis=1)[rank]
            wrong = np.abs(tile.astype(int) - signed_picture(window, 72).astype(int))
            assert wrong.max() <= 1


def test_filters_of_layers_that_other_images_reach_are_compared_by_what_they_share() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(6, 300)) * 0.5 + random.normal(size=300)
    sketches = np.rint(values * 30).clip(-127, 127).astype(np.int8)
    sketches[2:4, :100] = -128
    sketches[4, 150:] = -128
    sketches[5, 3:] = -128  # three images are too few to tell anything
    places = [("net", "layer", number) for number in range(6)]
    found = CorrelationIndex(places, sketches).correlations(slice(0, 6))
    for i in range(5):
        for j in range(5):
            both = (sketches[i] != -128) & (sketches[j] != -128)
            expected = np.corrcoef(sketches[i][both], sketches[j][both])[0, 1]
            assert abs(found[i, j] - expected) < 1e-12
    assert not found[5].any()


def test_images_that_all_reach_a_layer_are_compared_as_ever() -> None:
    sketches = np.random.default_rng(1).integers(-127, 128, (5, 40)).astype(np.int8)
    absent = np.concatenate([sketches, sketches[:1]])
    absent[5, 0] = -128
    places = [("net", "layer", number) for number in range(6)]
    whole = CorrelationIndex(places[:5], sketches).correlations(slice(0, 5))
    part = CorrelationIndex(places, absent).correlations(slice(0, 5))[:, :5]
    assert torch.equal(torch.tensor(whole > 0.5), torch.tensor(part > 0.5))
    kept = part != 0
    assert np.abs(part - whole)[kept].max() < 1e-12
