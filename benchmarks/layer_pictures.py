"""How strongly other networks' most similar filters answer to the pictures of every layer.

Twins are found and shown the pictures by the code of the product. Here the percentiles are exact:
all responses of the networks to the photographs are at hand, which an atlas does not keep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.deriving.derive import derive
from convatlas.deriving.similarity import neighbours
from convatlas.images.codecs.webp import encode_lossless
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.transfer import Transfer
from convatlas.lenses.transfer.options import Transfer as Options
from convatlas.model.derived import read_neighbours
from convatlas.model.facts import ForeignPicture
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import digest
from convatlas.network.responses import normalise, tap, tap_of
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace
from convatlas.planning.plan import Plan
from convatlas.rendering.progress import lines
from convatlas.store.store import Store
from imagenet import CLASS_LAYER, configuration, network, photograph
from machine import WORK
from product_pictures import Pictured, Place, Studio

Floats = NDArray[np.float32]
Twins = Mapping[Place, Mapping[str, ForeignPicture]]
"""By filter and judge, the filter's twin there; which picture it is shown is not known yet."""

Shares = dict[str, dict[Place, float]]
"""By judge and filter, the photographs that the picture beats at the twin, in percent."""


@dataclass(frozen=True)
class Panel:
    """Networks that judge each other's pictures."""

    opened: Mapping[str, RenderContext]
    twins: Mapping[str, Twins]  # by network
    responses: Mapping[str, Mapping[str, Floats]]
    """By network and layer, the highest response to each photograph [photographs, filters]."""
    store: Path

    @classmethod
    def of(cls, names: Sequence[str], store: Path) -> Panel:
        """Show the photographs to all filters, and find the most similar ones."""
        with Store(store) as records:
            modules = {name: network(name) for name in names}
            workspace = Workspace(configuration(names), OpenCatalog(records), modules)
            workspace.plan_contexts()
            opened = {name: workspace.render_context(name, "auto") for name in names}
        studios = [Studio.of(each, each.plan.filters, store) for each in opened.values()]
        with Store(store) as records:
            plans = [studio.seen(records) for studio in studios]
            assert not derive(plans, records, lines, (neighbours,))
        twins = {plan.context.network.name: _twins(plan) for plan in plans}
        return cls(opened, twins, {name: _responses(each) for name, each in opened.items()}, store)

    def judged(self, name: str, count: int, recipes: Mapping[str, Any]) -> dict[str, Any]:
        """The percentiles that a network's pictures reach, by judge and layer.

        Args:
            name: Whose pictures.
            count: How many filters of each layer, evenly spread over those that have a twin.
            recipes: Options of the pictures, by the recipe's name.
        """
        chosen = _spread(self.twins[name], count)
        filters: dict[str, list[int]] = defaultdict(list)
        for layer, index in chosen:
            filters[layer].append(index)
        studio = Studio.of(self.opened[name], filters, self.store)
        shares, seconds = {"photographs": self._shares(chosen, _strongest(studio))}, {}
        for recipe, options in recipes.items():
            seconds[recipe], found = studio.pictures(options)
            shares[recipe] = self._shares(chosen, found)
        judges = [judge for judge in self.opened if judge != name]
        return {
            "seconds_a_picture": {recipe: round(spent, 4) for recipe, spent in seconds.items()},
            "judges": {
                judge: told({row: found[judge] for row, found in shares.items()})
                for judge in judges
                if any(judge in twins for twins in chosen.values())
            },
        }

    def _shares(self, chosen: Twins, found: Mapping[Place, Pictured]) -> Shares:
        shares: Shares = defaultdict(dict)
        for judge, opened in self.opened.items():
            asked = {
                place: replace(twins[judge], picture=found[place].digest)
                for place, twins in chosen.items()
                if judge in twins
            }
            stored = {found[place].digest: found[place].data for place in asked}
            answers = _answers(opened, tuple(asked.values()), stored) if asked else {}
            for place, twin in asked.items():
                photographs = self.responses[judge][twin.twin_layer][:, twin.twin]
                answer = answers[place]
                beaten = 0.0 if answer is None else (photographs < np.float32(answer)).mean()
                shares[judge][place] = 100 * float(beaten)
        return shares


