"""Random draws: those of the published generator, and each picture's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.maximize.philox import Stream, normal, philox, uniform, words
from support.maximizing import keys, names

WORDS = st.integers(0, 2**32 - 1)
STEPS = torch.arange(3)


def reference(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 in whole numbers of any length, as the paper writes it."""
    mask = 2**32 - 1
    for _ in range(10):
        left, right = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [
            (right >> 32) ^ counter[1] ^ key[0],
            right & mask,
            (left >> 32) ^ counter[3] ^ key[1],
            left & mask,
        ]
        key = [(key[0] + 0x9E3779B9) & mask, (key[1] + 0xBB67AE85) & mask]
    return counter


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ([0] * 4, [0] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([2**32 - 1] * 4, [2**32 - 1] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_the_reference_gives_the_answers_that_random123_publishes(counter, key, answer) -> None:
    assert " ".join(f"{word:08x}" for word in reference(counter, key)) == answer


@settings(deadline=None, max_examples=200)
@given(st.lists(WORDS, min_size=3, max_size=3), st.lists(WORDS, min_size=2, max_size=2))
def test_our_words_are_those_of_the_reference(counter: list[int], key: list[int]) -> None:
    first, second, third = (torch.tensor([word]) for word in counter)
    made = philox(torch.tensor([key[0]]), torch.tensor([key[1]]), (first, second, third))
    assert [int(word) for word in made] == reference([*counter, 0], key)


def test_the_largest_words_do_not_overflow() -> None:
    most = torch.tensor([2**32 - 1])
    made = philox(most, most, (most, most, most))
    assert [int(word) for word in made] == reference([2**32 - 1] * 3 + [0], [2**32 - 1] * 2)


def test_a_key_is_the_first_sixteen_digits_of_the_records() -> None:
    assert words(["00000001" + "fffffffe" + "7" * 48]).tolist() == [[1, 2**32 - 2]]


def test_uniform_numbers_are_the_upper_bits_of_block_step_and_stream() -> None:
    (name,) = names(1)
    key = [int(name[:8], 16), int(name[8:16], 16)]
    made = uniform(words([name]), Stream.NOISE, torch.tensor([7, 3]), 10)
    for row, step in enumerate((7, 3)):
        blocks = [reference([block, step, 2, 0], key) for block in range(3)]
        expected = [(word >> 8) / 2**24 for block in blocks for word in block][:10]
        assert made[0, row].tolist() == expected


def test_steps_may_be_the_same_for_all_or_each_pictures_own() -> None:
    shared = uniform(keys(2), Stream.MOVE, torch.tensor([4, 9]), 5)
    assert torch.equal(uniform(keys(2), Stream.MOVE, torch.tensor([[4, 9], [4, 9]]), 5), shared)
    own = uniform(keys(2), Stream.MOVE, torch.tensor([[4], [9]]), 5)
    assert torch.equal(own[:, 0], torch.stack([shared[0, 0], shared[1, 1]]))


@pytest.mark.parametrize("draw", [uniform, normal])
@settings(deadline=None, max_examples=20)
@given(order=st.permutations(range(6)), count=st.integers(1, 6))
def test_draws_are_the_same_alone_and_in_any_company(draw, order, count) -> None:
    together = draw(keys(6), Stream.START, STEPS, 7)
    some = order[:count]
    assert torch.equal(draw(keys(6)[some], Stream.START, STEPS, 7), together[some])


@pytest.mark.parametrize("draw", [uniform, normal])
def test_streams_steps_and_keys_have_nothing_in_common(draw) -> None:
    made = torch.stack([draw(keys(4), stream, STEPS, 1000) for stream in Stream])
    rows = made.reshape(-1, 1000)
    assert len(rows) == 36
    correlations = torch.corrcoef(rows) - torch.eye(len(rows))
    assert correlations.abs().max() < 5 / 1000**0.5


def many(made: Tensor) -> NDArray[np.float64]:
    return made.double().numpy().ravel()


def test_uniform_numbers_fill_the_range_from_0_up_to_1() -> None:
    made = many(uniform(keys(5), Stream.START, torch.arange(10), 4000))
    assert made.min() >= 0
    assert made.max() < 1
    shares = np.histogram(made, bins=20, range=(0, 1))[0] / len(made)
    np.testing.assert_allclose(shares, 1 / 20, rtol=0.05)


def test_normal_numbers_have_the_moments_of_the_normal_distribution() -> None:
    made = many(normal(keys(5), Stream.START, torch.arange(10), 4000))
    assert np.isfinite(made).all()
    moments = [(made**power).mean() for power in (1, 2, 3, 4)]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.1)
    assert moments[1] == pytest.approx(1, abs=0.02)
    assert np.abs(made).max() > 3.5


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_normal_numbers_are_those_of_box_and_muller(count: int) -> None:
    half = (count + 1) // 2
    pairs = many(uniform(keys(1), Stream.MOVE, torch.tensor([2]), 2 * half)).reshape(2, half)
    radius, angle = np.sqrt(-2 * np.log1p(-pairs[0])), 2 * np.pi * pairs[1]
    expected = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
    made = normal(keys(1), Stream.MOVE, torch.tensor([2]), count)
    assert made.shape == (1, 1, count)
    np.testing.assert_allclose(many(made), expected, atol=1e-5)
