"""Records of effects against filters that are really set to their mean, image by image."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import pytest
import torch

from convatlas.lenses.base import Failed
from convatlas.lenses.effects import Effects
from convatlas.lenses.effects.records import (
    LAYER,
    NAME,
    PREDICTIONS,
    EffectsData,
    LayerEffectsData,
    PredictionsData,
)
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import canonical
from support.contexts import lens_options
from support.effects_truth import Truth, rendered, studio


def test_in_the_last_layer_all_numbers_are_those_of_real_ablation() -> None:
    labels = [("a", 0), ("b", 1), None, ("c", 2), ("d", 3), *[("a", 0)] * 6]
    context = studio(labels=labels)
    truth = Truth(context, [label and label[1] for label in labels], None)
    found = rendered(context)
    for index in range(5):
        data: EffectsData = found["far", index].data  # type: ignore[assignment]
        true = truth.effects("far", index)
        assert data["mean"] == pytest.approx(float(true.mean()), abs=1e-5)
        assert data["size"] == pytest.approx(float(true.abs().mean()), abs=1e-5)
        notable = true.abs() > 0.01 * truth.lead(truth.output).abs()
        assert data["share"] == pytest.approx(float(notable.float().mean()), abs=1e-5)
        assert data["importance"] == pytest.approx(truth.importance("far", index), abs=1e-6)
        assert (data["images"], data["sampled"]) == (11, 11)
        means = {
            number: float(true[[own == number for own in truth.classes]].mean())
            for number in set(truth.classes)
        }
        told = {number: effect for number, effect, _ in (*data["raises"], *data["lowers"])}
        assert told == pytest.approx({n: e for n, e in means.items() if e != 0}, abs=1e-5)
        assert [e for _, e, _ in data["raises"]] == sorted(
            (e for e in told.values() if e > 0), reverse=True
        )
        counts = {number: count for number, _, count in (*data["raises"], *data["lowers"])}
        assert all(counts[number] == truth.classes.count(number) for number in counts)


def test_a_dead_filter_does_nothing_and_two_that_are_the_same_do_as_much() -> None:
    found = rendered(studio())
    dead: EffectsData = found["far", 3].data  # type: ignore[assignment]
    assert (dead["mean"], dead["size"], dead["share"], dead["importance"]) == (0, 0, 0, 0)
    assert (dead["raises"], dead["lowers"]) == ([], [])
    assert found["far", 1].data == found["far", 2].data
    assert found["far", 1].data["size"] > 0


def test_the_baseline_may_be_zero() -> None:
    context = studio(baseline="zero")
    truth = Truth(context, [None] * 11, 0.0)
    found = rendered(context)
    for index in (0, 1, 4):
        data = found["far", index].data
        assert data["mean"] == pytest.approx(float(truth.effects("far", index).mean()), abs=1e-5)
        assert data["importance"] == pytest.approx(truth.importance("far", index), abs=1e-6)


def test_of_each_layer_it_is_told_how_well_predictions_agree_with_real_ablation() -> None:
    context = studio(40)
    truth = Truth(context, [None] * 40, None)
    found = rendered(context)
    layer: LayerEffectsData = found["far", LAYER].data  # type: ignore[assignment]
    assert layer["audit"]["spearman"] == pytest.approx(1, abs=0.01)
    assert layer["audit"]["slope"] == pytest.approx(1, abs=1e-4)
    assert (layer["audit"]["filters"], layer["audit"]["images"]) == (5, 16)
    early: LayerEffectsData = found["near", LAYER].data  # type: ignore[assignment]
    assert 0.5 < (early["audit"]["spearman"] or 0) < 1
    for number, told in layer["classes"].items():
        members = [own == int(number) for own in truth.classes]
        effects = {index: float(truth.effects("far", index)[members].mean()) for index in range(5)}
        best = max(effects, key=lambda index: effects[index])
        assert told["images"] == sum(members)
        if effects[best] > 1e-6:
            assert told["raises"][0] == pytest.approx([best, effects[best]], abs=1e-5)
    baselines = [truth.baseline("far", index) for index in range(5)]
    assert layer["baseline"] == pytest.approx(baselines, rel=1e-5)
    assert layer["importance"] == [found["far", n].data["importance"] for n in range(5)]
    sizes = sorted(found["far", index].data["size"] for index in range(5))[::-1]
    assert sum(sizes[: layer["half"]]) >= sum(sizes) / 2 > sum(sizes[: layer["half"] - 1])


def test_predictions_are_kept_for_all_images() -> None:
    labels = [("a", 0), ("b", 1), None, ("c", 2), ("d", 3), *[("a", 0)] * 6]
    context = studio(labels=labels)
    truth = Truth(context, [label and label[1] for label in labels], None)
    data: PredictionsData = rendered(context)[None, PREDICTIONS].data  # type: ignore[assignment]
    assert data["predicted"] == truth.predicted
    assert data["target"] == [label and label[1] for label in labels]
    assert data["lead"] == pytest.approx(truth.lead(truth.output).tolist(), abs=1e-5)


def test_batches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = rendered(studio())
    monkeypatch.setattr("convatlas.lenses.effects.study.TOGETHER", {"cpu": 3})
    for place, record in rendered(studio()).items():
        if place[1] not in (LAYER, PREDICTIONS):
            for name in ("mean", "size", "importance"):
                before = expected[place].data[name]
                assert record.data[name] == pytest.approx(before, rel=1e-3, abs=1e-7)


def test_without_images_or_scores_there_is_nothing_to_tell() -> None:
    context = studio()
    lens = Effects()
    for plan in (
        replace(context.plan, images=None),
        replace(context.plan, network=replace(context.plan.network, scores=0)),
        replace(context.plan, lenses=lens_options(effects=False)),
    ):
        assert not list(lens.requests(plan, RecordIndex()))
    assert lens.name == NAME


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), 1e38])
def test_what_is_not_finite_is_told_and_never_stored(weight: float) -> None:
    context = studio()
    with torch.no_grad():
        context.module.head.weight[0, 0] = weight  # type: ignore[index, union-attr]
    requests = list(Effects().requests(context.plan, RecordIndex()))
    failed: list[str] = []
    for batch in Effects().render(context, requests):
        if isinstance(batch, Failed):
            failed.append(batch.reason)
        else:
            assert all(canonical(record.data) for _, record in batch)
    if isfinite(weight):
        assert all("what the output loses without it is not finite" in each for each in failed)
    else:
        start = "effects: the scores of 11 of 11 images are not finite"
        assert failed == [f"{start}; look for it in the weights"]
