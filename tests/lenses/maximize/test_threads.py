"""Pictures have the same bytes however many threads make them, on large canvases, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn
from torchvision.models import mobilenet_v2, squeezenet1_1

from convatlas import demo
from convatlas.lenses.base import Failed
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.model.records import Record
from support.contexts import lens_options, render_context_of


@pytest.fixture
def threads() -> Iterator[None]:
    """What torch had before."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def seeded(make: Callable[[], nn.Module]) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return make().eval()


def made(network: nn.Module, layer: str, size: int, count: int) -> dict[str, Record]:
    """Pictures of four filters by so many threads."""
    torch.set_num_threads(count)
    options = MaximizeOptions(steps=2, attempts=1, negative=False, second=False)
    context = render_context_of(network, size=size, lenses=lens_options(maximize=options))
    requests = [
        request
        for request in Maximize().requests(context.plan, context.records)
        if request.layer == layer and int(request.item) < 4
    ]
    records = {}
    for batch in Maximize().render(context, requests):
        assert not isinstance(batch, Failed), batch.reason
        records |= {request.key: record for request, record in batch}
    return records


@pytest.mark.parametrize(
    ("make", "layer", "size"),
    [
        (demo.network, "conv7", 96),
        (squeezenet1_1, "features.12.expand3x3", 224),
        (mobilenet_v2, "features.14.conv.0.0", 224),
    ],
    ids=["demo", "squeezenet", "mobilenet"],
)
@pytest.mark.usefixtures("threads")
def test_the_number_of_threads_makes_no_difference(make, layer, size) -> None:
    network = seeded(make)
    one = made(network, layer, size, 1)
    assert len(one) == 4
    assert made(network, layer, size, 2) == one
