"""What comparing two networks of 26,606 filters each costs beside the two atlases without it.

The networks are made up: sketches of 2,048 images, those after a mixture of those before and noise,
and kernels of 1 x 1. Nothing is rendered: the two atlases' cost is what is derived from their
records (similar filters and orders) and their pages, with the comparison and without it. Name a
number of filters a layer to have other networks than the 53 x 502.
"""

from __future__ import annotations

import gc
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from machine import ROOT, WORK, peak_gib, write

sys.path.insert(0, str(ROOT / "tests"))

from convatlas.config.schema import Atlas
from convatlas.deriving.comparison.comparison import comparisons as compared
from convatlas.deriving.derive import derive
from convatlas.deriving.similarity import neighbours, orders
from convatlas.lenses.base import PlanContext, PublishPolicy
from convatlas.model.facts import Compared, ImageSetFacts, Layer, NetworkFacts, Preprocessing
from convatlas.model.records import Record, RecordRequest, digest
from convatlas.planning.plan import Plan
from convatlas.rendering.progress import silence
from convatlas.site.comparisons import comparisons
from convatlas.site.publish import publish
from convatlas.store.store import Store
from convatlas.ui.network_results import NetworkResults
from support.contexts import lens_options
from support.synthetic import synthetic_manifest

LAYERS, FILTERS, IMAGES = 53, 502, 2048
NAMES = ("net0", "net1")
SIZE = (224, 224)
PREPROCESSING = Preprocessing(SIZE, (256,), 3, (0.0,), (1.0,), "bilinear")
PHOTOS = ImageSetFacts("photos", "f" * 64, (), ())


def layer_of(name: str, filters: int, version: str) -> Layer:
    """A layer whose responses bear the fingerprint ``version``."""
    one = (1, 1)
    layer = Layer(name, name, "Conv2d", filters, filters, one, one, (0, 0), one, 1, False, version)
    return replace(layer, upstream_digest=f"{version}/{name}")


def plan_of(store: Store, name: str, names: list[str], filters: int, seed: int, match: str) -> Plan:
    """A network's plan, with its sketches and kernels in the store."""
    layers = tuple(layer_of(layer, filters, f"version {seed}") for layer in names)
    facts = NetworkFacts(name, "", "none", 0, PREPROCESSING, (), layers, (), "0" * 64)
    chosen = {layer: range(filters) for layer in names}
    context = PlanContext(facts, chosen, PHOTOS, PublishPolicy(), lens_options())
    plan = Plan(replace(context, comparisons=(Compared(*NAMES, match),)))
    batch = [
        (name, RecordRequest(digest([seed, lens, layer, item]), lens, layer, item), record)
        for layer in names
        for lens, item, record in _records(layer, filters, seed)
    ]
    store.add(batch)
    found = store.find(request.key for _, request, _ in batch)
    for _, request, _ in batch:
        plan.records.add(request, found[request.key])
    return plan


def _records(layer: str, filters: int, seed: int) -> Iterator[tuple[str, int | str, Record]]:
    """The examples of a layer's filters, and its kernels; later seeds move away from the first."""
    first = int.from_bytes(hashlib.sha256(layer.encode()).digest()[:4], "little")
    values = np.random.default_rng(first).standard_normal((filters, IMAGES), np.float32)
    kernels = np.random.default_rng(first).standard_normal((filters, filters, 1, 1), np.float32)
    if seed:
        other = np.random.default_rng([first, seed])
        values += (
            other.standard_normal(values.shape, np.float32) * np.linspace(0, 1, filters)[:, None]
        )
        kernels += other.standard_normal(kernels.shape, np.float32) * np.float32(0.1)
    rows = np.rint(values * (127 / np.abs(values).max(1, keepdims=True))).astype(np.int8)
    data = {"top": [], "std_highest": 1.0}
    for index, row in enumerate(rows):
        yield "examples", index, Record(data, blobs={"sketch": row.tobytes()})
    shape = {"shape": list(kernels.shape)}
    yield "folded_kernels", "layer", Record(shape, blobs={"kernels": kernels.tobytes()})


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measured(filters: int, folder: Path) -> dict[str, Any]:
    """Seconds of each part, and the bytes that a filter's comparison takes."""
    manifest, read = synthetic_manifest(
        2, LAYERS, filters, 100, size=SIZE, variants=False, diverse=0, sprites=True
    )
    layers = manifest["networks"][0]["layers"]
    names = [layer["name"] for layer in layers if layer["reached"]]
    found: dict[str, Any] = {"filters": LAYERS * filters}
    with Store(folder / "store") as store:
        plans = [
            plan_of(store, name, names, filters, seed, "index") for seed, name in enumerate(NAMES)
        ]
        found["derived_seconds"] = timed(
            lambda: derive(plans, store, silence, (neighbours, orders))
        )
        found["compared_seconds"] = timed(lambda: derive(plans, store, silence, (compared,)))
        by_correlation = [
            replace(
                plan, context=replace(plan.context, comparisons=(Compared(*NAMES, "correlation"),))
            )
            for plan in plans
        ]
        found["matched_seconds"] = timed(
            lambda: derive(by_correlation, store, silence, (compared,))
        )
        same = [plans[0], plan_of(store, NAMES[1], names, filters, 0, "index")]
        found["unchanged_seconds"] = timed(lambda: derive(same, store, silence, (compared,)))
        derive(plans, store, silence, (compared,))
        found |= _pages(manifest, read, plans, folder)
    without = found["derived_seconds"] + found["pages_seconds"]
    with_it = without + found["compared_seconds"] + found["pages_compared_seconds"]
    with_it -= found["pages_seconds"]
    return {**found, "times_without": round(with_it / without, 3), "peak_gib": peak_gib()}


def _pages(
    manifest: dict[str, Any], read: Callable[[str], bytes], plans: list[Plan], folder: Path
) -> dict[str, Any]:
    """Publish two networks without their comparison, then with it, by one process each."""
    models = [{"name": name, "source": "torchvision/resnet50"} for name in NAMES]
    atlas = Atlas.model_validate(
        {"models": models, "compare": [{"before": NAMES[0], "after": NAMES[1]}]}
    )
    results = [
        NetworkResults(plan.context.network, plan.context.filters, PHOTOS, plan.records)
        for plan in plans
    ]
    plain: Any = manifest
    seconds, sizes = [], []
    for name in ("without", "with"):
        if name == "with":
            plain = {**manifest, "compare": comparisons(atlas, results, manifest["networks"])}
        started = time.perf_counter()
        done = publish(plain, read, folder / name, copies=0)
        seconds.append(time.perf_counter() - started)
        sizes.append(done.bytes)
    pairs = LAYERS * manifest["networks"][0]["layers"][0]["health"]["filters"]
    return {
        "pages_seconds": seconds[0],
        "pages_compared_seconds": seconds[1],
        "kilobytes_a_filter": round((sizes[1] - sizes[0]) / (2 * pairs) / 1000, 3),
    }


def main(filters: int) -> None:
    """Measure, and write it down."""
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="compare-", dir=WORK) as folder:
        found = measured(filters, Path(folder))
    write("compare", {key: round(value, 3) for key, value in found.items()})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FILTERS)
