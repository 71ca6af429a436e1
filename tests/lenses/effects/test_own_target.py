"""Effects on a number of the user's own: exact where arithmetic tells it, and refused in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.errors import RenderError
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.effects import Effects
from convatlas.lenses.effects.options import Effects as Options
from convatlas.lenses.effects.own_target import OwnTarget
from convatlas.lenses.effects.records import LAYER, PREDICTIONS, TARGET
from convatlas.model.facts import FunctionFacts, ImageFacts, Variation
from convatlas.model.record_index import RecordIndex
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from support.contexts import CPU, lens_options, render_context_of
from support.effects_truth import rendered

SOURCE = "loss.py:depth"
WEIGHTS = (2.0, -3.0, 0.0)
COUNT = 12

Function = Callable[[object], object]


class Regression(nn.Module):
    """Filter k is colour k where it is above 0.5; the output is a weighted sum of their means."""

    def __init__(self) -> None:
        super().__init__()
        self.colour = nn.Conv2d(3, 3, 1)
        self.head = nn.Linear(3, 1)
        with torch.no_grad():
            self.colour.weight[:] = torch.eye(3)[:, :, None, None]
            self.colour.bias[:] = 0  # type: ignore[index]
            self.head.weight[:] = torch.tensor([WEIGHTS])
            self.head.bias[:] = 5

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.colour(x)).mean((2, 3)))


class Segmenter(nn.Module):
    """Two filters, each of which is the map of a class."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Conv2d(3, 4, 3)
        self.maps = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"out": self.maps(F.relu(self.body(x)))}


def photos() -> list[Image.Image]:
    random = np.random.default_rng(0)
    return [
        Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8)) for _ in range(COUNT)
    ]


def studio(network: nn.Module, function: Function, **options: object) -> RenderContext:
    lenses = lens_options(effects=Options.model_validate({"target": SOURCE, **options}))
    context = render_context_of(network, photos(), 8, lenses=lenses)
    facts = {SOURCE: FunctionFacts("depth", "The depth.", "f" * 64)}
    plan = replace(context.plan, functions=facts)
    return replace(context, plan=plan, functions={SOURCE: lambda: function})


def depth(output: object) -> object:
    assert isinstance(output, Tensor)
    return output[:, 0]


@pytest.mark.parametrize("baseline", ["mean", "zero"])
def test_in_a_regression_the_numbers_are_those_of_arithmetic(baseline: str) -> None:
    context = studio(Regression(), depth, baseline=baseline)
    assert context.plan.network.scores == 0
    pixels = np.stack([prepare(photo, context.plan.network.preprocessing) for photo in photos()])
    inputs = as_inputs(pixels, context.plan.network.preprocessing, CPU)
    means = inputs.clamp(min=0).mean((2, 3)).double()  # [images, filters]
    values = 5 + means @ torch.tensor(WEIGHTS, dtype=torch.float64)
    found = rendered(context)
    assert (None, PREDICTIONS) not in found
    target = found[None, TARGET].data
    assert target["name"] == "the depth"
    assert target["values"] == pytest.approx(values.tolist(), rel=1e-5)
    off = means - (means.mean(0) if baseline == "mean" else 0)
    for index, weight in enumerate(WEIGHTS):
        true = weight * off[:, index]
        data = found["colour", index].data
        assert data["mean"] == pytest.approx(float(true.mean()), rel=1e-5, abs=1e-6)
        assert data["size"] == pytest.approx(float(true.abs().mean()), rel=1e-4, abs=1e-9)
        assert data["importance"] == pytest.approx(float(true.square().mean()), rel=1e-4)
        share = (true.abs() > 0.01 * values.abs()).double().mean()
        assert data["share"] == pytest.approx(float(share), abs=1e-5)
        assert (data["raises"], data["lowers"]) == ([], [])
        highest = {n: v for n, v in enumerate(true.tolist()) if v > 0}
        told = dict(data["raised_images"])
        assert list(told) == sorted(highest, key=lambda n: -highest[n])[:4]
        assert told == pytest.approx({n: highest[n] for n in told}, rel=1e-3, abs=1e-6)
        assert all(effect < 0 for _, effect in data["lowered_images"])
    layer = found["colour", LAYER].data
    assert layer["classes"] == {}
    assert layer["audit"]["slope"] == pytest.approx(1, abs=1e-4)
    assert layer["audit"]["spearman"] == pytest.approx(1, abs=0.02)
    assert layer["half"] == 1


def test_of_a_segmenter_the_filters_count_that_make_the_map_asked_for() -> None:
    def first(output: object) -> object:
        assert isinstance(output, dict)
        return output["out"][:, 0].mean((1, 2))

    found = rendered(studio(Segmenter(), first))
    assert found["maps", 0].data["size"] > 0
    other = found["maps", 1].data
    assert (other["mean"], other["size"], other["importance"]) == (0, 0, 0)
    assert (other["raised_images"], other["lowered_images"]) == ([], [])
    assert any(found["body", index].data["size"] > 0 for index in range(4))


class Detached(Regression):
    """Cuts gradients off between its convolution and its head."""

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.colour(x)).mean((2, 3)).detach())


def test_where_no_gradient_leads_real_ablation_tells_that_there_is_something() -> None:
    found = rendered(studio(Detached(), depth))
    audit = found["colour", LAYER].data["audit"]
    assert found["colour", 1].data["size"] == 0
    assert (audit["spearman"], audit["slope"]) == (None, None)
    truth = rendered(studio(Regression(), depth))
    sizes = [truth["colour", index].data["size"] for index in range(3)]
    assert audit["size"] == pytest.approx(sum(sizes) / 3, rel=1e-3)


