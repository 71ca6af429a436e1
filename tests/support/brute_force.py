"""What images say of a filter, worked out again from whole maps in float64: slowly and plainly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from convatlas.model.records import Json

Maps = NDArray[np.float64]
"""Responses [images, filters, height, width] of a layer."""


@dataclass(frozen=True)
class Truth:
    """What is to be found in the maps of one layer; ``near`` is what float32 may be wrong by."""

    maps: Maps
    ids: Sequence[str]
    kinds: Sequence[tuple[str | None, int | None]]
    top: int
    near: float
    lowest: int = 3

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """Of each map: [images, filters]."""
        return self.maps.mean((2, 3))

    def check(self, index: int, data: Mapping[str, Json]) -> set[str]:
        """Compare all of a filter's record; gives the images that were drawn."""
        maps = self.maps[:, index]
        assert data["images"] == len(maps) == len(self.ids)
        self.ends(maps, data)
        self.numbers(maps, data)
        highest = maps.max((1, 2))
        histogram_counts(data["histogram"], highest, self.near)
        self.ranks(index, data["among"])
        self.classes(highest, data)
        return self.strip(maps, data)

    def place(self, entry: Json) -> int:
        return self.ids.index(entry["image"])

    def close(self, found: float, expected: float) -> None:
        assert abs(found - expected) <= self.near + 1e-6 * abs(expected)

    def rounded(self, found: float, expected: float, room: float = 0) -> None:
        """As ``close``, of a number with six digits; ``room`` is what its sum may have lost."""
        assert abs(found - expected) <= self.near + 6e-6 * abs(expected) + room

    def ends(self, maps: Maps, data: Mapping[str, Json]) -> None:
        """Both ends of the range, image by image."""
        count = len(maps)
        both = (
            ("top", 1, self.top, maps.max((1, 2))),
            ("lowest", -1, self.lowest, maps.min((1, 2))),
        )
        for name, sign, most, values in both:
            order = sorted(values, key=lambda value, sign=sign: -sign * value)
            entries = data[name]
            assert len(entries) == min(most, count)
            assert len({entry["image"] for entry in entries}) == len(entries)
            for rank, entry in enumerate(entries):
                self.close(entry["response"], order[rank])
                self.spot(maps, entry, values)
                share = rank / max(count - 1, 1)
                assert entry["quantile"] == pytest.approx(1 - share if sign > 0 else share, 1e-5)
                assert entry["tile"] == rank + (0 if sign > 0 else len(data["top"]))
        assert data["bounds"]["highest"] == data["top"][0]["response"]
        assert data["bounds"]["lowest"] == data["lowest"][0]["response"]

    def spot(self, maps: Maps, entry: Json, values: Maps) -> None:
        """The response is this image's, and stands where it is said to stand."""
        place = self.place(entry)
        row, column = entry["position"]
        self.close(entry["response"], values[place])
        self.close(entry["response"], maps[place, row, column])

    def strip(self, maps: Maps, data: Mapping[str, Json]) -> set[str]:
        """The highest, four percentiles and what was drawn, in falling order, each once."""
        values = maps.max((1, 2))
        order, last = np.sort(values), len(values) - 1
        entries = data["range"]
        assert {**entries[0], "quantile": 1.0} == data["top"][0]
        assert len({entry["image"] for entry in entries}) == len(entries) <= 8
        falling = [entry["response"] for entry in entries]
        assert falling == sorted(falling, reverse=True)
        ranks = []
        for entry in entries:
            self.spot(maps, entry, values)
            rank = entry["quantile"] * last
            assert rank == pytest.approx(round(rank), abs=0.01)
            self.close(entry["response"], order[round(rank)])
            ranks.append(rank)
        tiles = {entry["image"]: entry["tile"] for entry in data["top"]}
        assert all(entry["tile"] == tiles.get(entry["image"]) for entry in entries)
        wanted = [last, *(last * percent / 100 for percent in (99.9, 99, 90, 50))]
        for ideal, value in zip(wanted, [None, *data["percentiles"].values()], strict=True):
            assert min(abs(rank - ideal) for rank in ranks) <= 0.5 + 0.01
            near = [order[n] for n in range(last + 1) if abs(n - ideal) <= 0.5]
            assert value is None or min(abs(value - each) for each in near) <= self.near
        drawn = {entry["image"] for entry in entries if entry.get("drawn")}
        for rank, entry in zip(ranks, entries, strict=True):
            at_percentile = min(abs(rank - ideal) for ideal in wanted) <= 0.5 + 0.01
            assert at_percentile or entry["image"] in drawn
        assert len(drawn) <= 3
        return drawn

    def numbers(self, maps: Maps, data: Mapping[str, Json]) -> None:
        """Means, spreads and shares; of what is as good as zero nobody knows its side."""
        mean, highest = float(maps.mean()), maps.max((1, 2))
        self.rounded(data["mean"], mean, 6e-8 * float(np.abs(maps).max()))
        room = 3e-4 * abs(mean) + self.near
        assert data["std"] == pytest.approx(float(maps.std()), rel=1e-4, abs=room)
        self.rounded(data["mean_highest"], float(highest.mean()))
        assert data["std_highest"] == pytest.approx(float(highest.std()), rel=1e-4, abs=self.near)
        for name, values in (("share_positions", maps), ("share_images", highest)):
            surely = (values > self.near).sum() / values.size
            perhaps = (values > -self.near).sum() / values.size
            assert surely - 1e-6 <= data[name] <= perhaps + 1e-6

    def ranks(self, index: int, among: Mapping[str, float]) -> None:
        """For how many images the filter is among the first of its layer by mean."""
        own = self.means[:, index, None]
        worst = (self.means > own - self.near).sum(1) - 1  # the filter itself is among them
        best = (self.means > own + self.near).sum(1)
        for rank in (1, 5, 15, 50):
            share = among[str(rank)] * len(own)
            assert (worst < rank).sum() - 0.01 <= share <= (best < rank).sum() + 0.01

    def classes(self, highest: Maps, data: Mapping[str, Json]) -> None:
        """Means by class, their gaps to the rest, and how much the best stands out."""
        groups: dict[Any, list[float]] = {}
        for kind, value in zip(self.kinds, highest.tolist(), strict=True):
            if kind[0] is not None:
                groups.setdefault(kind, []).append(value)
        every = [value for group in groups.values() for value in group]
        expected = {kind: float(np.mean(group)) for kind, group in groups.items()}
        best = sorted(expected.values(), reverse=True)[:5]
        assert len(data["classes"]) == len(best)
        for told, mean in zip(data["classes"], best, strict=True):
            self.rounded(told["mean"], mean)
            fits = [
                kind
                for kind, group in groups.items()
                if kind[0] == told["label"]
                and len(group) == told["images"]
                and abs(expected[kind] - mean) <= 2 * self.near + 1e-5 * abs(mean)
            ]
            assert fits
            rest = [v for kind, group in groups.items() if kind != fits[0] for v in group]
            if told["gap"] is None:
                assert not rest or np.std(every) <= self.near
            else:
                gap = (mean - np.mean(rest)) / np.std(every)
                room = 4 * self.near / np.std(every)
                assert told["gap"] == pytest.approx(gap, rel=1e-4, abs=1e-5 + room)
        self.selectivity(list(expected.values()), data["selectivity"])

    def selectivity(self, means: list[float], found: float | None) -> None:
        if len(means) < 2:
            assert found is None
            return
        clipped = sorted(max(mean, 0.0) for mean in means)
        best, others = clipped[-1], float(np.mean(clipped[:-1]))
        expected = (best - others) / (best + others) if best > 0 else 0.0
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-5 + 4 * self.near / (best or 1))


