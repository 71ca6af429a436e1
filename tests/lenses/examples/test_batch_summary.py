"""What is computed of a batch of responses, and the memory that it is kept in."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from convatlas.lenses.examples.batch_summary import CACHED, Centre, Reducer
from convatlas.lenses.examples.held_summaries import BATCHES, HeldSummaries
from support.example_records import accumulated


@pytest.mark.parametrize(("filters", "side"), [(16, 300), (20, 64), (3, 5)])
def test_equal_to_the_last_bit_to_sums_over_whole_maps(filters: int, side: int) -> None:
    """However many images are summed up together; three of the largest exceed what is cached."""
    assert 3 * CACHED < 3 * 16 * 300 * 300 * 4
    response = torch.randn(3, filters, side, side).contiguous(memory_format=torch.channels_last)
    centre = Centre.of(torch.randn(1, filters, 1, side))
    summary = Reducer().reduce(response, centre)
    positions = response.permute(0, 2, 3, 1).flatten(1, 2)  # [3, positions, filters]
    differences = positions - centre.values
    expected = [
        positions.amax(1),
        positions.amin(1),
        differences.sum(1),
        differences.square().sum(1),
        (positions > 0).float().sum(1),
    ]
    for found, each in zip(summary.numbers, expected, strict=True):
        assert torch.equal(found, each)
    assert torch.equal(summary.position, response.flatten(2).argmax(2))
    for image in range(3):
        alone = Reducer().reduce(response[image : image + 1], centre)
        assert torch.equal(alone.numbers, summary.numbers[:, image : image + 1])


@pytest.mark.parametrize("sizes", [[2] * 40, [2, 1, 7, 100, 3], [1, 64]])
def test_batches_are_held_back_until_there_are_sixteen_like_the_first(sizes: list[int]) -> None:
    response = torch.randn(sum(sizes), 4, 3, 3).contiguous(memory_format=torch.channels_last)
    whole = Reducer().reduce(response, Centre.of(response))
    held = HeldSummaries.like(whole.part(0, sizes[0]))
    found, start = [], 0
    for size in sizes:
        images = np.arange(start, start + size)
        for some, summary in held.add(images, whole.part(start, start + size)):
            found.append((some.copy(), summary.numbers.clone(), summary.position.clone()))
        start += size
    assert [len(images) for images, _, _ in found] == [BATCHES * sizes[0]] * len(found)
    images, summary = held.taken()
    assert held.count == 0
    found.append((images.copy(), summary.numbers.clone(), summary.position.clone()))
    assert np.array_equal(np.concatenate([each for each, _, _ in found]), np.arange(sum(sizes)))
    assert torch.equal(torch.cat([each for _, each, _ in found], 1), whole.numbers)
    assert torch.equal(torch.cat([each for _, _, each in found]), whole.position)


def test_what_outlives_a_batch_stays_where_it_is_in_memory() -> None:
    """Each image is stronger than all before it, so that everything kept is replaced."""
    maps = torch.randn(300, 4, 20, 20) * torch.linspace(0.1, 3, 300)[:, None, None, None]
    accumulator, _, _ = accumulated(maps[:8], [8])

    def places() -> list[int]:
        assert accumulator.held is not None
        ends = [accumulator.highest, accumulator.lowest]
        arrays = [values for end in ends for values in vars(end.kept).values()]
        summary = accumulator.held.summary
        return [
            *(array.ctypes.data for array in [*arrays, accumulator.held.images]),
            *(values.data_ptr() for values in [summary.numbers, summary.position]),
            *(end.least.data_ptr() for end in ends),
        ]

    before = places()
    for first in range(0, 300, 8):
        images = np.arange(first, min(first + 8, 300)) % 8  # the set that was told of has 8
        accumulator.add(images, maps[first : first + 8])
    assert places() == before
    strongest = maps[-100:].flatten(2).amax(2).topk(9, dim=0).values.T
    kept = accumulator.highest.settle()
    assert torch.equal(torch.from_numpy(kept.strengths).view(4, 9), strongest)
