"""Kernels as pictures: the right weights, in the right place, in the right colour."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from convatlas.images.codecs.decode import decode
from convatlas.lenses.kernels.lens import Kernels, kernel_record
from convatlas.model.record_index import RecordIndex
from convatlas.network.trace.layers import record_layers
from convatlas.network.weights import layer_weights
from support.contexts import render_context_of


def only_layer(module: nn.Module, channels: int):
    layers, _ = record_layers(module, (channels, 16, 16))
    return layers[0]


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_transposed_weights_are_those_that_answer(groups: int) -> None:
    torch.manual_seed(0)
    conv = nn.ConvTranspose2d(6, 12, 3, groups=groups, bias=False)
    weights = layer_weights(conv.weight, only_layer(conv, 6))
    assert weights.shape == (12, 6 // groups, 3, 3)
    for index in (0, 5, 11):
        group = index // (12 // groups)
        for part in range(6 // groups):
            channel = group * (6 // groups) + part
            one = torch.zeros(1, 6, 1, 1)
            one[0, channel] = 1  # an impulse into one channel comes out as the kernel's slice
            answer = conv(one)[0, index].detach().numpy()
            np.testing.assert_allclose(answer, weights[index, part], atol=1e-7)


def test_colour_kernels_show_the_sign_of_each_channel() -> None:
    conv = nn.Conv2d(3, 1, 2, bias=False)
    with torch.no_grad():
        conv.weight.zero_()
        conv.weight[0, 0, 0, 1] = 2.0
        conv.weight[0, 2, 1, 0] = -1.0
    record = kernel_record(
        layer_weights(conv.weight, only_layer(conv, 3))[0], only_layer(conv, 3), 0, 16
    )
    pixels = decode(record.pictures["kernel"].data)
    assert record.data["mode"] == "colour"
    assert pixels.shape == (2, 2, 3)
    assert pixels[0, 1].tolist() == [255, 128, 128]
    assert pixels[1, 0].tolist() == [128, 128, 64]
    assert pixels[0, 0].tolist() == [128, 128, 128]


def test_grey_kernels_are_grey() -> None:
    conv = nn.Conv2d(1, 2, 3, bias=False)
    layer = only_layer(conv, 1)
    record = kernel_record(layer_weights(conv.weight, layer)[1], layer, 1, 16)
    pixels = decode(record.pictures["kernel"].data)
    assert record.data["mode"] == "grey"
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_deep_kernels_show_the_strongest_slices_first() -> None:
    torch.manual_seed(1)
    conv = nn.Conv2d(40, 8, 3, groups=2, bias=False)
    layer = only_layer(conv, 40)
    record = kernel_record(layer_weights(conv.weight, layer)[6], layer, 6, 4)
    norms = conv.weight[6].detach().flatten(1).norm(dim=1).numpy()
    order = np.argsort(-norms)[:4]
    assert [s["channel"] for s in record.data["slices"]] == [20 + int(i) for i in order]
    np.testing.assert_allclose([s["norm"] for s in record.data["slices"]], norms[order], rtol=1e-6)
    assert record.data["inputs"] == 20
    strip = decode(record.pictures["kernel"].data).astype(int)
    assert strip.shape == (3, 12, 3)
    for place, channel in enumerate(order):
        values = conv.weight[6, int(channel)].detach().numpy()
        redder = strip[:, place * 3 : place * 3 + 3, 0] - strip[:, place * 3 : place * 3 + 3, 2]
        clear = np.abs(values) > 0.1 * np.abs(conv.weight[6].detach().numpy()).max()
        assert ((redder > 0) == (values > 0))[clear].all()


def test_all_slices_and_a_kernel_of_zeros() -> None:
    conv = nn.Conv2d(20, 2, 1, bias=False)
    nn.init.zeros_(conv.weight)
    layer = only_layer(conv, 20)
    record = kernel_record(layer_weights(conv.weight, layer)[0], layer, 0, "all")
    assert len(record.data["slices"]) == 20
    pixels = decode(record.pictures["kernel"].data)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) == 1


def test_the_lens_asks_by_weights_alone() -> None:
    torch.manual_seed(0)
    first, second = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
    second.load_state_dict(first.state_dict())
    with torch.no_grad():
        second.bias.add_(1)
    lens = Kernels()
    keys = [
        [a.key for a in lens.requests(render_context_of(m, size=16).plan, RecordIndex())]
        for m in (first, second)
    ]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 4
    records = [
        r
        for batch in lens.render(
            render_context_of(first, size=16),
            list(lens.requests(render_context_of(first, size=16).plan, RecordIndex())),
        )
        for r in batch
    ]
    assert [request.item for request, _ in records] == [0, 1, 2, 3]
