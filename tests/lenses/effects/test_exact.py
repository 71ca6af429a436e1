"""Effects that were measured, against filters that are really set to their mean."""

from __future__ import annotations

import pytest
import torch

from convatlas.lenses.effects.class_target import ClassTarget
from convatlas.lenses.effects.exact import Exact, exact, fails
from convatlas.lenses.effects.records import LAYER, Audit, EffectsData, LayerEffectsData
from convatlas.lenses.effects.study import Study
from support.effects_truth import Truth, rendered, studio


def test_on_all_images_a_filter_says_what_is_true_and_its_layer_that_it_was_measured() -> None:
    context = studio(40, exact=40)
    truth = Truth(context, [None] * 40, None)
    found, predicted = rendered(context), rendered(studio(40))
    layer: LayerEffectsData = found["near", LAYER].data  # type: ignore[assignment]
    assert layer["measured"] == {"images": 40, "each": 40, "of": 40}
    for index in range(6):
        data: EffectsData = found["near", index].data  # type: ignore[assignment]
        true = truth.effects("near", index)
        assert data["mean"] == pytest.approx(float(true.mean()), abs=1e-5)
        assert data["size"] == pytest.approx(float(true.abs().mean()), abs=1e-5)
        assert (data["images"], data["sampled"]) == (40, 40)
        told = {number: effect for number, effect, _ in (*data["raises"], *data["lowers"])}
        for number in set(truth.classes):
            own = true[[each == number for each in truth.classes]]
            assert told.get(number, 0) == pytest.approx(float(own.mean()), abs=1e-5)
        assert data["importance"] == predicted["near", index].data["importance"]
    for number, filters in layer["classes"].items():
        own = [each == int(number) for each in truth.classes]
        best, effect = filters["raises"][0]
        assert effect == pytest.approx(float(truth.effects("near", best)[own].mean()), abs=1e-5)
    assert found["far", 0] == predicted["far", 0]
    assert "measured" not in found["far", LAYER].data
    assert "measured" not in predicted["near", LAYER].data


def measured(context_images: int, images: int) -> tuple[Exact, Study, Truth]:
    context = studio(context_images)
    layer = context.layer("near")
    study = Study(context, [layer], ClassTarget.of(context.plan))
    study.run()
    totals = study.totals["near"]
    found = exact(context, study.ablations, layer, totals, study.baseline("near"), images)
    return found, study, Truth(context, [None] * context_images, None)


def test_half_of_fewer_images_are_the_same_for_all_filters_and_half_promise_most() -> None:
    found, study, truth = measured(40, 8)
    assert list(found.common) == [0, 13, 26, 39]
    assert bool(found.measured[found.common].all())
    means = study.totals["near"].by_class(study.baseline("near"))
    for index in range(6):
        rows = found.measured[:, index].nonzero().flatten().tolist()
        assert len(rows) == 8
        true = truth.effects("near", index)[rows].double()
        assert torch.allclose(found.effects[rows, index], true, atol=1e-5)
        best = sorted(means, key=lambda number: -float(means[number][1][index]))
        added = {truth.classes[row] for row in rows if row not in found.common}
        others = {truth.classes[row] for row in range(40) if row not in found.common}
        assert added >= {best[0], best[-1]} & others
    assert not found.effects[~found.measured].any()


def test_what_a_filter_says_of_a_class_is_of_the_images_that_were_measured() -> None:
    found, _, truth = measured(40, 8)
    records = rendered(studio(40, exact=8))
    data: EffectsData = records["near", 2].data  # type: ignore[assignment]
    assert (data["images"], data["sampled"]) == (4, 4)
    assert data["mean"] == pytest.approx(float(found.effects[found.common, 2].mean()), abs=1e-6)
    told = [*data["raises"], *data["lowers"]]
    assert told
    for number, effect, images in told:
        own = [n for n, each in enumerate(truth.classes) if each == number]
        rows = [row for row in own if found.measured[row, 2]]
        assert len(rows) == images
        assert effect == pytest.approx(float(found.effects[rows, 2].mean()), abs=1e-6)


def test_only_layers_that_fail_the_test_are_measured() -> None:
    told: Audit = {
        "filters": 4,
        "images": 4,
        "spearman": 0.94,
        "spearman_filters": 1.0,
        "slope": 1.0,
        "size": 0.5,
    }
    assert fails(told)
    assert fails({**told, "spearman": None})  # nothing was predicted, but something changed
    assert not fails({**told, "spearman": 0.95})
    assert not fails({**told, "spearman": None, "size": 0.0})
    assert not fails({**told, "spearman": None, "size": None})
