"""What the manifest and the data files say of two networks that are compared."""

from __future__ import annotations

import csv
import io
import json
from copy import deepcopy

import pytest
import torch
from torch import nn

from convatlas.model.columns import objects
from convatlas.model.comparison import Comparison, Comparisons
from convatlas.model.manifest import Manifest
from convatlas.site.comparisons import change, folder_name
from convatlas.site.exports.compare_csv import COLUMNS
from convatlas.site.manifest import assemble
from convatlas.site.pages.compare_data import comparison_data
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs
from support.compared import Compared, compared
from support.shapes import faults
from support.small_comparisons import state


class Network(nn.Module):
    """Three convolutions, two of them with names that pages have."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3)
        self.index = nn.Conv2d(6, 8, 3)
        self.timeline = nn.Conv2d(8, 5, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in (self.first, self.index, self.timeline):
            x = layer(x).relu()
        return x.mean((2, 3))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    torch.manual_seed(0)
    before = Network()
    after = deepcopy(before)
    with torch.no_grad():
        after.index.weight[2], after.index.bias[2] = 0, -1
        after.timeline.weight.normal_(std=0.2)
    return compared(
        tmp_path_factory.mktemp("compared"), before, after, size=12, lenses={"effects": {}}
    )


@pytest.fixture(scope="module")
def manifest(found: Compared) -> Manifest:
    results = [
        NetworkResults(
            plan.context.network, plan.context.filters, plan.context.images, plan.records
        )
        for plan in (found.before, found.after)
    ]
    return assemble(found.configuration.atlas, results)


@pytest.fixture(scope="module")
def comparison(manifest: Manifest) -> Comparison:
    (told,) = manifest["compare"]["pairs"]
    return told


def test_it_has_the_declared_shape(manifest: Manifest) -> None:
    assert not list(faults(manifest["compare"], Comparisons))
    assert manifest["compare"]["timelines"] == []


def test_pages_bear_names_of_their_own(comparison: Comparison) -> None:
    assert comparison["href"] == "compare/before--after/index.html"
    names = [layer["href"] for layer in comparison["layers"]]
    assert len({name.casefold() for name in names}) == 3
    assert names[0] == "compare/before--after/first.html"
    assert not {"compare/before--after/index.html", "compare/before--after/timeline.html"} & {
        *names
    }


def test_no_two_pairs_share_a_folder() -> None:
    pairs = [("a--b", "c"), ("a", "b--c"), ("a-", "b"), ("a", "-b"), ("a", "b")]
    names = slugs([folder_name(*pair) for pair in pairs])
    assert len(set(names.values())) == len(pairs)
    assert names["a--b"] == "a--b"


def test_what_is_unchanged_has_no_pairs(comparison: Comparison) -> None:
    first = comparison["layers"][0]
    assert first["unchanged"] and not first["pairs"]
    assert first["cka"] == first["correlation"] == 1
    assert first["unpaired"] == ([], [])


def test_a_filter_that_died_comes_first(comparison: Comparison) -> None:
    layer = comparison["layers"][1]
    dead = layer["dead"]
    assert dead[0] is not None and dead[1] == dead[0] + 1
    assert (layer["died"], layer["born"]) == (1, 0)
    assert layer["pairs"][0]["before"]["index"] == layer["pairs"][0]["after"]["index"] == 2
    assert layer["pairs"][0]["change"] == 2
    assert layer["pairs"][0]["correlation"] is None
    others = [pair for pair in layer["pairs"][1:] if pair["correlation"] is not None]
    assert all(pair["correlation"] == 1 and pair["change"] == 0 for pair in others)
    assert all(pair["kept"] == pair["of"] == 9 for pair in others)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (False, False, 0.75),
        (False, None, 0.75),
        (True, False, 2),
        (False, True, 2),
        (True, True, 0),
    ],
)
def test_filters_that_were_dead_and_stayed_dead_are_not_the_most_changed(
    before: bool | None, after: bool | None, expected: float
) -> None:
    assert change(state(0, before), state(0, after), 0.25) == expected


def test_pairs_stand_in_the_order_of_their_change(comparison: Comparison) -> None:
    layer = comparison["layers"][2]
    changes = [pair["change"] for pair in layer["pairs"]]
    assert changes == sorted(changes, reverse=True)
    known = [pair["correlation"] for pair in layer["pairs"] if pair["correlation"] is not None]
    assert layer["compared"] == len(known)
    assert layer["below"] == sum(value < 0.9 for value in known)
    assert layer["correlation"] in known or len(known) % 2 == 0
    assert all(pair["before"]["effect"] is not None for pair in layer["pairs"])


def test_it_counts_the_images_that_are_taken_for_another_class(
    found: Compared, comparison: Comparison
) -> None:
    predicted = [
        record.data["predicted"]
        for plan in (found.before, found.after)
        if (record := plan.records.first("effects", None, "predictions"))
    ]
    assert comparison["answered"] == 60
    assert comparison["changed"] == sum(a != b for a, b in zip(*predicted, strict=True))
    assert comparison["accuracy"] == (None, None)  # noise has no labels
    assert comparison["images"] == 60


def test_the_data_files_say_the_same(comparison: Comparison) -> None:
    files = dict(comparison_data(comparison))
    told = json.loads(files["compare/before--after/compare.json"])
    rows = list(csv.DictReader(io.StringIO(files["compare/before--after/compare.csv"].decode())))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == sum(len(layer["pairs"]) for layer in comparison["layers"]) == 13
    pairs = [
        (layer["before"], pair)
        for layer in told["layers"]
        for pair in objects(layer["pairs"], layer["count"])
    ]
    for row, (layer, pair) in zip(rows, pairs, strict=True):
        assert row["layer_before"] == layer
        assert int(row["before"]) == pair["before"]["index"]
        assert row["correlation"] == (
            "" if pair["correlation"] is None else str(pair["correlation"])
        )
    assert rows[0]["dead_after"] == "true"
