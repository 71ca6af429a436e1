"""The same answers on CUDA as on a CPU; on a pretended device where there is no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from convatlas.config.schema import METHODS, Method
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.examples.options import Examples as ExamplesOptions
from convatlas.lenses.examples.scan_images import scan_images
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.cuda_graphs import CudaGraphs
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.render import render
from convatlas.lenses.maximize.replays import Replays
from convatlas.lenses.probes import Probes
from convatlas.network.attribution import Trace
from convatlas.network.device import choose
from support import nets
from support.contexts import lens_options, render_context_of
from support.elsewhere import elsewhere
from support.maximizing import finished, how, jobs_of, target_of
from support.probing import noise, probe_of, probing, rendered

WITHOUT = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


@pytest.fixture(params=[pytest.param("cuda", marks=[pytest.mark.gpu, WITHOUT]), "pretended"])
def device(request: pytest.FixtureRequest) -> torch.device:
    if request.param == "cuda":
        return choose("cuda")
    found: torch.device = request.getfixturevalue("pretended").device
    return found


def responses(context: RenderContext) -> dict[str, float]:
    found: dict[str, float] = {}
    for batch in render(context, list(Maximize().requests(context.plan, context.records))):
        assert not isinstance(batch, Failed), batch.reason
        found |= {request.key: record.data["response"] for request, record in batch}
    return found


def test_maximised_responses_agree_within_two_percent_at_the_median(device: torch.device) -> None:
    options = MaximizeOptions(canvas="fourier", size=48, steps=32)
    context = render_context_of(nets.Small(), size=48, lenses=lens_options(maximize=options))
    here, there = responses(context), responses(elsewhere(context, device))
    assert here.keys() == there.keys()
    differences = [abs(there[key] / here[key] - 1) for key in here]
    assert np.median(differences) < 0.02


@pytest.mark.gpu
@WITHOUT
def test_steps_replayed_as_a_cuda_graph_lead_where_plain_ones_do() -> None:
    device = choose("cuda")
    target = target_of(nets.Small(), "conv2", 48)
    target = replace(target, module=target.module.to(device), device=device)
    replays = Replays(CudaGraphs(device), asking=0.0)  # even where nothing is saved
    moving = {"jitter": 2.0, "rotate": 5.0, "scale": 0.1, "noise": 0.05, "decay": 0.5}
    recipe = how(**moving, size=(48, 48), steps=40)
    jobs = jobs_of([0, 1, 2, 3, 4, 0])
    plain = finished(target, jobs, recipe, 4)
    replayed = finished(replace(target, replays=replays), jobs, recipe, 4)
    assert not replays.refused
    assert replays.recorded == {"conv2": 2}  # four pictures at once, then two
    last = np.array([[made.history.values[-1] for made in each] for each in (plain, replayed)])
    np.testing.assert_allclose(last[1], last[0], rtol=0.02)


def test_the_examples_pass_gives_the_same_images(device: torch.device) -> None:
    random = np.random.default_rng(0)
    pictures = [Image.fromarray(random.integers(0, 256, (24, 24, 3), np.uint8)) for _ in range(40)]
    context = render_context_of(nets.Small(), pictures)
    layers = [layer for layer, _ in context.plan.layers()]
    options = ExamplesOptions(top=5)
    (_, here), (_, there) = (
        scan_images(each, layers, options) for each in (context, elsewhere(context, device))
    )
    for layer in layers:
        for name in ("highest", "lowest"):
            expected = getattr(here[layer.name].moments, name)
            found = getattr(there[layer.name].moments, name)
            torch.testing.assert_close(found.cpu(), expected, atol=1e-4, rtol=1e-4)
            ours, theirs = (getattr(each[layer.name], name).settle() for each in (here, there))
            np.testing.assert_allclose(theirs.strengths, ours.strengths, atol=1e-4, rtol=1e-4)
            apart = np.abs(np.diff(ours.strengths, append=np.inf)) > 1e-3
            apart &= np.abs(np.diff(ours.strengths, prepend=np.inf)) > 1e-3
            assert apart.any()  # where no two images are as strong as each other
            np.testing.assert_array_equal(theirs.images[apart], ours.images[apart])


@pytest.mark.parametrize("method", METHODS)
def test_what_is_traced_back_is_the_same(device: torch.device, method: Method) -> None:
    context = render_context_of(nets.Small())
    inputs = torch.randn(2, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    traced = []
    for place in (context, elsewhere(context, device)):
        trace = Trace(place.module, context.plan.network.layers, inputs.to(place.device))
        response = trace.responses["conv2"]
        seeds = torch.zeros(3, *response.shape, device=place.device)
        seeds[range(3), :, range(3), 5, 5] = 1
        traced.append(trace.back("conv2", seeds, method).cpu())
    torch.testing.assert_close(traced[1], traced[0], atol=1e-4, rtol=1e-4)


def test_a_probe_gives_the_same_numbers(device: torch.device) -> None:
    picture = noise(1)
    context = probing(nets.Small(), [probe_of(picture, ["conv1", "conv2"])], pictures=[picture])
    here, there = rendered(Probes(), context), rendered(Probes(), elsewhere(context, device))
    for layer in ("conv1", "conv2"):
        expected, found = (records[layer, "noise", "maps"].data for records in (here, there))
        np.testing.assert_allclose(found["means"], expected["means"], rtol=1e-3, atol=1e-4)
