"""One optimiser for many rows is as many optimisers, each of a row of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.maximize.batched_optimizer import BETAS, BatchedOptimizer
from convatlas.lenses.maximize.optimizer import RowOptimizer

Kind = type[RowOptimizer] | type[BatchedOptimizer]
pytestmark = pytest.mark.parametrize("Optimizer", [RowOptimizer, BatchedOptimizer])

OWN: dict[str, Callable[[Tensor], torch.optim.Optimizer]] = {
    "adam": lambda row: torch.optim.Adam([row], lr=0.1, betas=BETAS, maximize=True),
    "nadam": lambda row: torch.optim.NAdam([row], lr=0.1, betas=BETAS, maximize=True),
    "sgd": lambda row: torch.optim.SGD([row], lr=0.1, maximize=True),
}


def slopes(count: int, rows: int = 4) -> Tensor:
    """Gradients [count, rows, 2, 3, 4] of very different sizes."""
    made = torch.randn(count, rows, 2, 3, 4, generator=torch.Generator().manual_seed(1))
    return made * 10.0 ** torch.arange(-2, rows - 2).view(-1, 1, 1, 1)


def alone(kind: str, start: Tensor, gradients: Tensor) -> Tensor:
    """Where an optimiser of its own takes one row."""
    row = start.clone()
    optimiser = OWN[kind](row)
    for gradient in gradients:
        row.grad = gradient.clone()
        optimiser.step()
    return row


def reference(start: Tensor, gradients: Tensor) -> NDArray[np.float64]:
    """Adam with bias correction (Kingma and Ba 2015), uphill, in float64."""
    place, mean, square = (start.double().numpy().copy() * scale for scale in (1, 0, 0))
    for step, gradient in enumerate(gradients.double().numpy(), start=1):
        mean = 0.5 * mean + 0.5 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        place += 0.1 * (mean / (1 - 0.5**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return place


def test_adam_is_that_of_the_paper(Optimizer: Kind) -> None:
    parameters, gradients = torch.rand(4, 2, 3, 4), slopes(20)
    start = parameters.clone()
    optimizer = Optimizer(parameters, "adam", 0.1)
    for gradient in gradients:
        optimizer.step(gradient)
    for row in range(4):
        expected = reference(start[row], gradients[:, row])
        np.testing.assert_allclose(parameters[row].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("kind", OWN)
def test_every_row_goes_where_its_own_optimiser_would(Optimizer: Kind, kind: str) -> None:
    parameters, gradients = torch.rand(4, 2, 3, 4), slopes(20)
    start = parameters.clone()
    optimizer = Optimizer(parameters, kind, 0.1)
    for gradient in gradients:
        optimizer.step(gradient)
    for row in range(4):
        expected = alone(kind, start[row], gradients[:, row])
        torch.testing.assert_close(parameters[row], expected, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", OWN)
def test_a_row_that_starts_anew_forgets_and_the_others_go_on(Optimizer: Kind, kind: str) -> None:
    parameters, gradients = torch.rand(4, 2, 3, 4), slopes(17)
    start, fresh = parameters.clone(), torch.rand(2, 3, 4)
    optimizer = Optimizer(parameters, kind, 0.1)
    for step, gradient in enumerate(gradients):
        if step == 9:
            parameters[2] = fresh
            optimizer.restart(torch.tensor([2]))
        optimizer.step(gradient)
    for row in range(4):
        expected = alone(kind, start[row], gradients[:, row])
        if row == 2:
            expected = alone(kind, fresh, gradients[9:, row])
        torch.testing.assert_close(parameters[row], expected, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", OWN)
def test_gradients_may_lie_in_memory_as_they_like(Optimizer: Kind, kind: str) -> None:
    plain, turned = torch.zeros(4, 2, 3, 4), torch.zeros(4, 2, 3, 4)
    one, other = Optimizer(plain, kind, 0.1), Optimizer(turned, kind, 0.1)
    for gradient in slopes(5):
        one.step(gradient)
        other.step(gradient.permute(0, 3, 2, 1).contiguous().permute(0, 3, 2, 1))
    assert torch.equal(plain, turned)


@pytest.mark.parametrize("kind", OWN)
def test_a_row_without_a_number_spoils_no_other(Optimizer: Kind, kind: str) -> None:
    good, bad = torch.zeros(4, 2, 3, 4), torch.zeros(4, 2, 3, 4)
    one, other = Optimizer(good, kind, 0.1), Optimizer(bad, kind, 0.1)
    for gradient in slopes(5):
        one.step(gradient.clone())
        gradient[1] = torch.nan
        other.step(gradient)
    assert bad[1].isnan().all()
    assert torch.equal(bad[[0, 2, 3]], good[[0, 2, 3]])


@pytest.mark.parametrize("kind", OWN)
def test_each_row_may_take_a_share_of_the_rate(Optimizer: Kind, kind: str) -> None:
    parameters, gradients = torch.rand(4, 2, 3, 4), slopes(1)
    start = parameters.clone()
    whole = torch.stack(
        [alone(kind, *each) for each in zip(start, gradients[0][:, None], strict=True)]
    )
    share = torch.tensor([1.0, 0.5, 0.25, 0.0])
    Optimizer(parameters, kind, 0.1).step(gradients[0], share)
    expected = start + share.view(-1, 1, 1, 1) * (whole - start)
    torch.testing.assert_close(parameters, expected, atol=2e-6, rtol=1e-5)
    assert torch.equal(parameters[3], start[3])


@pytest.mark.parametrize("kind", OWN)
def test_the_rows_that_are_kept_go_on_where_they_were(Optimizer: Kind, kind: str) -> None:
    parameters, gradients = torch.rand(4, 2, 3, 4), slopes(12)
    start, kept = parameters.clone(), torch.tensor([0, 3])
    optimizer = Optimizer(parameters, kind, 0.1)
    for gradient in gradients[:5]:
        optimizer.step(gradient)
    rest = optimizer.kept(kept)
    for gradient in gradients[5:]:
        rest.step(gradient[kept])
    for place, row in enumerate(kept.tolist()):
        expected = alone(kind, start[row], gradients[:, row])
        torch.testing.assert_close(rest.parameters[place], expected, atol=2e-6, rtol=1e-5)
