"""Cosines and norms of kernels whose channels are in another order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from convatlas.deriving.comparison.kernel_changes import (
    UNKNOWN,
    Kernels,
    channel_partners,
    kernel_changes,
)
from convatlas.model.facts import Layer, Source
from convatlas.network.trace.layers import record_layers


def layer(channels: int, filters: int, groups: int = 1) -> Layer:
    convolution = nn.Conv2d(channels, filters, 3, groups=groups)
    return record_layers(convolution, (channels, 6, 6))[0][0]


def kernels(of: Layer, seed: int) -> Kernels:
    shape = of.filters, of.channels // of.groups, 3, 3
    return Kernels(of, np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def test_a_kernel_beside_itself_in_another_order_is_the_same() -> None:
    before, order = kernels(layer(5, 4), 0), np.array([3, 0, 4, 1, 2])
    after = Kernels(before.layer, before.values[[2, 0, 1, 3]][:, order] * 2)
    partners = np.argsort(order).tolist()
    found = kernel_changes(before, after, [(2, 0), (0, 1), (1, 2)], partners)
    assert found == [(pytest.approx(1), pytest.approx(2))] * 3


def test_other_kernels_have_the_cosine_of_all_their_weights() -> None:
    before, after = kernels(layer(5, 4), 0), kernels(layer(5, 4), 1)
    ((cosine, norm),) = kernel_changes(before, after, [(1, 3)], range(5))
    own, other = before.values[1].ravel(), after.values[3].ravel()
    lengths = np.linalg.norm(own), np.linalg.norm(other)
    assert cosine == pytest.approx(own @ other / (lengths[0] * lengths[1]))
    assert norm == pytest.approx(lengths[1] / lengths[0])


def test_filters_of_groups_are_compared_where_the_same_channels_reach_both() -> None:
    before = kernels(layer(6, 4, 2), 0)  # filters 0 and 1 read channels 0 to 2
    after = Kernels(before.layer, before.values[[2, 3, 0, 1]])
    turned = [3, 4, 5, 0, 1, 2]
    found = kernel_changes(before, after, [(0, 2), (3, 1)], turned)
    assert [cosine for cosine, _ in found] == [pytest.approx(1)] * 2
    assert kernel_changes(before, after, [(0, 0)], turned)[0][0] is None


def test_without_partners_or_with_other_shapes_nothing_is_told() -> None:
    before = kernels(layer(3, 2), 0)
    assert kernel_changes(before, before, [(0, 0)], [0, UNKNOWN, 2]) == [(None, pytest.approx(1))]
    assert kernel_changes(before, kernels(layer(4, 2), 0), [(0, 0)], range(3)) == [(None, None)]
    silent = Kernels(before.layer, np.zeros_like(before.values))
    assert kernel_changes(silent, before, [(0, 0)], range(3)) == [(None, None)]


def test_channels_follow_the_filters_that_they_are() -> None:
    before = replace(layer(4, 2), sources=(Source("a", 0, 0, 2), Source("b", 2, 5, 1)))
    after = replace(layer(4, 2), sources=(Source("x", 0, 9, 1), Source("a", 1, 0, 2)))
    partners = {("a", 0): ("a", 1), ("a", 1): ("x", 9), ("b", 5): ("a", 7)}
    # channel 2 is b's filter 5, whose partner feeds no channel; channel 3 is none of a filter
    assert channel_partners(before, after, partners) == [2, 0, UNKNOWN, 3]


def test_of_a_sum_any_of_its_filters_leads_to_the_channel() -> None:
    sums = (Source("a", 0, 0, 3), Source("b", 0, 0, 3))
    both = replace(layer(3, 2), sources=sums)
    partners = {("b", index): ("b", 2 - index) for index in range(3)}
    assert channel_partners(both, both, partners) == [2, 1, 0]


def test_pictures_keep_their_channels() -> None:
    assert channel_partners(layer(3, 2), layer(3, 4), {}) == [0, 1, 2]
