"""The effects on the losses of single images that a layer's record keeps for the prune audit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.base import RenderContext
from convatlas.lenses.effects.options import Effects as Options
from convatlas.lenses.effects.records import EFFECTS, LAYER, LOSSES
from convatlas.lenses.parts.packed import unpacked
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from support.contexts import CPU, lens_options, render_context_of
from support.effects_truth import SIZE, photos, rendered


class Residual(nn.Module):
    """Two convolutions are added, and a third one is not."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.stem, self.branch = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.last, self.head = nn.Conv2d(4, 5, 3), nn.Linear(5, 4)

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        """``masks`` [2, 4] moves what is added from its mean (0) to what it is (1)."""
        stem = self._moved(self.stem(x), None if masks is None else masks[0])
        branch = self._moved(self.branch(F.relu(stem)), None if masks is None else masks[1])
        return self.head(F.relu(self.last(stem + branch)).mean((2, 3)))

    def _moved(self, x: Tensor, mask: Tensor | None) -> Tensor:
        if mask is None:
            return x
        mean = x.detach().mean((0, 2, 3), keepdim=True)
        return mean + mask[None, :, None, None] * (x - mean)


def studio(count: int) -> RenderContext:
    lenses = lens_options(effects=Options())
    return render_context_of(Residual(), photos(count), SIZE, lenses=lenses)


def truth(context: RenderContext) -> Tensor:
    """The derivatives of each image's loss by the masks [images, 2, 4]."""
    preprocessing = context.plan.network.preprocessing
    assert context.picture is not None
    pixels = [prepare(context.picture(n), preprocessing) for n in range(11)]
    inputs = as_inputs(np.stack(pixels), preprocessing, CPU)
    masks = torch.ones(2, 4, requires_grad=True)
    scores = context.module(inputs, masks)
    losses = F.cross_entropy(scores, scores.argmax(1), reduction="none")
    grads = [torch.autograd.grad(loss, masks, retain_graph=True)[0] for loss in losses]
    return torch.stack(grads)


def test_tied_layers_keep_what_each_image_s_loss_loses() -> None:
    context = studio(11)
    found, expected = rendered(context), truth(context)
    for place, name in enumerate(("stem", "branch")):
        record = found[name, LAYER]
        kept = unpacked(record.blobs[LOSSES], record.data["units"][LOSSES], 4)
        assert kept == pytest.approx(expected[:, place].numpy(), rel=2e-3, abs=1e-5)
        importance = np.square(kept).mean(0)
        assert record.data["importance"] == pytest.approx(importance, rel=2e-3, abs=1e-9)


def test_no_other_record_keeps_them() -> None:
    found = rendered(studio(11))
    with_blobs = {place: list(record.blobs) for place, record in found.items() if record.blobs}
    assert with_blobs == {
        ("stem", LAYER): [LOSSES],
        ("branch", LAYER): [LOSSES],
        ("last", LAYER): [EFFECTS],
    }


def test_the_last_layer_keeps_what_each_image_s_lead_loses() -> None:
    context = studio(11)
    found = rendered(context)
    record = found["last", LAYER]
    kept = unpacked(record.blobs[EFFECTS], record.data["units"][EFFECTS], 5)
    assert kept.shape == (11, 5)
    for index in range(5):
        data = found["last", index].data
        assert kept[:, index].mean() == pytest.approx(data["mean"], rel=2e-3, abs=1e-5)
        assert np.abs(kept[:, index]).mean() == pytest.approx(data["size"], rel=2e-3, abs=1e-5)


def test_a_layer_whose_filters_are_the_scores_is_not_the_last_one() -> None:
    torch.manual_seed(0)
    scores = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    lenses = lens_options(effects=Options())
    found = rendered(render_context_of(scores, photos(5), SIZE, lenses=lenses))
    assert [place for place, record in found.items() if record.blobs] == [("0", LAYER)]


def test_of_many_images_a_sample_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convatlas.lenses.effects.study.SAMPLE", 3)
    monkeypatch.setattr("convatlas.lenses.effects.study.TOGETHER", {"cpu": 4})
    context = studio(11)
    record, expected = rendered(context)["branch", LAYER], truth(context)
    kept = unpacked(record.blobs[LOSSES], record.data["units"][LOSSES], 4)
    assert kept == pytest.approx(expected[[0, 5, 10], 1].numpy(), rel=2e-3, abs=1e-5)
