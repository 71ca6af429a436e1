"""Linear layers on maps and own convolutions through the whole house, beside their twins."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

import convatlas
from convatlas.site.check.check import check
from support.conv_like_networks import Dynamic, mixed, own
from support.markup import written
from support.nets import write_pictures
from support.site_files import layer_file

RANDOM = {"maximize", "health", "sprites", "dead", "transfer"}
"""What follows from optimised pictures, whose random start is another for each record."""
NAMES = {"network", "module", "kind", "picture", "file", "files", "record", "heatmap"}
"""Names of networks, and of files by their content, which rounding may change."""
RANKS = {"rank", "network_rank", "raises", "lowers"}
"""Orders of effects, which rounding may change where they are nearly equal."""
HEAD = {"activation"}
"""The stem of a network with a linear layer is followed by another function."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of both pairs, and of a network with kernels computed from the picture."""
    folder = tmp_path_factory.mktemp("conv-like")
    write_pictures(folder / "pictures", 12)
    networks = dict(zip(("linear", "plain", "own", "torch"), (*mixed(), *own()), strict=True))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        networks["dynamic"] = Dynamic().eval()
    models = [
        {"name": name, "source": f"memory:{name}", "input": {"size": 24, "resize": 24}}
        for name in networks
    ]
    config = {
        "models": models,
        "images": [{"name": "pictures", "source": f"folder:{folder}/pictures"}],
        "lenses": {
            "examples": {"top": 3},
            "attribution": {"top": 2},
            "maximize": {"steps": 4, "size": 16, "attempts": 1},
        },
        "probes": [{"name": "one", "image": "set:pictures/even/picture 0.png", "top": 3}],
        "hypotheses": [
            {
                "filter": f"{name}/{layer}/2",
                "claim": "noise",
                "images": ["set:pictures/odd/picture 1.png"],
            }
            for name, layer in (
                ("linear", "second.mix"),
                ("plain", "second.mix"),
                ("own", "first"),
                ("torch", "first"),
            )
        ],
    }
    result = convatlas.build(config, networks=networks, out=folder / "site", store=folder / "store")
    assert not result.failures
    return folder / "site"


def told(site: Path, path: str) -> Any:
    return json.loads((site / path).read_text(encoding="utf-8"))


def layers_of(site: Path, network: str) -> dict[str, Any]:
    (found,) = (each for each in told(site, "atlas.json")["networks"] if each["name"] == network)
    return {
        layer["name"]: layer_file(site / network / layer["slug"] / "layer.json")
        for layer in found["layers"]
    }


def numbers(value: Any, place: str = "", left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """All values by their place, without names and what is random."""
    if isinstance(value, dict):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(str(number), item) for number, item in enumerate(value)]
    else:
        return {place: value}
    return {
        where: found
        for key, item in items
        if key not in RANDOM | NAMES | RANKS | left_out
        for where, found in numbers(item, f"{place}/{key}", left_out).items()
    }


def same(one: dict[str, Any], other: dict[str, Any]) -> int:
    """Compare all values, and count them."""
    assert one.keys() == other.keys()
    for place, value in one.items():
        if isinstance(value, float):
            assert value == pytest.approx(other[place], rel=2e-4, abs=2e-4), place
        elif isinstance(value, str):
            assert not re.search("nan", value)
            assert _plain(value) == _plain(other[place]), place
        else:
            assert value == other[place], place
    return len(one)


def _plain(text: str) -> str:
    """A text without names of networks and digests."""
    return re.sub(
        r"-[0-9a-f]{8}\.",
        ".",
        re.sub(r"\b(linear|own)\b", "X", re.sub(r"\b(plain|torch)\b", "X", text)),
    )


@pytest.mark.parametrize(("ours", "theirs"), [("linear", "plain"), ("own", "torch")])
def test_every_number_of_every_lens_is_the_twin_s(site: Path, ours: str, theirs: str) -> None:
    one, other = layers_of(site, ours), layers_of(site, theirs)
    assert list(one) == list(other)
    for name in one:
        # What a module computes in its own way is not followed from layer to layer.
        left_out = frozenset(HEAD if name == "stem" else ()) | (
            {"circuits"} if ours == "own" else set()
        )
        count = same(numbers(one[name], "", left_out), numbers(other[name], "", left_out))
        assert count > 100
        for filter in one[name]["filters"]:
            assert {"kernels", "examples", "attribution", "maximize"} <= {
                key for key, entry in filter.items() if entry
            }


def test_the_site_is_whole(site: Path) -> None:
    assert check(site).findings == ()


def test_tables_and_search_know_the_layers(site: Path) -> None:
    text = (site / "linear" / "second.mix" / "layer.csv").read_text(encoding="utf-8")
    assert len(list(csv.DictReader(text.splitlines()))) == 5
    scripts = "".join(path.read_text(encoding="utf-8") for path in site.glob("search/**/*.js"))
    assert "second.mix" in scripts


def test_a_layer_whose_kernels_are_computed_from_the_picture_says_so(site: Path) -> None:
    layers = layers_of(site, "dynamic")
    assert [layer["dynamic"] for layer in layers.values()] == [False, True, False]
    for filter in layers["modulated"]["filters"]:
        assert not filter["kernels"]
        assert filter["examples"]
    page = written((site / "dynamic" / "modulated" / "index.html").read_text("utf-8"))
    assert "computed from each picture" in page
