"""The filters behind wrong images, against filters that are really set to their mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.base import RenderContext
from convatlas.lenses.effects import Effects
from convatlas.lenses.effects.mistakes import FILTERS, behind, suspects, wrong_images
from convatlas.lenses.effects.records import PREDICTIONS, PredictionsData
from convatlas.model.record_index import RecordIndex
from support.contexts import CPU
from support.effects_truth import Truth, rendered, studio

LABELS = [("a", 0), ("b", 1), None, ("c", 2), ("d", 3), *[("a", 0), ("b", 1)] * 3]
TARGETS = [label and label[1] for label in LABELS]


@pytest.fixture(scope="module")
def context() -> RenderContext:
    return studio(labels=LABELS)


@pytest.fixture(scope="module")
def found(context: RenderContext) -> PredictionsData:
    return rendered(context)[None, PREDICTIONS].data  # type: ignore[return-value]


def true_effects(context: RenderContext, truth: Truth, image: int) -> dict[tuple[str, int], float]:
    """Of all filters on one image: of the last layer by ablation, of the first by its gradient."""
    label = TARGETS[image]
    gap: Tensor = truth.output[image, truth.predicted[image]] - truth.output[image, label]
    told: dict[tuple[str, int], float] = {}
    for index in range(5):
        far = truth.values["far"][image : image + 1].clone()
        far[:, index] = truth.baseline("far", index)
        after = context.module.head(far.mean((2, 3)))[0].detach()
        told["far", index] = float(gap - (after[truth.predicted[image]] - after[label]))
    near = truth.values["near"][image : image + 1].clone().requires_grad_()
    output = context.module.head(F.relu(context.module.far(near)).mean((2, 3)))[0]
    (gradient,) = torch.autograd.grad(output[truth.predicted[image]] - output[label], near)
    for index in range(6):
        deviation = near[0, index].detach() - truth.baseline("near", index)
        told["near", index] = float((gradient[0, index] * deviation).sum())
    return told


def test_behind_each_wrong_image_are_the_filters_that_do_most_for_the_predicted_class(
    context: RenderContext, found: PredictionsData
) -> None:
    truth = Truth(context, TARGETS, None)
    wrong = [
        image
        for image, target in enumerate(TARGETS)
        if target is not None and target != truth.predicted[image]
    ]
    assert [image for image, _ in found["mistakes"]] == wrong
    assert len(wrong) > 3
    for image, told in found["mistakes"]:
        true = true_effects(context, truth, image)
        effects = [effect for _, _, effect in told]
        assert effects == pytest.approx(
            sorted((effect for effect in true.values() if effect > 1e-7), reverse=True)[:FILTERS],
            abs=1e-5,
        )
        for layer, index, effect in told:
            assert effect == pytest.approx(true[layer, index], abs=1e-5)


def test_it_stands_in_the_record_even_if_all_layers_were_rendered_before(
    context: RenderContext, found: PredictionsData
) -> None:
    lens = Effects()
    (request,) = [
        request
        for request in lens.requests(context.plan, RecordIndex())
        if request.item == PREDICTIONS
    ]
    (piece,) = lens.pieces(context.plan, [request])
    (batch,) = lens.render(context, piece)
    assert isinstance(batch, list)
    assert batch[0][1].data == found


def test_the_record_of_an_atlas_that_shows_fewer_layers_is_another(context: RenderContext) -> None:
    fewer = replace(context.plan, filters={"far": (0, 1)})
    keys = [
        {r.key for r in Effects().requests(plan, RecordIndex()) if r.item == PREDICTIONS}
        for plan in (context.plan, fewer)
    ]
    assert keys[0] != keys[1]


def test_a_last_layer_with_a_filter_for_each_class_is_not_behind_anything(
    context: RenderContext,
) -> None:
    facts = context.plan.network
    assert [layer.name for layer in suspects(facts.layers, facts)] == ["near", "far"]
    scores = replace(facts, scores=5)
    assert [layer.name for layer in suspects(facts.layers, scores)] == ["near"]
    assert [layer.name for layer in suspects(facts.layers, replace(facts, scores=6))] == [
        "near",
        "far",
    ]


def predictions(wrong: int, right: int) -> PredictionsData:
    predicted = [1] * wrong + [0] * right
    return {"predicted": predicted, "target": [0] * (wrong + right), "lead": [], "mistakes": []}


def test_of_very_many_wrong_images_some_are_looked_into_from_the_first_to_the_last() -> None:
    chosen = wrong_images(predictions(2000, 50))
    assert len(chosen) == 512
    assert (chosen[0], chosen[-1]) == (0, 1999)
    steps = {after - before for before, after in pairwise(chosen)}
    assert steps <= {3, 4}
    assert wrong_images(predictions(0, 50)) == []
    assert wrong_images(predictions(3, 50)) == [0, 1, 2]


def test_images_without_a_label_of_the_network_are_not_wrong() -> None:
    told = predictions(3, 0)
    assert wrong_images({**told, "target": [None, 0, None]}) == [1]


def test_effects_that_are_not_finite_or_not_above_zero_are_left_out() -> None:
    first = torch.tensor([[float("nan"), 2.0, -1.0, float("inf"), 0.0]], device=CPU)
    products: Mapping[str, Tensor] = {"a": torch.stack([first, torch.zeros(1, 5)])}
    assert behind(products, {"a": torch.zeros(5)}) == [[("a", 1, 2.0)]]
