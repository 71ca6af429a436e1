"""A picture is the same in any seat and company; who is finished gives the seat to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from convatlas.lenses.maximize.history import SHOWN
from convatlas.lenses.maximize.optimization_batch import Job, Made
from convatlas.lenses.maximize.recipe import Recipe
from support import nets
from support.maximizing import finished, how, jobs_of, names, statistics_of, target_of

JOBS = [Job(key, index % 5, 1 - 2 * (index % 2)) for index, key in enumerate(names(7))]
SEATS = 3
BUSY = {"pad": 1, "jitter": 1.0, "rotate": 3.0, "scale": 0.1, "noise": 0.05, "l2": 0.5}
RECIPES = {
    "fourier": how(**BUSY, crop=0.8, variation=0.1, gradients=0.2, decay=0.5, others=0.5),
    "pixels": how(canvas="pixels", optimiser="nadam", objective="neuron", at=(0.0, 0.9)),
    "phase": how(canvas="phase", rate=0.5, optimiser="sgd", objective="rms", jitter=2.0),
    "growing": how(**BUSY, growths=2, growth=1.3, blur=0.8, steps=2, decay=0.4),
    "growing phases": how(canvas="phase", growths=2, growth=1.27, rate=0.5, steps=2),
}


def same(one: Made, other: Made) -> bool:
    """Whether two pictures, and how they came to be, are the same to the last bit."""
    frames, others = one.history.frames, other.history.frames
    attention = one.attention is other.attention is None or (
        one.attention is not None
        and other.attention is not None
        and torch.equal(one.attention, other.attention)
    )
    return (
        torch.equal(one.picture, other.picture)
        and one.history.values == other.history.values
        and frames.keys() == others.keys()
        and all((frames[step] == others[step]).all() for step in frames)
        and attention
    )


def made_of(jobs: Sequence[Job], recipe: Recipe, slots: int = SEATS) -> list[Made]:
    statistics = statistics_of(3) if recipe.canvas == "phase" else None
    return finished(target_of(nets.Small(), "conv2"), jobs, recipe, slots, statistics)


@cache
def alone(name: str) -> list[Made]:
    """Each job without any other, by a recipe."""
    return [made_of([job], RECIPES[name])[0] for job in JOBS]


@pytest.mark.parametrize("name", RECIPES)
@settings(deadline=None, max_examples=8)
@given(order=st.permutations(range(len(JOBS))), count=st.integers(1, len(JOBS)))
def test_a_picture_is_the_same_in_any_seat_and_company(name, order, count) -> None:
    some = order[:count]
    made = made_of([JOBS[index] for index in some], RECIPES[name])
    for index, one in zip(some, made, strict=True):
        assert same(one, alone(name)[index])


@pytest.mark.parametrize("name", RECIPES)
def test_larger_batches_change_no_more_than_the_last_bits(name: str) -> None:
    for slots in (1, 7):
        made = made_of(JOBS[:2], RECIPES[name], slots)
        for one, other in zip(made, alone(name), strict=False):
            torch.testing.assert_close(one.picture, other.picture, atol=1e-3, rtol=0)


def test_different_jobs_get_different_pictures() -> None:
    for made in map(alone, RECIPES):
        assert not any(same(one, other) for one in made for other in made if one is not other)


def test_what_is_pushed_apart_is_the_same_beside_other_groups() -> None:
    recipe = how(members=2)
    groups = [[Job(key, item, 1) for key in names(6)[2 * item :][:2]] for item in range(3)]
    together = made_of([job for group in groups for job in group], recipe, slots=4)
    for number, group in enumerate(groups):
        for place, one in enumerate(made_of(group, recipe, slots=4)):
            assert same(one, together[2 * number + place])


class Overflow(nn.Module):
    """The second layer's first filter is too strong for any picture: its gradient is no number."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.second = nn.Conv2d(4, 3, 3, padding=1, bias=False)
        with torch.no_grad():
            for conv in (self.first, self.second):
                conv.weight.copy_(
                    torch.randn(conv.weight.shape, generator=torch.Generator().manual_seed(0))
                )
            self.second.weight[1:, 0] = 0
            self.tame = self.first.weight[0].clone(), self.second.weight[0].clone()
            self.first.weight[0] *= 1e25
            self.second.weight[0] *= 1e25

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))

    def tamed(self) -> Overflow:
        """The same with an ordinary first filter."""
        with torch.no_grad():
            self.first.weight[0], self.second.weight[0] = self.tame
        return self


@pytest.mark.parametrize("canvas", ["fourier", "pixels", "phase"])
def test_a_gradient_that_is_no_number_spoils_no_neighbour(canvas: str) -> None:
    recipe, statistics = how(canvas=canvas, **BUSY), statistics_of(3)
    spoilt, good = (
        finished(target_of(network, "second"), jobs_of(range(3)), recipe, 3, statistics)
        for network in (Overflow(), Overflow().tamed())
    )
    assert not np.isfinite(spoilt[0].history.values).all()
    assert np.isfinite(good[0].history.values).all()
    for index in (1, 2):
        assert spoilt[index].picture.isfinite().all()
        assert same(spoilt[index], good[index])


def test_an_overflowing_picture_gives_its_seat_to_a_good_one() -> None:
    network, jobs = Overflow(), jobs_of([0, 1, 0, 2])
    made = finished(target_of(network, "second"), jobs, how(), 2)
    for index in (1, 3):
        (one,) = finished(target_of(network, "second"), [jobs[index]], how(), 2)
        assert same(one, made[index])


