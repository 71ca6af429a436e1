"""The examples pass equals a naive loop over all images and positions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import nets
from convatlas.lenses.examples.survey import Strongest, survey
from convatlas.network.layers import record_layers
from convatlas.network.responses import normalise
from studies import studio_of

CPU = torch.device("cpu")


def responses_by_hand(module: nets.Small, inputs: torch.Tensor) -> dict[str, np.ndarray]:
    """Each layer's responses in float64 by an ordinary forward pass with the batch norm in full."""
    double = module.double()
    with torch.no_grad():
        first = double.bn1(double.conv1(inputs.double()))
        second = double.conv2(torch.relu(first))
    return {"conv1": first.numpy(), "conv2": second.numpy()}


@pytest.mark.parametrize("count", [1, 7, 40])
def test_equal_to_brute_force_on_every_layer(count: int) -> None:
    random = np.random.default_rng(0)
    pictures = [
        Image.fromarray(random.integers(0, 256, (24, 24, 3), np.uint8)) for _ in range(count)
    ]
    module = nets.Small().eval()
    studio = studio_of(module, pictures, size=24)
    layers = [layer for layer, _ in studio.study.layers()]
    kept = survey(studio, layers, top=5)
    pixels = torch.from_numpy(np.stack([np.asarray(p) for p in pictures])).permute(0, 3, 1, 2)
    inputs = normalise(pixels.float() / 255, studio.study.network.preprocessing)
    expected = responses_by_hand(module, inputs)
    ids = [str(n) for n in range(count)]
    for layer in layers:
        maps = expected[layer.name]
        for index in range(layer.filters):
            record = kept[layer.name].record(index, ids).data
            highest = maps[:, index].reshape(count, -1).max(1)
            order = np.argsort(-highest, kind="stable")[: min(5, count)]
            found = [example["response"] for example in record["top"]]
            np.testing.assert_allclose(found, highest[order], rtol=1e-5, atol=1e-5)
            for example, image in zip(record["top"], order, strict=True):
                row, column = example["position"]
                at = maps[int(example["image"]), index, row, column]
                assert abs(at - example["response"]) < 1e-5
                if int(example["image"]) != image:
                    assert abs(highest[int(example["image"])] - highest[image]) < 1e-5
            assert abs(record["highest"] - maps[:, index].max()) < 1e-5
            assert abs(record["lowest"] - maps[:, index].min()) < 1e-5
            assert record["images"] == count


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=30),
    st.integers(1, 6),
    st.integers(1, 8),
)
def test_streaming_equals_a_full_sort_with_ties_to_the_earlier_image(
    values: list[int], top: int, batch: int
) -> None:
    layers, _ = record_layers(torch.nn.Conv2d(3, 1, 1), (3, 1, 1))
    kept = Strongest.empty(layers[0], top, CPU)
    for start in range(0, len(values), batch):
        part = torch.tensor(values[start : start + batch], dtype=torch.float32)
        kept.add(start, part[:, None, None, None])
    order = sorted(range(len(values)), key=lambda image: (-values[image], image))[:top]
    record = kept.record(0, [str(n) for n in range(len(values))]).data
    assert [int(example["image"]) for example in record["top"]] == order
    assert (record["highest"], record["lowest"]) == (max(values), min(values))
