"""Claims about filters: the means that they are judged by, and the verdicts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from convatlas.lenses.base import Failed
from convatlas.lenses.hypotheses.lens import Hypotheses
from convatlas.model import scores
from convatlas.model.facts import Hypothesis
from support.nets import Small
from support.probing import identity, noise, probing, rendered

PICTURES = [noise(1), noise(2)]


def claim_of(
    *pictures: Image.Image, layer: str = "conv2", hidden: tuple[str, ...] = ()
) -> Hypothesis:
    ids = tuple(identity(picture) for picture in pictures)
    return Hypothesis(1, layer, 3, "noise", ids, 15, None, hidden)


def test_means_are_those_of_a_plain_forward_pass() -> None:
    context = probing(Small(), hypotheses=[claim_of(*PICTURES)], pictures=PICTURES)
    records = rendered(Hypotheses(), context)
    for picture in PICTURES:
        values = torch.from_numpy(np.array(picture)).permute(2, 0, 1).double()[None] / 255
        network = Small().double().eval()
        network.load_state_dict({k: v.double() for k, v in context.module.state_dict().items()})
        with torch.no_grad():
            inputs = (values - 0.5) / 0.25
            response = network.conv2(torch.relu(network.bn1(network.conv1(inputs))))
        means = response.mean((0, 2, 3)).tolist()
        found = records["conv2", identity(picture), ""].data["means"]
        assert found == pytest.approx(means, rel=1e-4, abs=1e-5)


def test_claims_that_share_a_picture_and_a_layer_share_a_record() -> None:
    claims = [claim_of(*PICTURES), claim_of(PICTURES[0]), claim_of(PICTURES[0], layer="conv1")]
    context = probing(Small(), hypotheses=claims, pictures=PICTURES)
    keys = {
        (request.key, request.layer)
        for request in Hypotheses().requests(context.plan, context.records)
    }
    assert len([layer for _, layer in keys if layer == "conv2"]) == 2
    assert len([layer for _, layer in keys if layer == "conv1"]) == 1
    assert len([layer for _, layer in keys if layer is None]) == 2


def test_what_may_not_be_published_is_not_asked_for() -> None:
    hidden = claim_of(*PICTURES, hidden=(identity(PICTURES[1]),))
    context = probing(Small(), hypotheses=[hidden], pictures=PICTURES)
    requests = list(Hypotheses().requests(context.plan, context.records))
    assert [request.item for request in requests if request.role == "picture"] == [
        identity(PICTURES[0])
    ]
    assert len([request for request in requests if request.layer]) == 2


def outcome(module: nn.Module, *claims: Hypothesis) -> tuple[set[str | None], list[Failed]]:
    """The layers of what is measured or shown, and what failed."""
    context = probing(module, hypotheses=claims, pictures=PICTURES)
    batches = list(
        Hypotheses().render(context, list(Hypotheses().requests(context.plan, context.records)))
    )
    there = {request.layer for batch in batches if isinstance(batch, list) for request, _ in batch}
    return there, [batch for batch in batches if isinstance(batch, Failed)]


def test_a_layer_whose_response_is_not_finite_fails_alone() -> None:
    module = Small()
    with torch.no_grad():
        module.conv2.bias[0] = torch.nan
    there, (failed,) = outcome(module, claim_of(PICTURES[0]), claim_of(PICTURES[0], layer="conv1"))
    assert there == {None, "conv1"}
    assert [request.layer for request in failed.requests] == ["conv2"]
    assert failed.reason == "hypotheses: conv2: a response is not finite; look at its weights"


class Moody(Small):
    """A network whose own code refuses one picture."""

    calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += torch.is_inference_mode_enabled()  # which it is not while it is recorded
        if self.calls == 1:
            raise ValueError("not this one")
        return super().forward(x)


def test_a_picture_that_the_network_refuses_leaves_the_others() -> None:
    there, (failed,) = outcome(Moody(), claim_of(*PICTURES))
    assert there == {None, "conv2"}
    assert {request.item for request in failed.requests} == {identity(PICTURES[0])}
    assert failed.reason.startswith("hypotheses: ValueError: not this one")


@pytest.mark.parametrize(
    ("ranks", "share", "verdict"),
    [
        ([1, 15], 0.1999, "confirmed"),
        ([1, 15], 0.2, "weak"),
        ([1, 15], 1.0, "weak"),
        ([3], None, "weak"),
        ([16], 0.01, "not confirmed"),
        ([1, 2, 99], 0.01, "not confirmed"),
        ([16], 0.9, "not confirmed"),
    ],
)
def test_a_claim_holds_where_the_rank_does_and_is_no_habit(
    ranks: list[int], share: float | None, verdict: str
) -> None:
    assert scores.claimed(ranks, 15, share) == verdict


@pytest.mark.parametrize(("top", "counted"), [(1, 1), (2, 5), (5, 5), (15, 15), (16, 50), (50, 50)])
def test_the_control_counts_no_fewer_ranks_than_the_claim(top: int, counted: int) -> None:
    among = {"1": 0.01, "5": 0.05, "15": 0.15, "50": 0.5}
    assert scores.control(among, top) == (counted, counted / 100)