def histogram_counts(told: Json, values: Maps, near: float) -> None:
    """Count again between the edges; a value that is as good as an edge may be on either side."""
    edges, counts = told["edges"], told["counts"]
    assert len(edges) == len(counts) + 1
    assert sum(counts) == values.size
    assert abs(edges[0] - values.min()) <= near + 1e-6 * abs(edges[0])
    assert abs(edges[-1] - values.max()) <= near + 1e-6 * abs(edges[-1])
    assert edges == sorted(edges)
    if len(counts) > 1:
        widths = np.diff(edges)
        assert np.ptp(widths) <= 0.021 * widths.mean() + near  # edges are rounded
    for place, edge in enumerate(edges[1:-1], 1):
        below = sum(counts[:place])
        room = near + 1e-7 * abs(edge)
        assert (values < edge - room).sum() <= below <= (values < edge + room).sum()


def cells(one: NDArray[Any]) -> NDArray[Any]:
    """The highest value in each of at most 16 x 16 cells, which overlap where they do not fit."""
    height, width = one.shape
    rows, columns = min(height, 16), min(width, 16)
    picture = np.empty((rows, columns), one.dtype)
    for row in range(rows):
        for column in range(columns):
            down = slice(row * height // rows, -(-(row + 1) * height // rows))
            across = slice(column * width // columns, -(-(column + 1) * width // columns))
            picture[row, column] = one[down, across].max()
    return picture
