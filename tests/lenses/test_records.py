"""What lenses render has the shape that they declare for others, and is read as such."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any, TypedDict

import pytest

from convatlas.deriving.foreign_pictures import introduced
from convatlas.lenses.attribution.records import AttributionData, read_attribution
from convatlas.lenses.circuits.records import LayerCircuitsData, PackedCircuit
from convatlas.lenses.crops.records import CropsData, read_crops
from convatlas.lenses.edits.records import EditData, LayerEditData, Shown
from convatlas.lenses.effects.records import (
    LAYER,
    PREDICTIONS,
    EffectsData,
    LayerEffectsData,
    PredictionsData,
)
from convatlas.lenses.examples.records import ExamplesData, read_examples
from convatlas.lenses.folded_kernels.records import NAME as FOLDED_KERNELS
from convatlas.lenses.hypotheses.records import MeansData, read_means, read_picture
from convatlas.lenses.image_statistics.records import StatisticsData, read_statistics
from convatlas.lenses.kernels.records import KernelData, read_kernel
from convatlas.lenses.maximize.records import AttemptData, GroupData, read_attempts
from convatlas.lenses.photographs.records import all_photographs, read_photograph
from convatlas.lenses.probes.records import (
    MapsData,
    PredictionData,
    TracedData,
    read_maps,
    read_probe,
    read_traced,
)
from convatlas.lenses.prune.records import PruneData, read_audit
from convatlas.lenses.registry import lenses
from convatlas.lenses.suspects.records import SuspectsData
from convatlas.lenses.transfer.records import TransferData, read_transfer
from convatlas.model.derived import NeighboursData
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace
from convatlas.pipeline import Result, complete
from convatlas.planning.plan import Plan
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from convatlas.work import Rendering, Work
from support.every_lens import every_lens
from support.shapes import faults


class Nothing(TypedDict):
    """Of a record that is a picture and no more."""


SHAPES: dict[str, Any] = {
    "kernels": KernelData,
    "examples": ExamplesData,
    "photographs": Nothing,
    "windows": CropsData,
    "attribution": AttributionData,
    "hypotheses": MeansData,
    "hypotheses picture": Nothing,
    "statistics": StatisticsData,
    "probes picture": PredictionData,
    "probes maps": MapsData,
    "probes deconvnet": TracedData,
    "probes guided": TracedData,
    "probes gradient": TracedData,
    "maximize positive": AttemptData,
    "maximize negative": AttemptData,
    "maximize diverse": GroupData,
    "effects": EffectsData,
    f"effects {LAYER}": LayerEffectsData,
    f"effects {PREDICTIONS}": PredictionsData,
    "prune": PruneData,
    "suspects": SuspectsData,
    "circuits": PackedCircuit,
    "circuits layer": LayerCircuitsData,
    "transfer": TransferData,
    "edits": EditData,
    "edits layer": LayerEditData,
    "edits pictures": Shown,
    "neighbours": NeighboursData,
}
"""What is declared of the records of each lens and role."""


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> list[Plan]:
    folder = tmp_path_factory.mktemp("every-lens")
    with Store(folder / "store") as store:
        workspace, result = Workspace(every_lens(folder), OpenCatalog(store)), Result()
        rendering = Rendering(Work("cpu"), workspace, ExitStack())
        made = introduced(
            workspace.plan_contexts(),
            lambda context: complete(context, rendering, store, silence, result),
            store,
            silence,
        )
    assert not result.failures
    return made


def kind(request: RecordRequest) -> str:
    role = "" if request.lens == "transfer" else request.role  # which picture it is
    if request.lens in ("effects", "circuits") and isinstance(request.item, str):
        role = request.item
    if request.lens == "edits" and request.layer is not None:
        role = "layer"
    return f"{request.lens} {role}".strip()


def test_every_record_has_the_shape_that_its_lens_declares(plans: list[Plan]) -> None:
    seen = set()
    for plan in plans:
        for request, record in plan.records:
            told = list(faults(record.data, SHAPES[kind(request)], kind(request)))
            assert not told, told
            seen.add(kind(request))
    assert seen == set(SHAPES)
    assert {request.lens for plan in plans for request, _ in plan.records} == {
        "neighbours",
        *(lens.name for lens in lenses()),
    } - {FOLDED_KERNELS}  # networks that are compared have it: tests/deriving/comparison


def test_a_shape_that_is_not_kept_is_told() -> None:
    good = {"mode": "grey", "size": [1, 1], "inputs": 1, "slices": [{"channel": 0, "norm": 1.0}]}
    assert not list(faults(good, KernelData))
    assert list(faults({**good, "mode": "none"}, KernelData))
    assert list(faults({**good, "more": 1}, KernelData)) == [".more is not declared"]
    assert list(faults({**good, "slices": [{"channel": 0}]}, KernelData)) == [
        ".slices.0.norm is missing"
    ]
    assert list(faults({**good, "inputs": "1"}, KernelData))


def test_each_record_is_read_by_its_lens(plans: list[Plan]) -> None:
    public, secret = (plan.records for plan in plans)
    examples = read_examples(public, "conv2", 1)
    assert examples is not None
    assert len(examples.data["top"]) == 3
    image = examples.data["top"][0]["image"]
    assert read_photograph(public, image) == dict(all_photographs(public))[image]
    kernel, crops = read_kernel(public, "conv1", 0), read_crops(secret, "conv1", 0)
    assert kernel is not None and kernel.data["mode"] == "colour"
    assert crops is not None and crops.data["count"] == 3
    attribution = read_attribution(public, "conv1", 0)
    assert attribution is not None and attribution.data["count"] == 2
    (statistics,) = [read_statistics(public, "shown")]
    assert statistics is not None and statistics.data["images"] == 12
    attempts = read_attempts(public, "conv1", 0, "positive")
    assert [request.recipe["attempt"] for request, _ in attempts] == list(range(len(attempts)))
    assert attempts


def test_the_prune_audit_is_read_as_the_network_s(plans: list[Plan]) -> None:
    for plan in plans:
        audit = read_audit(plan.records)
        assert audit is not None
        assert list(audit["filters"]) == ["conv1", "conv2"]
        assert audit["shares"] == [0.2]


def test_probes_and_claims_are_read_by_picture_and_role(plans: list[Plan]) -> None:
    context, records = plans[0].context, plans[0].records
    probe, maps = read_probe(records, "first"), read_maps(records, "conv2", "second")
    assert probe is not None and probe.data["prediction"] is not None
    assert maps is not None and len(maps.data["means"]) == 5
    traced = read_traced(records, "conv2", "second", "guided")
    assert traced is not None
    assert traced.data["filters"] == [entry["index"] for entry in maps.data["top"]]
    (picture,) = context.hypotheses[0].pictures
    means = read_means(records, "conv2", picture)
    assert means is not None and len(means.data["means"]) == 5
    assert read_picture(records, picture) is not None


def test_what_a_network_answers_to_anothers_picture_is_read_by_the_picture(
    plans: list[Plan],
) -> None:
    judge = plans[1]
    answers = [read_transfer(judge.records, foreign) for foreign in judge.context.foreign]
    assert answers and all(answer is not None for answer in answers)
    stranger = replace(judge.context.foreign[0], network="stranger")
    assert read_transfer(judge.records, stranger) is None


def test_what_is_not_known_is_none() -> None:
    nothing = RecordIndex()
    assert read_examples(nothing, "conv1", 0) is None
    assert read_photograph(nothing, "id") is None
    assert read_probe(nothing, "first") is None
    assert read_picture(nothing, "id") is None
    assert read_attempts(nothing, "conv1", 0, "positive") == []
