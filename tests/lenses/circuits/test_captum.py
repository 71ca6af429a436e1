"""Drops against Captum's feature ablation, which sets one map of activations after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.examples.records import read_examples
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from support.circuits_truth import Rendered, photos, with_examples, with_more_inputs
from support.contexts import CPU


class Residual(nn.Module):
    """``late`` reads the rectified and pooled sum of ``stem`` and ``block``."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.block = nn.Conv2d(6, 6, 3, padding=1)
        self.late = nn.Conv2d(6, 4, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        return self.after(x, self.block(x)).mean((2, 3))

    def after(self, stem: Tensor, block: Tensor) -> Tensor:
        found: Tensor = self.late(F.max_pool2d(F.relu(stem + block), 2))
        return found


def responses_of(
    net: Residual, index: int, positions: Sequence[Sequence[int]]
) -> Callable[[Tensor, Tensor], Tensor]:
    """A function that tells the responses of a filter of ``late`` at a position of each image."""
    rows, columns = torch.tensor(positions).T

    def at(stem: Tensor, block: Tensor) -> Tensor:
        return net.after(stem, block)[torch.arange(len(rows)), index, rows, columns]

    return at


@torch.no_grad()
def test_captum_ablates_the_same() -> None:
    net = Residual()
    context = with_more_inputs(with_examples(net, photos(12)))
    rendered = Rendered(context)
    assert context.picture is not None
    assert context.plan.images is not None
    preprocessing = context.plan.network.preprocessing
    pixels = [prepare(context.picture(index), preprocessing) for index in range(12)]
    stem = F.relu(net.stem(as_inputs(np.stack(pixels), preprocessing, CPU)))
    both = stem, net.block(stem)
    means = tuple(each.mean((0, 2, 3), keepdim=True).expand_as(each[:1]) for each in both)
    masks = tuple(torch.arange(6).view(1, 6, 1, 1) + start for start in (0, 6))
    names = [image.id for image in context.plan.images.images]
    compared = 0
    for index in range(4):
        record = read_examples(context.records, "late", index)
        assert record is not None
        top = record.data["top"]
        images = [names.index(each["image"]) for each in top]
        at_peaks = responses_of(net, index, [each["position"] for each in top])
        given = tuple(each[images] for each in both)
        lost = FeatureAblation(at_peaks).attribute(given, means, feature_mask=masks)
        data = rendered.filters["late", index]
        listed = [*data["exciting"], *data["inhibiting"]]
        largest = max(float(each.abs().max()) for each in lost)
        told = {(rendered.layers["late"]["layers"][each[0]], each[1]): each for each in listed}
        for name, each in zip(("stem", "block"), lost, strict=True):
            for filter in range(6):
                drops = each[:, filter, 0, 0].tolist()
                mean = sum(drops) / len(drops)
                if abs(mean) < 0.002 * largest:  # numbers are packed in steps
                    continue
                _, _, drop, _, _, by_image = told.pop((name, filter))
                assert drop == pytest.approx(mean, rel=0.005, abs=0.001 * largest)
                assert by_image == pytest.approx(drops, abs=0.02 * largest)
                compared += 1
        assert all(abs(each[2]) < 0.003 * largest for each in told.values())
    assert compared > 15
