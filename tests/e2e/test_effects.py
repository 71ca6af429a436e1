"""Effects from an atlas file to pages: a filter that was wired to a class by hand is found."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import convatlas
from convatlas.demo import network, pictures
from convatlas.demo.draw import CLASSES
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from support.contexts import CPU, network_of
from support.markup import written
from support.site_files import layer_file

KIND = CLASSES.index("spiral")
WIRED = 7
WEIGHT = -40.0
COUNT = 48
CONFIG: dict[str, Any] = {
    "models": [
        {
            "name": "demo",
            "source": "memory:network",
            "input": {
                **{"size": 96, "resize": 96, "channels": 3},
                **{"mean": [0.5] * 3, "std": [0.25] * 3, "interpolation": "bilinear"},
            },
            "classes": list(CLASSES),
            "layers": ["conv7", "scores"],
        }
    ],
    "images": [
        {"name": "drawings", "source": "convatlas.demo:pictures", "arguments": {"count": COUNT}}
    ],
    "lenses": {"maximize": False, "kernels": False},
}


def wired() -> nn.Module:
    """The demo's network, where one filter of the last hidden layer works for one class alone.

    It answers less to spirals than to others, so its weight is negative.
    """
    net = network()
    with torch.no_grad():
        net.scores.weight[:, WIRED] = 0
        net.scores.weight[KIND, WIRED] = WEIGHT
    return net


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("effects")
    result = convatlas.build(
        CONFIG, networks={"demo": wired()}, out=folder / "site", store=folder / "store"
    )
    assert not result.failures
    return folder / "site"


def activations(net: nn.Module) -> tuple[Tensor, list[int]]:
    """The means over positions of the wired filter, and each image's class."""
    preprocessing = network_of(net, 96).preprocessing
    drawn = [pictures(COUNT)[index] for index in range(COUNT)]
    pixels = np.stack([prepare(picture, preprocessing) for picture, _ in drawn])
    found = as_inputs(pixels, preprocessing, CPU)
    with torch.no_grad():
        for name, module in net.named_children():
            if name == "scores":
                break
            found = module(found)
    return found[:, WIRED].mean((1, 2)), [kind for _, kind in drawn]


def test_it_is_named_first_on_the_page_of_its_class_with_the_effect_of_arithmetic(
    site: Path,
) -> None:
    means, kinds = activations(wired())
    own = means[torch.tensor(kinds) == KIND].mean() - means.mean()
    expected = float(WEIGHT * own * (1 - 1 / len(CLASSES)))
    assert expected > 1
    facts = layer_file(site / "demo" / "conv7" / "layer.json")
    first = facts["filters"][WIRED]["effects"]["raises"][0]
    assert (first["class"], first["images"]) == ("spiral", COUNT // len(CLASSES))
    assert first["logit"] == pytest.approx(expected, rel=1e-3)
    page = written((site / "demo" / "classes" / "spiral.html").read_text("utf-8"))
    row = page[page.index('href="../conv7/index.html"') :]
    assert re.search(r'href="\.\./conv7/(\d+)\.html"', row)[1] == str(WIRED)  # type: ignore[index]
    assert f"<b>+{expected:.2g}</b>" in row


def test_what_the_last_layers_do_is_exact_and_the_pages_say_so(site: Path) -> None:
    for name in ("conv7", "scores"):
        audit = json.loads((site / "demo" / name / "layer.json").read_text())["effects"]["audit"]
        assert audit["spearman"] > 0.999
        assert audit["slope"] == pytest.approx(1, abs=1e-3)
    page = written((site / "demo" / "conv7" / "index.html").read_text("utf-8"))
    assert "rank correlation 1; a true effect is 1 times the predicted one" in page


def test_every_class_has_a_page_and_the_pages_of_filters_lead_there(site: Path) -> None:
    files = {path.stem for path in (site / "demo" / "classes").glob("*.html")}
    assert len(files) == 1 + len(CLASSES)
    page = written((site / "demo" / "conv7" / f"{WIRED}.html").read_text("utf-8"))
    assert '<a href="../classes/spiral.html">spiral</a>' in page
