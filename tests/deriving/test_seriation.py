"""An order in which alike things stand next to each other."""

from __future__ import annotations

import numpy as np

from convatlas.deriving.seriation import seriate


def test_a_shuffled_line_is_found_again() -> None:
    places = np.random.default_rng(0).permutation(40)
    similarity = -np.abs(np.subtract.outer(places, places)).astype(float)
    order = places[seriate(similarity)]
    assert order.tolist() in (list(range(40)), list(range(39, -1, -1)))


def test_every_thing_stands_in_it_once() -> None:
    values = np.random.default_rng(1).standard_normal((70, 70))
    for count in (0, 1, 2, 3, 70):
        matrix = (values + values.T)[:count, :count]
        assert sorted(seriate(matrix)) == list(range(count))


def test_turning_stretches_helps() -> None:
    values = np.random.default_rng(2).standard_normal((300, 8))
    similarity = np.corrcoef(values)
    order = seriate(similarity)
    at_hand = similarity[order[:-1], order[1:]].mean()
    assert at_hand > 0.72
    assert at_hand > similarity[np.arange(299), np.arange(1, 300)].mean() + 0.5
