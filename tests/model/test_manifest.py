"""Real manifests, and the one that tests make up, are what the declarations say, field by field."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, NotRequired

import pytest
from PIL import Image

from convatlas.lenses.edits.entries import EditEntry
from convatlas.lenses.effects.entries import ClassEntry
from convatlas.lenses.hypotheses.entries import HypothesisEntry
from convatlas.lenses.maximize.recipe_tables import RecipeTable
from convatlas.lenses.probes.entries import ProbeEntry
from convatlas.lenses.prune.entries import PruneEntry
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import Filter, Layer, Manifest
from convatlas.opening.configuration import read
from convatlas.pipeline import build, republish
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from convatlas.work import Work
from support import nets, odd_networks
from support.gathered_pages import as_layers
from support.made_up_comparison import with_comparison
from support.shapes import faults
from support.synthetic import synthetic_manifest
from support.synthetic_circuits import with_circuits
from support.synthetic_edits import with_edits
from support.synthetic_effects import with_effects
from support.synthetic_traces import traced

ATLAS = """
title: Odd networks
models:
  - {name: open, source: "nets.py:small", images: shown, input: &input {size: 24, resize: 24}}
  - {name: closed, source: "nets.py:small", images: secret, input: *input}
  - {name: hidden, source: "nets.py:known", images: private, input: *input}
  - {name: odd, source: "odd_networks.py:odd", images: shown, input: *input}
images:
  - {name: shown, source: "folder:shown", credit: nobody}
  - {name: secret, source: "folder:secret", publish: crops, heatmaps: false, credit: nobody}
  - {name: private, source: "folder:private", publish: none, credit: nobody}
probes:
  - {name: first, image: "set:shown/even/picture 0.png", networks: [open, odd], top: 2}
  - {name: second, image: "set:shown/odd/picture 1.png", networks: [open], top: 2, from: map}
hypotheses:
  - {filter: open/conv2/1, claim: noise, images: ["set:shown/even/picture 2.png"]}
  - {filter: closed/conv1/0, claim: more, images: ["set:secret/odd/picture 3.png"]}
edits: [grey, mirror]
lenses:
  examples: {top: 3}
  attribution: {top: 2}
  effects: {prune: [0.2]}
  maximize: {steps: 4, size: 12, diversity: 2, attempts: 2, variants: {my own: {steps: 2}}}
notes:
  open/conv1/0: edges
  open/conv1/1: {remark: "As [0](atlas:open/conv1/0)"}
site:
  url: https://example.org
  logo: logo.png
  footer: By **us**
  extra: [{title: A tour, file: tour.md}]
  highlights: [{filter: open/conv1/0, text: Edges}]
"""

WITHOUT_IMAGES = """
models:
  - {name: odd, source: "odd_networks.py:odd", input: {size: 24}}
  - {name: demo, source: "convatlas.demo:network", layers: [conv1, conv2], filters: 0-2}
lenses:
  maximize: {steps: 4, size: 12}
"""

MORE: dict[Any, dict[str, Any]] = {
    Filter: {lens.name: lens.section.entry | None for lens in lenses() if lens.section.entry},
    Layer: {
        lens.name: NotRequired.__getitem__(lens.section.layer_kind)
        for lens in lenses()
        if lens.section.layer_kind
    },
    Manifest: {
        "classes": NotRequired.__getitem__(dict[str, list[ClassEntry]]),
        "edits": NotRequired.__getitem__(list[EditEntry]),
        "prune": NotRequired.__getitem__(dict[str, PruneEntry]),
        "recipes": list[RecipeTable],
        "probes": list[ProbeEntry],
        "hypotheses": list[HypothesisEntry],
    },
}
"""What lenses add to filters, to layers and to the manifest."""


def unmet(manifest: object) -> list[str]:
    return list(faults(manifest, Manifest, more=MORE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    for name in ("shown", "secret", "private"):
        nets.write_pictures(folder / name)
    for module in (nets, odd_networks):
        assert module.__file__
        (folder / Path(module.__file__).name).write_text(Path(module.__file__).read_text())
    Image.new("RGB", (8, 4)).save(folder / "logo.png")
    (folder / "tour.md").write_text("# A tour\n")
    (folder / "atlas.yaml").write_text(ATLAS)
    return folder


@pytest.fixture(scope="module")
def real(folder: Path) -> Manifest:
    """What a build makes of all that there is to say."""
    return built(folder / "atlas.yaml")


def built(atlas: Path) -> Manifest:
    with Store(atlas.with_suffix(".store")) as store:
        out = atlas.with_suffix(".site")
        result = build(read(atlas, {}), store, out, Work("cpu"), silence)
    assert not result.failures
    assert result.manifest is not None
    return result.manifest


def test_a_real_manifest_is_as_declared(real: Manifest) -> None:
    assert unmet(real) == []


def test_so_is_one_without_images(folder: Path) -> None:
    (folder / "blind.yaml").write_text(WITHOUT_IMAGES)
    manifest = built(folder / "blind.yaml")
    assert manifest["image_sets"] == []
    assert unmet(manifest) == []


@pytest.mark.usefixtures("real")
def test_so_is_one_whose_filters_share_pages(folder: Path) -> None:
    (folder / "atlas.yaml").write_text(ATLAS.replace("site:\n", "site:\n  pages: layer\n"))
    with Store(folder / "atlas.store") as store:
        result = republish(read(folder / "atlas.yaml", {}), store, folder / "shared", silence)
    assert result.manifest is not None
    assert result.manifest["inside"]
    assert unmet(result.manifest) == []


@pytest.mark.parametrize("gathered", [False, True])
def test_the_manifest_that_tests_make_up_is_as_declared(gathered: bool) -> None:
    made = synthetic_manifest(networks=3, layers=4, probes=2, hypotheses=4, sprites=True)
    manifest, _ = with_comparison(with_edits(with_circuits(with_effects(traced(made)))))
    assert unmet(as_layers(manifest) if gathered else manifest) == []


@pytest.mark.parametrize("publish", ["crops", "none"])
def test_so_it_is_where_images_are_not_published(publish: str) -> None:
    manifest, _ = synthetic_manifest(publish=publish, heatmaps=True, labels=())
    assert unmet(manifest) == []


Change = Callable[[Any], object]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda filter: filter.pop("dead"), ".dead is missing"),
        (lambda filter: filter.update(more=1), ".more is not declared"),
        (lambda filter: filter.update(index="0"), ".index: '0' is no <class 'int'>"),
        (lambda filter: filter.pop("kernels"), ".kernels is missing"),
        (lambda filter: filter["kernels"].update(mode="new"), ".kernels.mode: 'new' is none of"),
        (lambda filter: filter["examples"]["top"][0].pop("box"), ".top.0.box is missing"),
        (lambda filter: filter["maximize"]["positive"].update(a=1), ".positive.a is not declared"),
    ],
)
def test_a_field_that_comes_goes_or_changes_is_told(change: Change, fault: str) -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=1)
    change(manifest["networks"][0]["layers"][0]["filters"][0])
    (told,) = unmet(manifest)
    assert fault in told


def test_what_lenses_add_to_the_atlas_is_held_to_it_too(real: Manifest) -> None:
    manifest: Any = deepcopy(real)
    del manifest["probes"][0]["networks"][0]["layers"][0]["map"]
    manifest["recipes"][0]["columns"] = None
    manifest["hypotheses"][0]["verdict"] = 1
    assert len(unmet(manifest)) == 3
