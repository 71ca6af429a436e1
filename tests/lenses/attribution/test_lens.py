"""For which filters the strongest images are traced back, and what that depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from convatlas.lenses.attribution import Attribution, lens
from convatlas.lenses.attribution.options import Attribution as AttributionOptions
from convatlas.lenses.base import RenderContext
from convatlas.model.crops import FEW
from convatlas.model.record_index import RecordIndex
from support import nets
from support.attribution_records import known, tops
from support.contexts import lens_options
from support.example_records import noise


def keys(context: RenderContext) -> dict[tuple[str, int], str]:
    return {
        (str(a.layer), int(a.item)): a.key
        for a in Attribution().requests(context.plan, context.records)
    }


@pytest.mark.parametrize("publish", ["full", "crops"])
def test_nothing_is_asked_for_where_nothing_may_be_shown(publish: str) -> None:
    traced = known(nets.Small(), noise(6))
    context = replace(traced.plan, policy=replace(traced.plan.policy, publish=publish))
    assert len(list(Attribution().requests(context, traced.records))) == 11
    off = replace(context, lenses=lens_options())
    hidden = replace(context, policy=replace(context.policy, publish="none"))
    for silent in (off, hidden, replace(context, images=None)):
        assert not list(Attribution().requests(silent, traced.records))
    assert not list(Attribution().requests(context, RecordIndex()))


def test_a_filter_without_strongest_images_is_left_out() -> None:
    context = known(nets.Small(), noise(6))
    before = keys(context)
    tops(context, "conv2", 3).clear()
    assert set(before) - set(keys(context)) == {("conv2", 3)}


def test_a_key_tells_of_the_images_and_the_places_but_not_of_the_set() -> None:
    context = known(nets.Small(), noise(12, size=60), size=60)
    before = keys(context)
    assert context.plan.images is not None
    images = replace(context.plan.images, fingerprint="of another set")
    assert keys(replace(context, plan=replace(context.plan, images=images))) == before
    top = tops(context, "conv2", 3)
    row, column = top[0]["position"]
    top[0]["position"] = [(row + 12) % 29, column]
    after = keys(context)
    assert {place for place in before if before[place] != after[place]} == {("conv2", 3)}


@pytest.mark.parametrize("limit", ["SIDES", "BYTES", "WORST"])
def test_other_limits_are_other_keys(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    context = known(nets.Small(), noise(4))
    before = set(keys(context).values())
    monkeypatch.setattr(lens, limit, 3)
    assert not before & set(keys(context).values())


def test_a_key_tells_of_the_methods_but_not_of_their_order() -> None:
    def of(*methods: str) -> dict[tuple[str, int], str]:
        return keys(known(nets.Small(), noise(4), methods=list(methods)))

    assert of("guided", "gradient") == of("gradient", "guided")
    assert not set(of("guided").values()) & set(of("guided", "gradient").values())


def test_filters_of_the_same_images_and_places_are_told_apart() -> None:
    context = known(nets.Small(), noise(6))
    tops(context, "conv2", 3)[:] = tops(context, "conv2", 2)
    after = keys(context)
    assert after["conv2", 2] != after["conv2", 3]


@pytest.mark.parametrize(("publish", "traced"), [("full", 12), ("crops", FEW)])
def test_no_more_is_traced_than_may_be_shown(publish: str, traced: int) -> None:
    context = known(nets.Small(), noise(12))
    tops(context, "conv2", 3)[:] = tops(context, "conv2", 3) * 12
    policy = replace(context.plan.policy, publish=publish)
    lenses = lens_options(attribution=AttributionOptions(top=12))
    plan = replace(context.plan, policy=policy, lenses=lenses)
    requests = {
        (request.layer, request.item): request
        for request in Attribution().requests(plan, context.records)
    }
    assert len(requests["conv2", 3].recipe["cuts"]) == traced
