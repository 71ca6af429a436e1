"""The lens ``probes``: the user's own pictures, followed through the network layer by layer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from convatlas.config.schema import METHODS
from convatlas.errors import RenderError, describe
from convatlas.images.codecs.webp import SETTINGS
from convatlas.lenses.base import (
    Batch,
    Failed,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    grouped,
    key,
    preprocessing_json,
    response_inputs,
    shared_key,
)
from convatlas.lenses.probes.overview import ProbesOverview
from convatlas.lenses.probes.records import MAPS, NAME, PICTURE
from convatlas.lenses.probes.reports import ProbesReports
from convatlas.lenses.probes.section import ProbesSection
from convatlas.lenses.probes.view import ProbesView
from convatlas.model.facts import Layer, Probe
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, RecordRequest

log = logging.getLogger("convatlas.probes")

PAGE = 2_000_000
"""Maximum size of all sprites on a page, in bytes."""
LAYER = 400_000
"""Maximum size of the sprites of one layer, in bytes, however few layers there are."""
MAPS_SHARE = 0.31
"""Share of the feature maps in a layer's bytes; each of the three methods gets a third of the rest.
"""


class Probes(Lens):
    """For each probe and layer, all feature maps, and attributions of the strongest filters."""

    name = NAME
    version = 2
    seconds = 0.2
    section = ProbesSection()
    view = ProbesView()
    overview = ProbesOverview()
    reports = ProbesReports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Yield requests for each probe, each layer and each method.

        Their records depend only on the probe's own picture.
        """
        layers = {layer.name: layer for layer, _ in context.layers()}
        for probe in context.probes:
            yield self._picture(context, probe)
            for name in probe.layers:
                yield from self._layer(context, probe, layers[name])

    def _picture(self, context: PlanContext, probe: Probe) -> RecordRequest:
        shared = shared_key(
            self,
            network=context.network.fingerprint,
            classes=len(context.network.classes),
            preprocessing=preprocessing_json(context),
            encoder=SETTINGS,
        )
        return RecordRequest(key(shared, probe.picture), self.name, None, probe.name, PICTURE)

    def _layer(self, context: PlanContext, probe: Probe, layer: Layer) -> Iterator[RecordRequest]:
        maps, traced = allowance(len(probe.layers))
        shared: dict[str, Json] = {
            "sight": response_inputs(context, layer),
            "preprocessing": preprocessing_json(context),
            "encoder": SETTINGS,
            "top": probe.top,
        }
        item = probe.picture
        kept = key(shared_key(self, **shared, bytes=maps), item)
        yield RecordRequest(kept, self.name, layer.name, probe.name, MAPS, recipe=maps)
        for method in probe.methods:
            how = {**shared, "method": method, "start": probe.start, "bytes": traced}
            kept = key(shared_key(self, **how), item)
            yield RecordRequest(kept, self.name, layer.name, probe.name, method, recipe=traced)

    def pieces(self, context: PlanContext, requests: Piece) -> Iterator[Piece]:
        """Yield a piece for each probe."""
        yield from grouped(requests, _probe).values()

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Yield a batch for each layer of each probe, from one forward pass per probe."""
        probes = {probe.name: probe for probe in context.plan.probes}
        for name, group in grouped(requests, _probe).items():
            yield from _followed(context, probes[name], group)


def _probe(request: RecordRequest) -> str:
    return str(request.item)


def allowance(layers: int) -> tuple[int, int]:
    """Return the maximum bytes of a layer's maps, and of each method, for a number of layers."""
    layer = min(LAYER, PAGE // layers)
    maps = int(layer * MAPS_SHARE)
    return maps, (layer - maps) // len(METHODS)


def _followed(
    context: RenderContext, probe: Probe, requests: Sequence[RecordRequest]
) -> Iterator[Batch | Failed]:
    from convatlas.lenses.probes.render import ProbeRun

    try:
        run = ProbeRun(
            context, probe, {str(request.layer) for request in requests if request.layer}
        )
    except RenderError as error:
        yield Failed(requests, f"probe {probe.name}: {error}")
        return
    for layer in dict.fromkeys(request.layer for request in requests):
        done, failed = Batch(), dict[str, list[RecordRequest]]()
        for request in (request for request in requests if request.layer == layer):
            try:
                done.append((request, run.record(request)))
            except Exception as error:  # the network is the user's code and may raise anything
                log.debug("%s", probe.name, exc_info=True)
                failed.setdefault(describe(error), []).append(request)
        yield done
        yield from (Failed(group, f"probe {probe.name}: {why}") for why, group in failed.items())
