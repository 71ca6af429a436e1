"""Networks of which it is known what has changed between them."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models.squeezenet import SqueezeNet, squeezenet1_1

from convatlas.lenses.folded_kernels.records import FoldedKernelsData, read_folded_kernels
from convatlas.model.derived import ComparisonData, LayerComparisonData
from support.compared import (
    FEW_CROPS,
    Compared,
    compared,
    masked,
    permuted_resnet20,
    permuted_squeezenet,
    resnet20,
)
from support.shapes import faults


def plain(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.ReLU(),
        nn.Conv2d(8, 10, 3),
        nn.ReLU(),
        nn.Conv2d(10, 6, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 4),
    )


def by_name(found: Compared) -> dict[str, LayerComparisonData]:
    return {layer["before"]: layer for layer in found.data["layers"]}


def least(values: list[float | None]) -> float:
    return min(value for value in values if value is not None)


def test_the_same_network_twice_has_changed_nowhere(tmp_path: Path) -> None:
    found = compared(tmp_path, plain(), plain(), size=12, count=8)
    assert [layer["unchanged"] for layer in found.data["layers"]] == [True] * 3
    assert found.data["images"] == 0
    assert not list(faults(found.data, ComparisonData))
    assert found.rendered[0] > 0
    assert found.rendered[1] == 0


def test_another_head_changes_no_convolution(tmp_path: Path) -> None:
    network = plain()
    other = deepcopy(network)
    nn.init.normal_(other[8].weight)
    found = compared(tmp_path, network, other, size=12, count=8)
    assert all(layer["unchanged"] for layer in found.data["layers"])


@pytest.mark.parametrize("match", ["index", "correlation"])
def test_a_layer_at_random_changes_itself_and_what_follows(tmp_path: Path, match: str) -> None:
    network = plain()
    other = deepcopy(network)
    nn.init.normal_(other[2].weight, std=0.2)
    found = compared(tmp_path, network, other, size=12, match=match)
    layers = by_name(found)
    assert layers["0"]["unchanged"]
    assert not layers["2"]["unchanged"] and not layers["4"]["unchanged"]
    assert found.data["images"] == 60
    assert not list(faults(found.data, ComparisonData))
    if match == "index":  # what is before it is the same, and so are the kernels of what follows
        assert least(layers["2"]["correlation"]) < 0.5
        assert least(layers["4"]["cosine"]) == 1
    record = read_folded_kernels(found.before.records, "2")
    assert record is not None
    assert not list(faults(record.data, FoldedKernelsData))


def test_a_channel_scaled_and_scaled_back_answers_alike_with_other_weights(tmp_path: Path) -> None:
    network = plain()
    other = deepcopy(network)
    with torch.no_grad():
        other[0].weight[3] *= 4
        other[0].bias[3] *= 4
        other[2].weight[:, 3] /= 4
    layers = by_name(compared(tmp_path, network, other, size=12))
    assert least(layers["0"]["correlation"]) == least(layers["2"]["correlation"]) == 1
    assert layers["0"]["norm"][3] == 4
    assert layers["0"]["norm"][:3] == [1, 1, 1]
    assert max(cosine for cosine in layers["2"]["cosine"] if cosine) < 1
    assert layers["0"]["cosine"] == [1] * 8


def squeezenet() -> SqueezeNet:
    torch.manual_seed(0)
    return squeezenet1_1(num_classes=50)


@pytest.mark.parametrize(
    ("made", "permuted", "layers", "size"),
    [(resnet20, permuted_resnet20, 19, 32), (squeezenet, permuted_squeezenet, 26, 48)],
    ids=["ResNet-20", "SqueezeNet"],
)
def test_all_channels_in_another_order_are_found_on_every_layer(
    tmp_path: Path, made: Any, permuted: Any, layers: int, size: int
) -> None:
    network = made()
    other, orders = permuted(network)
    found = compared(
        tmp_path, network, other, match="correlation", count=80, size=size, lenses=FEW_CROPS
    )
    assert len(found.data["layers"]) == len(orders) == layers
    for layer in found.data["layers"]:
        order = orders[layer["before"]].tolist()
        assert all(order[after] == before for before, after in layer["filters"]), layer["before"]
        assert len(layer["filters"]) == len(order)
        assert least(layer["cosine"]) == 1 and None not in layer["cosine"]
        assert layer["cka"] == pytest.approx(1, abs=1e-3)
        assert layer["mutual"] == [True] * len(order)


def test_layers_of_other_architectures_are_found_by_cka(tmp_path: Path) -> None:
    network = plain()
    other = nn.Sequential(*(nn.Sequential(each) for each in deepcopy(network)))  # other names
    other[5] = nn.Sequential(nn.ReLU(), nn.Conv2d(6, 6, 1))  # and one layer more
    found = compared(tmp_path, network, other, size=12, match="correlation")
    assert [(layer["before"], layer["after"]) for layer in found.data["layers"]] == [
        ("0", "0.0"),
        ("2", "2.0"),
        ("4", "4.0"),
    ]
    assert all(layer["unchanged"] or layer["cka"] == 1 for layer in found.data["layers"])


def test_layers_with_other_names_have_no_partner_by_index(tmp_path: Path) -> None:
    network = plain()
    other = nn.Sequential(*(nn.Sequential(each) for each in deepcopy(network)))
    assert compared(tmp_path, network, other, size=12, count=8).data["layers"] == []


def test_a_filter_that_died_has_no_correlation(tmp_path: Path) -> None:
    network = plain()
    other = deepcopy(network)
    with torch.no_grad():
        other[2].weight[5], other[2].bias[5] = 0, 0
    layers = by_name(compared(tmp_path, network, other, size=12))
    assert [place for place, value in enumerate(layers["2"]["correlation"]) if value is None] == [5]
    assert layers["2"]["cosine"][5] is None
    assert layers["2"]["norm"][5] == 0


def test_of_a_pruned_network_exactly_the_masked_filters_answer_to_nothing(tmp_path: Path) -> None:
    network = resnet20()
    other, masks = masked(network)
    layers = by_name(compared(tmp_path, network, other))
    for name, layer in layers.items():
        pairs = zip(layer["filters"], layer["correlation"], strict=True)
        assert {before for (before, _), value in pairs if value is None} == masks.get(name, set())
