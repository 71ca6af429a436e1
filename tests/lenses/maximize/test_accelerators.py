"""Pictures are optimised on a pretended accelerator as they are on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from convatlas.lenses.base import RenderContext
from convatlas.lenses.maximize import Maximize, model_copies
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.model.records import Record, RecordRequest, StoredRecord
from support import nets
from support.contexts import lens_options, render_context_of
from support.elsewhere import elsewhere
from support.maximizing import attempted, evidence, rendered, statistics_of
from support.pretended_device import PretendedDevice

PLAIN = {"second": False, "negative": False, "attempts": 1, "size": 16, "steps": 4}
OPTIONS: dict[str, dict[str, Any]] = {
    "fourier, and all that moves": {
        "canvas": "fourier", "jitter": 2.0, "rotate": 5.0, "scale": 0.1, "pad": 2, "crop": 0.8,
        "noise": 0.1,
    },
    "pixels, and all penalties": {
        "canvas": "pixels", "l2": 0.1, "variation": 0.1, "gradients": 0.1, "others": 0.5,
    },
    "phase": {"canvas": "phase"},
    "a position": {"objective": "neuron", "at": [0.0, 0.9], "decay": 0.5},
    "root mean square": {"objective": "rms", "optimiser": "sgd"},
    "both directions, and a second": {"negative": True, "second": True, "optimiser": "nadam"},
    "settling": {"canvas": "pixels", "steps": 80, "tolerance": 0.1, "rate": 0.3},
    "diverse": {"diversity": 2},
    "growing": {"growths": 2, "growth": 1.3, "blur": 0.8},
    "classic": {"preset": "classic", "growths": 1},
    "small and lossless": {"size": 3, "canvas": "pixels"},
    "large and lossy": {"size": 72},
}  # fmt: skip


def context_with(**options: Any) -> RenderContext:
    """A small network, and the statistics of its image set."""
    lenses = lens_options(maximize=MaximizeOptions(**{**PLAIN, **options}))
    picture = Image.new("RGB", (8, 8))
    context = render_context_of(nets.Small(), [picture], 80, lenses=lenses)
    asked = RecordRequest("statistics", "statistics", None, "pictures")
    context.records.add(asked, StoredRecord(statistics_of(3).json, {}))
    return context


def requests_of(context: RenderContext, layer: str = "conv2") -> list[RecordRequest]:
    requests = Maximize().requests(context.plan, context.records)
    return [request for request in requests if request.layer == layer]


def responses(found: Sequence[tuple[RecordRequest, Record]]) -> dict[str, list[float]]:
    """The responses of records, by key."""
    return {
        request.key: [each["response"] for each in record.data.get("members", [record.data])]
        for request, record in found
    }


@pytest.mark.parametrize("low", [None, torch.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", OPTIONS)
def test_every_recipe_gives_the_responses_of_the_cpu(
    pretended: PretendedDevice, monkeypatch: pytest.MonkeyPatch, name: str, low: torch.dtype | None
) -> None:
    monkeypatch.setattr(model_copies, "low_precision", lambda device: low)
    context = context_with(**OPTIONS[name])
    requests = requests_of(context)
    there = rendered(elsewhere(context, pretended.device), requests)
    there = rendered(elsewhere(context, pretended.device), requests)
    here = responses(rendered(context, requests))
    found = responses(there)
    assert pretended.launches["convolution_backward"]
    assert here.keys() == found.keys() == {request.key for request in requests}
    for key, expected in here.items():
        np.testing.assert_allclose(found[key], expected, 0.1, 0.1)
    for _, record in there:
        made = record.data["provenance"]
        precision = "float32" if low is None else "bfloat16"
        assert (made["device"], made["precision"]) == ("pretended", precision)


def test_further_attempts_are_made_there(pretended: PretendedDevice) -> None:
    contexts = []
    for device in (torch.device("cpu"), pretended.device):
        context = elsewhere(context_with(attempts=4, steps=2), device)
        for index in (1, 3):  # no picture gets there
            evidence(context, "conv2", index, -1e6, 1e6)
        contexts.append(context)
    here, there = map(attempted, contexts)
    assert here.keys() == there.keys()
    for place, records in here.items():
        assert len(there[place]) == len(records)
    assert [len(there["conv2", index, "positive"]) for index in (0, 1)] == [1, 4]
