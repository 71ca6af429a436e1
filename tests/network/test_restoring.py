"""Filters that keep the activations of another picture, against a pass by hand."""

from __future__ import annotations

import torch
from torch import Tensor

from convatlas.network.restoring import kept, restored
from support.contexts import network_of
from support.edited import SIZE, Two

PLAIN, EDITED = torch.randn(2, 4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_some_filters_are_as_on_the_other_picture() -> None:
    net = Two().eval()
    near, far = network_of(net, SIZE).layers
    filters = {near: [1, 4], far: [0]}
    found = restored(net, filters, EDITED, kept(net, filters, PLAIN))
    before, after = net.near(PLAIN).relu(), net.near(EDITED).relu()
    mixed = after.clone()
    mixed[:, [1, 4]] = before[:, [1, 4]]
    maps = net.far(mixed).relu()
    maps[:, 0] = net.far(before).relu()[:, 0]
    assert torch.allclose(found, net.head(8 * maps.mean((2, 3))), atol=1e-5)


@torch.no_grad()
def test_all_filters_of_a_layer_undo_everything_and_none_nothing() -> None:
    net = Two().eval()
    near, _ = network_of(net, SIZE).layers
    filters = {near: range(6)}
    found = restored(net, filters, EDITED, kept(net, filters, PLAIN))
    assert torch.allclose(found, net(PLAIN), atol=1e-5)
    assert torch.allclose(restored(net, {}, EDITED, {}), net(EDITED), atol=1e-5)


class Forking(Two):
    """Goes past the second layer for dark pictures."""

    def forward(self, x: Tensor) -> Tensor:
        near = torch.relu(self.near(x))
        maps = torch.relu(self.far(near)) if x.mean() > -1 else near[:, :5]
        return self.head(8 * maps.mean((2, 3)))


@torch.no_grad()
def test_layers_that_a_picture_does_not_reach_keep_nothing() -> None:
    net = Forking().eval()
    near, far = network_of(net, SIZE).layers
    dark = PLAIN - 5
    maps = kept(net, {near: [0], far: [1]}, dark)
    assert list(maps) == [near]
    assert maps[near].shape[:2] == (4, 1)
    assert restored(net, {near: [0], far: [1]}, EDITED, maps).shape == (4, 4)
