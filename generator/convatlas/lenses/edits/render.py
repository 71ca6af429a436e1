"""Render requests for edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from convatlas.errors import RenderError
from convatlas.images.edits.edit import Edit
from convatlas.lenses.base import Batch, Failed, Piece, RenderContext, grouped
from convatlas.lenses.edits.options import Edits
from convatlas.lenses.edits.pictures import examples, shown, tried_on
from convatlas.lenses.edits.records import PICTURES
from convatlas.lenses.edits.showing import fitting
from convatlas.lenses.edits.study import Study
from convatlas.model.facts import Layer
from convatlas.model.records import RecordRequest

Requests = Mapping[str, Sequence[RecordRequest]]
"""By the name of an edit."""


def render(context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
    """Yield the pictures of each edit, then the numbers; an edit that fails leaves the others."""
    options = context.plan.options(Edits)
    assert options is not None
    images = tried_on(context.plan, options.images)
    edits: dict[str, Edit] = {}
    for name, group in grouped(requests, _edit).items():
        try:
            edits[name] = context.edits[name]()
        except RenderError as error:
            yield Failed(group, f"edits: {error}")
    opened = [request for request in requests if _edit(request) in edits]
    for request in opened:
        if request.role == PICTURES:
            yield _pictures(context, edits[_edit(request)], images, request)
    numbers = grouped([each for each in opened if each.role != PICTURES], _edit)
    layers = _layers(context, requests)
    for names in fitting(list(numbers), layers, len(images)):
        asked = {name: edits[name] for name in names}
        yield from _numbers(context, asked, layers, images, numbers)


def _pictures(
    context: RenderContext, edit: Edit, images: Sequence[int], request: RecordRequest
) -> Batch | Failed:
    try:
        return [(request, shown(context, edit, examples(images)))]
    except RenderError as error:
        return Failed([request], f"edits: {error}")


def _numbers(
    context: RenderContext,
    edits: Mapping[str, Edit],
    layers: Sequence[Layer],
    images: Sequence[int],
    requests: Requests,
) -> Iterator[Batch | Failed]:
    """Yield the records of some edits by one pass; by one for each, if one of them fails."""
    study = Study(context, edits, layers, images)
    try:
        study.run()
    except RenderError as error:
        if len(edits) > 1:
            for name, edit in edits.items():
                yield from _numbers(context, {name: edit}, layers, images, requests)
        else:
            (name,) = edits
            yield Failed(requests[name], f"edits: {error}")
        return
    for facts in context.plan.edits:
        if facts.name in edits:
            yield from study.records(facts, requests[facts.name])


def _layers(context: RenderContext, requests: Piece) -> list[Layer]:
    """Return the layers that are studied: all for what carries a change, else those asked for."""
    reached = [layer for layer, _ in context.plan.layers() if layer.reached]
    if any(request.layer is None and request.role != PICTURES for request in requests):
        return reached
    asked = {request.layer for request in requests}
    return [layer for layer in reached if layer.name in asked]


def _edit(request: RecordRequest) -> str:
    return str(request.item)