def _twins(plan: Plan) -> Twins:
    """The filters that have a twin somewhere, without those that are classes."""
    least, name = Options().correlation, plan.context.network.name
    size = plan.context.network.preprocessing.size
    found: dict[Place, dict[str, ForeignPicture]] = {}
    for layer, _ in plan.context.layers():
        known = read_neighbours(plan.records, layer.name)
        if known is None or layer.name == CLASS_LAYER:
            continue
        for index, twins in known["twins"].items():
            for judge, *twin in twins:
                if twin[2] >= least and twin[0] != CLASS_LAYER:
                    foreign = ForeignPicture(name, layer.name, int(index), "", size, *twin)
                    found.setdefault((layer.name, int(index)), {})[judge] = foreign
    return found


def _spread(twins: Twins, count: int) -> Twins:
    """Some filters of each layer, evenly spread."""
    layers: dict[str, list[Place]] = defaultdict(list)
    for place in twins:
        layers[place[0]].append(place)
    return {
        place: twins[place]
        for places in layers.values()
        for place in (
            places[n * len(places) // min(count, len(places))]
            for n in range(min(count, len(places)))
        )
    }


def _responses(opened: RenderContext) -> dict[str, Floats]:
    """The responses of a network, which are kept for the next run."""
    images = opened.plan.images
    assert images is not None
    sight = [layer.upstream_digest for layer, _ in opened.plan.layers()]
    kept = WORK / f"responses-{digest([images.fingerprint, sight])[:16]}.npz"
    if not kept.exists():
        np.savez(kept, **_measured(opened))
    with np.load(kept) as file:
        return dict(file)


def _measured(opened: RenderContext) -> dict[str, Floats]:
    found: dict[str, list[Tensor]] = defaultdict(list)
    layers = [layer for layer, _ in opened.plan.layers()]

    def keep(name: str, response: Tensor) -> None:
        found[name].append(response.amax((2, 3)).cpu())

    with torch.inference_mode():
        for _, pictures in image_batches(opened, 8):
            taps = {tap_of(each): lambda r, name=each.name: keep(name, r) for each in layers}
            tap(opened.module, normalise(pictures, opened.plan.network.preprocessing), taps)
    return {name: torch.cat(parts).numpy() for name, parts in found.items()}


def _answers(
    opened: RenderContext, foreign: Sequence[ForeignPicture], stored: Mapping[str, bytes]
) -> dict[Place, float | None]:
    """What a network answers to pictures, by the filters that they were made for."""
    context = replace(opened, plan=replace(opened.plan, foreign=foreign), stored=stored)
    lens, found = Transfer(), {}
    requests = list(lens.requests(context.plan, RecordIndex()))
    place_of = {
        request.role: (each.layer, each.index)
        for request, each in zip(requests, foreign, strict=True)
    }
    for piece in lens.pieces(context.plan, requests):
        for batch in lens.render(context, piece):
            assert not isinstance(batch, Failed), batch.reason
            for request, record in batch:
                found[place_of[request.role]] = record.data["response"]
    return found


def _strongest(studio: Studio) -> dict[Place, Pictured]:
    """Of each filter, the photograph that excites it most."""
    images = studio.context.images
    assert images is not None
    files = {image.id: image.name for image in images.images}
    return {
        place: Pictured.of(encode_lossless(photograph(files[example["image"]])).data)
        for place, example in studio.strongest().items()
    }


def told(shares: Mapping[str, Mapping[Place, float]]) -> dict[str, Any]:
    """Medians by layer, and over all filters; how many layers each recipe raises over the first."""
    layers: dict[str, list[Place]] = defaultdict(list)
    for place in shares["photographs"]:
        layers[place[0]].append(place)
    rows = [
        {
            "layer": layer,
            "filters": len(places),
            **{
                row: round(median(found[place] for place in places), 2)
                for row, found in shares.items()
            },
        }
        for layer, places in layers.items()
    ]
    first = next(row for row in shares if row != "photographs")
    return {
        "filters": len(shares["photographs"]),
        "median": {row: round(median(found.values()), 2) for row, found in shares.items()},
        "mean": {row: round(float(np.mean([*found.values()])), 2) for row, found in shares.items()},
        "layers_raised": {
            row: round(sum(each[row] > each[first] for each in rows) / len(rows), 3)
            for row in shares
            if row not in (first, "photographs")
        },
        "layers": rows,
    }
