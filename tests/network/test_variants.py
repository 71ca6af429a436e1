"""Variants of tensors against calling the same functions with changed tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.errors import NetworkError
from convatlas.network.trace.calls import CallObserver, name_of
from convatlas.network.variants import Called, Variants

N = 3
Chain = Callable[[Tensor, Tensor], Tensor]


class Observed(CallObserver):
    """Passes every function on to variants."""

    def __init__(self, variants: Variants) -> None:
        super().__init__(torch.nn.Identity())
        self.variants = variants

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return self.variants.call(Called(func, name_of(func), args, kwargs or {}))


def written(x: Tensor, y: Tensor) -> Tensor:
    z = torch.zeros_like(y)
    z[:, 1:3] = x[:, 1:3]
    z += x
    return z.mul_(y)


def joined(x: Tensor, y: Tensor) -> Tensor:
    first, second = torch.cat([F.max_pool2d(x, 2), F.max_pool2d(y, 2)], 1).chunk(2, 1)
    return F.relu(first + second, inplace=True)


def shuffled(x: Tensor, y: Tensor) -> Tensor:
    n, c, h, w = x.shape
    return (x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w) - y).mean((2, 3))


CHAINS: dict[str, Chain] = {
    "alone": lambda x, y: F.avg_pool2d(F.relu(x * 2), 3, 1, 1),
    "sum": lambda x, y: F.hardtanh(x + y) * 3,
    "other way round": lambda x, y: y - F.interpolate(x, scale_factor=1.0),
    "written": written,
    "joined": joined,
    "shuffled": shuffled,
    "pictures": lambda x, y: torch.cat([x, x]) + torch.cat([y, y]),
    "in place": lambda x, y: F.relu(x + 0, inplace=True).add_(y).clamp_(-1, 1),
    "channels last": lambda x, y: x.permute(0, 2, 3, 1).contiguous() + y.permute(0, 2, 3, 1),
}


@pytest.mark.parametrize("rows", [1, N], ids=["one row", "a row for each picture"])
@pytest.mark.parametrize("chain", CHAINS)
def test_variants_are_what_functions_give_for_them(chain: str, rows: int) -> None:
    torch.manual_seed(0)
    x, y = torch.randn(2, N, 4, 6, 6)
    ablated = torch.randn(rows, 4, 6, 6)
    expected = CHAINS[chain](ablated.expand_as(x).clone(), y.clone()), CHAINS[chain](x.clone(), y)
    variants = Variants()
    variants.keep(x, {2: ablated})
    with Observed(variants):
        result = CHAINS[chain](x, y)
    torch.testing.assert_close(result, expected[1])
    assert set(variants.of(result)) == {2}
    found = variants.of(result)[2]
    torch.testing.assert_close(found.expand_as(expected[0]), expected[0])
    assert len(found) == (1 if chain == "alone" and rows == 1 else len(result))


def test_what_mixes_channels_has_none_and_groups_stay_apart() -> None:
    x, y = torch.randn(2, N, 4, 6, 6)
    first, second = torch.randn(2, N, 4, 6, 6)
    variants = Variants()
    variants.keep(x, {0: first})
    variants.keep(y, {1: second})
    with Observed(variants):
        both, mixed = x + y, x.softmax(1)
    found = variants.of(both)
    assert set(found) == {0, 1}
    torch.testing.assert_close(found[0], first + y)
    torch.testing.assert_close(found[1], x + second)
    assert not variants.of(mixed)


def test_a_norm_over_channels_keeps_the_statistics_without_ablation() -> None:
    torch.manual_seed(0)
    x, ablated = torch.randn(N, 4, 6, 6), torch.randn(1, 4, 6, 6)
    weight, bias = torch.randn(2, 4)
    variants = Variants()
    variants.keep(x, {0: ablated})
    with Observed(variants):
        normed = F.group_norm(x, 2, weight, bias)
    parts = x.view(N, 2, -1)
    mean = parts.mean(2).repeat_interleave(2, 1)[..., None, None]
    deviation = (
        (parts.var(2, unbiased=False) + 1e-5).sqrt().repeat_interleave(2, 1)[..., None, None]
    )
    expected = (ablated - mean) / deviation * weight[:, None, None] + bias[:, None, None]
    torch.testing.assert_close(variants.of(normed)[0], expected)


def test_writing_to_a_part_of_a_tensor_is_refused() -> None:
    x, y = torch.randn(2, N, 4, 6, 6)
    variants = Variants()
    variants.keep(x, {0: torch.randn(N, 4, 6, 6)})
    with Observed(variants), pytest.raises(NetworkError, match="a part of a tensor by 'add_'"):
        y[:, 1:].add_(x[:, 1:])


def test_variants_end_with_their_tensors() -> None:
    variants = Variants()
    x = torch.randn(N, 4, 6, 6)
    variants.keep(x, {0: x + 1})
    del x
    assert not len(variants._of)