def lengths(made: Sequence[Made]) -> list[int]:
    return [len(one.history.values) for one in made]


SETTLING = how(canvas="pixels", steps=200, rate=0.3, tolerance=0.005, objective="neuron")


def test_settled_pictures_leave_early_and_the_next_take_their_seats() -> None:
    made = made_of(JOBS, SETTLING)
    assert len(set(lengths(made))) > 1  # so that seats are given one by one
    assert all(length < 200 and length % 16 == 0 and length >= 64 for length in lengths(made))
    for job, one in zip(JOBS, made, strict=True):
        (other,) = made_of([job], SETTLING)
        assert same(one, other)


def test_a_picture_leaves_once_32_steps_gain_too_little() -> None:
    for job, one in zip(JOBS, made_of(JOBS, SETTLING), strict=True):
        values = job.sign * np.array(one.history.values)
        gains = {
            done: (values[done - 16 : done].mean() - values[done - 48 : done - 32].mean())
            / abs(values[done - 16 : done].mean())
            for done in range(64, len(values) + 1, 16)
        }
        assert gains.pop(len(values)) < SETTLING.tolerance
        assert all(gain >= SETTLING.tolerance for gain in gains.values())


def test_nobody_leaves_before_64_steps() -> None:
    recipe = how(canvas="pixels", size=(3, 3), steps=200, rate=5.0, tolerance=0.5)
    made = finished(target_of(nets.Known(), "first"), jobs_of([0]), recipe, 1)
    assert lengths(made) == [64]


def test_a_margin_is_seen_by_the_network_and_is_no_part_of_the_picture() -> None:
    target = target_of(nets.Known(), "first")
    recipe = how(canvas="pixels", size=(6, 6), objective="neuron", at=(0.3, 0.3), steps=30)
    for pad, expected in ((0, True), (9, False)):
        (made,) = finished(target, jobs_of([2]), replace(recipe, pad=pad, rate=0.5), 1)
        assert made.picture.shape == (3, 6, 6)
        # With a margin of nine, three tenths of the way is in the grey.
        assert (made.history.values[-1] > 1.5) is expected
        assert (abs(made.history.values[-1]) < 1e-6) is not expected


def test_without_a_tolerance_nobody_leaves_early() -> None:
    recipe = how(canvas="pixels", steps=100, rate=0.3, tolerance=0.0, objective="neuron")
    assert lengths(made_of(JOBS[:3], recipe)) == [100] * 3


def test_a_dead_filter_leaves_as_soon_as_it_is_looked_at_or_stays_to_the_end() -> None:
    made = finished(
        target_of(nets.Known(), "first"), jobs_of([3]), how(steps=80, tolerance=0.01), 1
    )
    assert set(made[0].history.values) == {0.0}
    assert lengths(made) in ([64], [80])


def test_the_history_has_every_step_and_the_frames_that_are_shown() -> None:
    (one,) = made_of(JOBS[:1], how(steps=40))
    assert sorted(one.history.frames) == [step for step in SHOWN if step < 40] + [40]
    assert len(one.history.values) == 40
    last = one.history.frames[40].astype(float) / 255
    np.testing.assert_allclose(last, one.picture.permute(1, 2, 0).numpy(), atol=0.5 / 255 + 1e-6)
    (short,) = made_of(JOBS[:1], how(steps=8))
    assert sorted(short.history.frames) == [0, 8]
    assert (short.history.frames[8] == one.history.frames[8]).all()
    assert short.history.values == one.history.values[:8]


def test_only_phase_canvases_tell_what_counted() -> None:
    for name in RECIPES:
        assert all((one.attention is not None) == ("phase" in name) for one in alone(name))
    for one in alone("phase"):
        assert one.attention is not None
        assert one.attention.shape == (12, 10)
        assert (one.attention >= 0).all()
        assert one.attention.any()


def test_the_rate_falls_to_zero_over_the_last_steps() -> None:
    plain = how(canvas="pixels", optimiser="sgd", objective="neuron", size=(3, 3), rate=1e-3)
    target, (job,) = target_of(nets.Known(), "first"), jobs_of([0])

    def moved(steps: int, decay: float) -> float:
        """How far so many steps go, up a slope that is nearly the same everywhere."""
        (made,) = finished(target, [job], replace(plain, steps=steps, decay=decay), 1)
        return made.history.values[-1] - made.history.values[0]

    # Of ten steps, the last before the final value starts at step 8: 9 steps, from 1 to 0.2.
    assert moved(10, 1.0) == pytest.approx(
        moved(10, 0.0) * sum(n / 10 for n in range(2, 11)) / 9, rel=0.01
    )
    assert moved(10, 0.5) == pytest.approx(moved(10, 0.0) * (5 + 1 + 0.8 + 0.6 + 0.4) / 9, rel=0.01)


class Twins(nn.Module):
    """Two filters answer to brightness in red, one of them to green as well."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1, bias=False)
        with torch.no_grad():
            self.conv.weight.copy_(torch.tensor([[1.0, 0, 0], [1, 1, 0]]).view(2, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


@pytest.mark.parametrize("others", [0.0, 0.5])
def test_what_others_answer_to_is_left_out(others: float) -> None:
    recipe = how(canvas="pixels", steps=60, rate=0.5, others=others)
    made = finished(target_of(Twins(), "conv"), jobs_of([0, 1]), recipe, 2)
    red_only, both = (one.picture.mean(dim=(1, 2)) for one in made)
    # The first filter has no use for green, and the second filter's response makes it harmful.
    assert bool(red_only[1] < 0.2) is (others > 0)
    assert both[1] > 0.9