def test_a_target_wins_where_there_is_a_row_of_scores() -> None:
    network = nn.Sequential(Regression(), nn.Linear(1, 4))
    found = rendered(studio(network, lambda output: output[:, 2]))  # type: ignore[index]
    assert (None, TARGET) in found and (None, PREDICTIONS) not in found


def target(function: Function) -> OwnTarget:
    images = [ImageFacts(f"{n:012}", f"{n}.png", None, None) for n in range(3)]
    return OwnTarget(function, SOURCE, FunctionFacts("depth"), images)


def raising(output: object) -> object:
    raise KeyError("boxes")


def importing(output: object) -> object:
    import nothing_of_this_name  # type: ignore[import-not-found]

    return nothing_of_this_name


def detached(output: object) -> object:
    assert isinstance(output, Tensor)
    return output[:, 0].detach()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (raising, "raised KeyError ('boxes') in test_own_target.py, line 142; correct it; for 2"),
        (importing, "imports nothing_of_this_name when it is called; import it above, in the file"),
        (lambda output: None, "returns None; return a tensor with one number for each"),
        (lambda output: 1, "returns an int;"),
        (lambda output: 1.5, "returns a float; return a tensor with one number for each"),
        (
            lambda output: output,
            "returns a tensor of shape [2, 4] for 2 images; return one number for each, in the"
            " shape [2]",
        ),
        (lambda output: output.sum(), "returns a tensor of shape [] for 2 images; return one"),
        (lambda output: output.argmax(1), "returns int64 numbers; return floating-point numbers"),
        (
            detached,
            "returns numbers that cannot be differentiated by what it is given; work them out with"
            " torch, without detach, no_grad, argmax or NumPy",
        ),
    ],
)
def test_what_is_no_number_for_each_image_is_refused(function: Function, expected: str) -> None:
    output = torch.zeros(2, 4, requires_grad=True)
    with pytest.raises(RenderError) as refused:
        target(function).score(output, [0, 1])
    message = str(refused.value).replace(f"line {raising.__code__.co_firstlineno + 1}", "line 142")
    assert message.startswith(f"{SOURCE} {expected}")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (torch.zeros(2, 4), "a tensor of shape [2, 4]"),
        ({"out": 1, "aux": 2}, "a dict with out, aux"),
        ({str(n): n for n in range(9)}, "a dict with 0, 1, 2, 3, 4, 5, ..."),
        ([{}, {}], "a list of 2"),
        (None, "None"),
    ],
)
def test_a_function_that_raises_is_told_what_it_is_given(output: object, expected: str) -> None:
    with pytest.raises(RenderError, match="it is given") as refused:
        target(raising).score(output, [0, 1])
    assert str(refused.value).endswith(f"correct it; for 2 images it is given {expected}")


def test_an_output_without_gradient_is_not_laid_at_the_function_s_door() -> None:
    with pytest.raises(RenderError) as refused:
        target(depth).score(torch.zeros(2, 4), [0, 1])
    assert str(refused.value) == (
        f"{SOURCE} cannot be differentiated, since what the network returns has no gradient; let"
        " the network return what comes before argmax, round or NumPy"
    )
    with torch.no_grad():  # as in the audit
        assert target(depth).score(torch.zeros(2, 4), [0, 1]).lead.tolist() == [0, 0]


def test_memory_that_runs_out_in_the_function_is_for_fewer_images() -> None:
    def greedy(output: object) -> object:
        raise torch.OutOfMemoryError("out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        target(greedy).score(torch.zeros(2, 4), [0, 1])


def test_numbers_that_are_not_finite_are_told_with_the_first_image() -> None:
    context = studio(Regression(), lambda output: output[:, 0] / 0)  # type: ignore[index]
    requests = list(Effects().requests(context.plan, RecordIndex()))
    (failed,) = Effects().render(context, requests)
    assert isinstance(failed, Failed)
    assert list(failed.requests) == requests
    images = context.plan.images
    assert images is not None
    assert failed.reason == (
        f"effects: {SOURCE} returns numbers that are not finite for 12 of 12 images, first of"
        f" {images.images[0].name}; correct it"
    )


def test_numbers_that_depend_on_what_else_is_in_a_batch_are_refused() -> None:
    def centred(output: object) -> object:
        assert isinstance(output, Tensor)
        return (output - output.mean(0))[:, 0]

    context = studio(Regression(), centred)
    requests = list(Effects().requests(context.plan, RecordIndex()))
    (failed,) = Effects().render(context, requests)
    assert isinstance(failed, Failed)
    images = context.plan.images
    assert images is not None
    start = f"effects: {SOURCE} gives {images.images[0].name} another number beside other images"
    end = ", 0); work each number out from its own image's part of the output"
    assert failed.reason.startswith(start) and failed.reason.endswith(end)
    layers = tuple(
        replace(each, varies=Variation(0.1, 0.1)) for each in context.plan.network.layers
    )
    network = replace(context.plan.network, layers=layers)
    rendered(replace(context, plan=replace(context.plan, network=network)))


def test_only_what_the_function_is_made_of_makes_other_keys() -> None:
    context = studio(Regression(), depth)

    def keys(digest: str) -> set[str]:
        functions = {SOURCE: FunctionFacts("depth", digest=digest)}
        plan = replace(context.plan, functions=functions)
        return {request.key for request in Effects().requests(plan, RecordIndex())}

    assert keys("a") == keys("a")
    assert keys("a").isdisjoint(keys("b"))
