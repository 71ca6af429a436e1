"""Every lens on a pretended accelerator: nothing stays behind, and the numbers are the CPU's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convatlas.deriving.foreign_pictures import introduced
from convatlas.lenses.base import Failed, PlanContext, RenderContext
from convatlas.lenses.examples import Examples
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.render import render
from convatlas.lenses.registry import lenses
from convatlas.model.records import Json, StoredRecord
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace
from convatlas.planning.plan import Plan, discover, planned
from convatlas.rendering import render as rendering
from convatlas.rendering.executors import LocalExecutor
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from support import nets
from support.contexts import lens_options, render_context_of
from support.elsewhere import elsewhere
from support.every_lens import every_lens
from support.pretended_device import MISSING, PretendedDevice, available
from support.pretended_device import pretended as pretended_context
from support.probing import noise

Place = tuple[str, str, str | None, int | str, str, int]
"""Network, lens, layer, item and role of a record, and the attempt."""
Move = Callable[[RenderContext], RenderContext]


def all_records(folder: Path, store: Path, move: Move) -> dict[Place, StoredRecord]:
    """The records of an atlas, rendered where ``move`` moves its networks to."""
    found: dict[Place, StoredRecord] = {}
    with Store(store) as records:
        workspace = Workspace(every_lens(folder), OpenCatalog(records))

        def made(context: PlanContext) -> Plan:
            name, plan = context.network.name, planned(context, records)
            while plan.missing:
                executor = LocalExecutor(move(workspace.render_context(name, "cpu")))
                missing = list(plan.missing)
                index, facts = plan.records, plan.context
                assert not rendering.render(executor, facts, index, missing, records, silence)
                discover(plan, records)
            return plan

        for plan in introduced(workspace.plan_contexts(), made, records, silence):
            name = plan.context.network.name
            for request, record in plan.records:
                attempt = request.recipe["attempt"] if request.lens == "maximize" else 0
                place = (name, request.lens, request.layer, request.item, request.role, attempt)
                found[place] = record
    return found


def numbers(value: Json) -> Iterator[float]:
    """All numbers in the data of a record, in order."""
    if isinstance(value, dict):
        for key in value:
            yield from () if key == "provenance" else numbers(value[key])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, int | float):
        yield float(value)


def test_every_lens_gives_the_numbers_of_the_cpu(
    tmp_path: Path, pretended: PretendedDevice
) -> None:
    here = all_records(tmp_path, tmp_path / "here", lambda context: context)
    pretended.clear()
    there = all_records(
        tmp_path, tmp_path / "there", lambda context: elsewhere(context, pretended.device)
    )
    assert pretended.launches["convolution"] > 20
    compared = {"folded_kernels"}  # numbers alone, and only of networks that are compared
    assert {place[1] for place in there} >= {lens.name for lens in lenses()} - compared
    assert here.keys() == there.keys()
    for place, record in here.items():
        expected, found = list(numbers(record.data)), list(numbers(there[place].data))
        tolerance = 0.05 if place[1] in ("maximize", "transfer") else 1e-3
        np.testing.assert_allclose(found, expected, tolerance, tolerance, err_msg=str(place))


class Leaving(nn.Module):
    """A network that makes a tensor of its own in main memory."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x + torch.zeros(x.shape))


def test_a_network_that_leaves_a_tensor_behind_is_told(pretended: PretendedDevice) -> None:
    options = lens_options(maximize=MaximizeOptions(size=12, steps=2))
    context = render_context_of(Leaving(), [noise(1)], lenses=options)
    moved = elsewhere(context, pretended.device)
    mixed = "at least two devices, pretended:0 and cpu"
    for failed in render(moved, list(Maximize().requests(context.plan, context.records))):
        assert isinstance(failed, Failed)
        assert mixed in failed.reason
    with pytest.raises(RuntimeError, match=mixed):
        list(Examples().render(moved, list(Examples().requests(context.plan, context.records))))


def test_tensors_of_two_devices_do_not_meet(pretended: PretendedDevice) -> None:
    here, there = torch.ones(2, 3), torch.ones(2, 3, device=pretended.device)
    for mixed in (
        lambda: here + there,
        lambda: there @ here.T,
        lambda: torch.cat([here, there]),
        lambda: here[there.long()],
        lambda: there.index_put_((torch.tensor([0]),), here[:1]),
    ):
        with pytest.raises(RuntimeError, match="at least two devices"):
            mixed()
    with pytest.raises(TypeError, match="numpy"):
        there.numpy()
    assert (there + 1).tolist() == [[2.0] * 3] * 2


def test_what_is_asked_of_the_device_is_counted(pretended: PretendedDevice) -> None:
    there = torch.ones(2, 3, device=pretended.device)
    pretended.clear()
    (there * 2).view(3, 2)
    assert (dict(pretended.launches), pretended.copies, pretended.waits) == ({"mul": 1}, {}, {})
    there.new_tensor([1.0])
    torch.tensor(1, device=pretended.device)
    torch.zeros(3).to(pretended.device)
    there[[0]]
    assert pretended.copies == {"to": 4}
    there.cpu()
    there.tolist()
    assert pretended.copies == {"to": 4, "from": 2}
    assert not pretended.waits
    there.sum().item()
    bool(there.isfinite().all())
    there[there > 0]
    there.nonzero()
    assert sum(pretended.waits.values()) >= 4


def test_what_does_not_fit_into_its_memory_is_refused(pretended: PretendedDevice) -> None:
    pretended.largest = 100
    kept = torch.ones(25, device=pretended.device)
    with pytest.raises(torch.OutOfMemoryError):
        torch.ones(26, device=pretended.device)
    with pytest.raises(torch.OutOfMemoryError):
        torch.cat([kept, kept])


def test_the_network_of_the_tests_runs_backward_there(pretended: PretendedDevice) -> None:
    inputs = torch.rand(2, 3, 24, 24)
    gradients = []
    for device in (torch.device("cpu"), pretended.device):
        module, given = nets.Small().eval().to(device), inputs.to(device).requires_grad_()
        (gradient,) = torch.autograd.grad(module(given).sum(), given)
        gradients.append(gradient.cpu())
    torch.testing.assert_close(*gradients)


@pytest.mark.skipif(not available(), reason=MISSING)
def test_other_tests_of_the_process_go_on_as_if_it_was_not_there() -> None:
    """Gradients in a fork fail once torch has started a thread for a device."""
    with pretended_context() as device:
        given = torch.ones(2, device=device.device, requires_grad=True)
        (gradient,) = torch.autograd.grad((given * 2).sum(), given)
        assert gradient.tolist() == [2, 2]
    nn.DataParallel(nn.Linear(2, 2))  # looks for devices
    with get_context("fork").Pool(1) as pool:
        assert pool.apply(slope) == 2


def slope() -> float:
    given = torch.ones(1, requires_grad=True)
    (gradient,) = torch.autograd.grad(2 * given, given)
    return float(gradient)
