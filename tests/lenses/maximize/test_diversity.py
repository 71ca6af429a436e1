"""Pictures of one filter are pushed apart, at right angles to what makes them answer."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from convatlas.lenses.maximize.diversity import likeness, pushed
from convatlas.lenses.maximize.optimization_batch import Job, Made
from support.maximizing import finished, how, names, target_of


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def slowly(responses: Tensor, members: int) -> float:
    """The sum over groups of all cosines between the Gram matrices of a group, halved."""
    maps = responses.double().flatten(2).numpy()
    grams = [(one @ one.T).ravel() for one in maps]
    total = 0.0
    for first in range(0, len(grams), members):
        group = range(first, first + members)
        for a, b in itertools.product(group, group):
            norms = np.linalg.norm(grams[a]) * np.linalg.norm(grams[b])
            total += float(grams[a] @ grams[b] / norms) / 2
    return total


@pytest.mark.parametrize("members", [1, 2, 3, 6])
def test_likeness_matches_a_float64_loop(members: int) -> None:
    responses = drawn(6, 4, 3, 5)
    assert likeness(responses, members).item() == pytest.approx(slowly(responses, members))


def test_nothing_is_more_alike_than_the_same_picture() -> None:
    same = drawn(1, 4, 3, 5).expand(3, 4, 3, 5)
    assert likeness(same, 3).item() == pytest.approx(4.5)
    assert likeness(2 * same, 3).item() == pytest.approx(4.5)
    assert likeness(drawn(3, 4, 3, 5), 3).item() < 4.4


def test_groups_have_nothing_to_do_with_each_other() -> None:
    responses = drawn(6, 4, 3, 5).requires_grad_()
    (together,) = torch.autograd.grad(likeness(responses, 3), responses)
    first = responses[:3].detach().requires_grad_()
    (alone,) = torch.autograd.grad(likeness(first, 3), first)
    torch.testing.assert_close(together[:3], alone)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.floats(-3, 3))
def test_a_push_is_at_right_angles_and_as_long_as_the_gradient(seed: int, size: float) -> None:
    gradient, alike = 10**size * drawn(3, 2, 4, 4, seed=seed), drawn(3, 2, 4, 4, seed=seed + 1)
    push = (pushed(gradient, alike) - gradient).flatten(1)
    rows = gradient.flatten(1)
    lengths = rows.norm(dim=1)
    torch.testing.assert_close(push.norm(dim=1), lengths, rtol=1e-4, atol=0)
    assert ((push * rows).sum(1) / lengths**2).abs().max() < 1e-5
    assert ((push * alike.flatten(1)).sum(1) < 0).all()  # away from what is alike


def test_a_picture_that_does_not_answer_is_not_pushed() -> None:
    still = pushed(torch.zeros(2, 3, 4, 4), drawn(2, 3, 4, 4))
    assert not still.any()


def test_without_a_likeness_the_gradient_is_as_it_was() -> None:
    gradient = drawn(2, 3, 4, 4)
    torch.testing.assert_close(pushed(gradient, torch.zeros_like(gradient)), gradient)


class Either(nn.Module):
    """The second layer's first filter answers to an edge of any of four directions, all the same.

    Its other filters, of which no picture is made, answer to one direction each: they see style.
    """

    def __init__(self) -> None:
        super().__init__()
        self.edges = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.mixed = nn.Conv2d(4, 5, 1, bias=False)
        side = torch.tensor([[-1.0, 0, 1]]).expand(3, 3)
        kernels = torch.stack([side, side.T, -side, -side.T])
        with torch.no_grad():
            self.edges.weight.copy_(kernels[:, None].expand(4, 3, 3, 3) / 9)
            self.mixed.weight.copy_(torch.cat([torch.ones(1, 4), torch.eye(4)])[:, :, None, None])

    def forward(self, x: Tensor) -> Tensor:
        return self.mixed(torch.relu(self.edges(x)))


def alikeness(network: Either, made: list[Made]) -> float:
    """The mean cosine between the styles of pairs of pictures."""
    pictures = torch.stack([one.picture for one in made])
    with torch.no_grad():
        responses = network((pictures - 0.5) / 0.25)
    count = len(made)
    return (slowly(responses, count) * 2 - count) / (count * (count - 1))


@pytest.mark.parametrize(
    ("objective", "steps", "share"), [("channel", 160, 0.85), ("neuron", 40, 0.95)]
)
def test_members_differ_more_at_nearly_the_same_response(objective, steps, share) -> None:
    network = Either()
    jobs = [Job(name, 0, 1) for name in names(4)]
    recipe = how(objective=objective, size=(12, 12), steps=steps)
    made = [
        finished(target_of(network, "mixed"), jobs, one, 4)
        for one in (recipe, replace(recipe, members=4))
    ]
    alone, apart = ([one.history.values[-1] for one in group] for group in made)
    assert np.mean(apart) > share * np.mean(alone)
    assert alikeness(network, made[1]) < alikeness(network, made[0]) - 0.1
