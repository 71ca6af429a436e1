"""Render requests for effects: one pass over the images, forward and backward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convatlas.lenses.base import Batch, Failed, RenderContext, grouped
from convatlas.lenses.effects.class_target import ClassTarget
from convatlas.lenses.effects.options import Effects
from convatlas.lenses.effects.own_target import OwnTarget
from convatlas.lenses.effects.study import Study
from convatlas.lenses.effects.targets import Target
from convatlas.model.records import Record, RecordRequest


def render(context: RenderContext, requests: Sequence[RecordRequest]) -> Iterator[Batch | Failed]:
    """Yield a batch for each layer, and the network's record.

    Raises:
        NetworkError: the network does not run with gradients.
        RenderError: there is no number for each image that effects could be on.
    """
    target = target_of(context)
    groups = grouped(requests, lambda request: request.layer)
    asked = [context.layer(name) for name in groups if name is not None]
    shown = [layer for layer, _ in context.plan.layers()]
    others = [layer for layer in target.needed(shown) if layer not in asked and None in groups]
    study = Study(context, [*asked, *others], target)
    study.run()
    if reason := target.refused(study):
        yield Failed(requests, f"effects: {reason}")
        return
    for name, group in groups.items():
        if name is None:
            data = target.record(study, shown)
            yield [(request, Record(data)) for request in group]
        else:
            yield from study.records(context.layer(name), group)


def target_of(context: RenderContext) -> Target:
    """Return what effects are effects on.

    Raises:
        RenderError: the user's function cannot be imported.
    """
    options, images = context.plan.options(Effects), context.plan.images
    assert options is not None
    assert images is not None
    if options.target is None:
        return ClassTarget.of(context.plan)
    facts = context.plan.functions[options.target]
    function = context.functions[options.target]()
    return OwnTarget(function, options.target, facts, images.images)
