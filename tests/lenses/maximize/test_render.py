"""What a record of a maximised picture holds, and that its company leaves no mark on it."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.render import render
from convatlas.model.records import Record, RecordRequest, StoredRecord
from support import nets
from support.contexts import lens_options, render_context_of
from support.maximizing import all_made, pixels, rendered, statistics_of


def studio_with(module: nn.Module | None = None, side: int = 24, **maximize: Any) -> RenderContext:
    """A studio of a small network that knows its image set's statistics."""
    options = {"second": False, "attempts": 1, **maximize}
    picture = Image.new("RGB", (8, 8))
    lenses = lens_options(maximize=MaximizeOptions(**options))
    context = render_context_of(module or nets.Small(), [picture], side, lenses=lenses)
    record = StoredRecord(statistics_of(3).json, {})
    asked = RecordRequest("statistics", "statistics", None, "pictures")
    context.records.add(asked, record)
    return context


def asks_of(context: RenderContext, layer: str | None = None) -> list[RecordRequest]:
    requests = list(Maximize().requests(context.plan, context.records))
    return [request for request in requests if layer in (None, request.layer)]


def by_key(context: RenderContext, requests: Sequence[RecordRequest]) -> dict[str, Record]:
    return {request.key: record for request, record in rendered(context, requests)}


OPTIONS: dict[str, dict[str, Any]] = {
    "fourier": {"canvas": "fourier", "noise": 0.05, "crop": 0.8},
    "pixels": {"canvas": "pixels", "jitter": 1.0, "pad": 2, "gradients": 0.1},
    "phase": {"canvas": "phase", "optimiser": "nadam"},
    "diverse": {"canvas": "fourier", "diversity": 3},
    "classic": {"preset": "classic", "growths": 2},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_a_filters_bytes_are_the_same_alone_in_company_and_in_any_order(name: str) -> None:
    context = studio_with(**{"size": 17, "steps": 4, **OPTIONS[name]})
    requests = asks_of(context, "conv1")
    together, backwards = by_key(context, requests), by_key(context, requests[::-1])
    assert together == backwards
    for request in requests[:: len(requests) // 3]:
        assert by_key(context, [request])[request.key] == together[request.key]


def test_different_filters_seeds_and_directions_get_different_pictures() -> None:
    pictures = []
    for seed in (0, 1):
        context = studio_with(canvas="fourier", size=20, steps=4, seed=seed)
        found = rendered(context, asks_of(context))
        pictures += [record.pictures["picture"].data for _, record in found]
    assert len(pictures) == 44
    assert len(set(pictures)) == 44


@pytest.mark.parametrize("size", [20, 80])
def test_the_response_is_that_of_the_decoded_picture(size: int) -> None:
    """Pictures of 80 pixels are not stored losslessly."""
    module = nets.Small().eval()
    records = all_made(module, MaximizeOptions(canvas="fourier", size=size, steps=8), size)
    for (layer, index, role), (record,) in records.items():
        inputs = torch.from_numpy(pixels(record)).permute(2, 0, 1)[None].float()
        with torch.no_grad():
            response = module.bn1(module.conv1((inputs - 0.5) / 0.25))
            if layer == "conv2":
                response = module.conv2(torch.relu(response))
        map_ = response[0, index]
        extreme = map_.max() if role == "positive" else map_.min()
        row, column = record.data["position"]
        for found in (extreme.item(), map_[row, column].item()):
            assert record.data["response"] == pytest.approx(found, rel=1e-4, abs=1e-4)
        assert record.data["map"] == list(map_.shape)
        assert not record.data["flat"]


def test_a_record_tells_its_history_and_where_it_was_made() -> None:
    context = studio_with(canvas="fourier", size=80, steps=40, tolerance=0.0)
    ((request, record), *_) = rendered(context, asks_of(context)[:1])
    history = record.data["history"]
    assert set(record.data) == {"response", "position", "map", "flat", "provenance", "history"}
    assert (history["steps"][0], history["steps"][-1], len(history["steps"])) == (0, 39, 33)
    assert len(history["responses"]) == 33
    assert history["responses"][-1] > history["responses"][0]
    assert history["frames"] == [0, 8, 32, 40]
    strip = pixels(record, "history")
    assert strip.shape == (64, 4 * 64, 3)
    last = Image.open(io.BytesIO(record.pictures["picture"].data)).resize((64, 64))
    assert np.abs(strip[:, -64:] - np.asarray(last) / 255).mean() < 0.03
    provenance = record.data["provenance"]
    assert provenance["torch"] == torch.__version__
    assert (provenance["device"], provenance["precision"]) in [
        ("cpu", "float32"), ("cpu", "bfloat16")
    ]  # fmt: skip
    assert request.recipe["made"]["tolerance"] == 0


def test_only_phase_pictures_tell_what_of_them_counted() -> None:
    for canvas, expected in (("phase", True), ("fourier", False)):
        context = studio_with(canvas=canvas, size=20, steps=5, objective="neuron", at=[0.5, 0.5])
        ((_, record),) = rendered(context, asks_of(context, "conv1")[:1])
        assert ("attended" in record.pictures) is expected
        if not expected:
            continue
        with Image.open(io.BytesIO(record.pictures["attended"].data)) as image:
            assert image.mode == "RGBA"
            opacity = np.asarray(image)[..., 3]
        # Only the field of the position in the middle has ever had a gradient.
        assert opacity[9:12, 9:12].min() == 255
        assert (opacity > 0).sum() == 9


def test_different_pictures_of_a_filter_are_one_record() -> None:
    context = studio_with(canvas="fourier", size=20, steps=4, diversity=3, negative=False)
    for request, record in rendered(context, asks_of(context)):
        if request.role != "diverse":
            assert set(record.pictures) == {"picture", "history"}
            continue
        assert set(record.data) == {"members", "provenance"}
        assert [set(one) for one in record.data["members"]] == [
            {"response", "position", "map", "flat"}
        ] * 3
        assert set(record.pictures) == {"0", "1", "2"}
        assert len({picture.data for picture in record.pictures.values()}) == 3


class Float(nn.Module):
    """A network that insists on long numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype != torch.float32:
            raise TypeError("float32, please")
        return self.conv(x)


def test_what_a_network_does_not_do_in_short_numbers_is_done_in_long_ones() -> None:
    context = studio_with(Float(), steps=2, canvas="fourier", size=10)
    batches = list(render(context, asks_of(context)))
    assert not [batch for batch in batches if isinstance(batch, Failed)]
    records = [record for batch in batches if not isinstance(batch, Failed) for _, record in batch]
    assert len(records) == 4
    assert all(record.data["provenance"]["precision"] == "float32" for record in records)


class Fixed(nn.Module):
    """A network that takes pictures of one size only."""

    def __init__(self) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.zeros(1, 3, 64, 64))
        self.conv = nn.Conv2d(3, 2, 50)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x + self.position)


def test_a_network_that_refuses_a_canvas_gets_its_input_size(
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = studio_with(Fixed(), 64, size=56, steps=2, pad=3, crop=0.9, growths=1)
    for _, record in rendered(context, asks_of(context)):
        picture = record.pictures["picture"]
        assert (picture.height, picture.width) == (64, 64)
        assert record.data["map"] == [15, 15]
        made = record.data["made"]
        assert (made["size"], made["pad"], made["crop"], made["growths"]) == ([64, 64], 0, 1, 0)
        assert made["steps"] == 4  # as many as on both canvases together
    (told,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert "conv: the network does not run on a canvas of 56 x 56" in told
    assert told.endswith("here 64 x 64")


def test_a_network_that_ends_the_process_on_a_canvas_gets_its_input_size() -> None:
    class Ending(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(x) if x.shape[-1] == 32 else sys.exit("32 x 32, please")

    context = studio_with(Ending(), 32, size=9, steps=2)
    for _, record in rendered(context, asks_of(context)):
        assert record.data["made"]["size"] == [32, 32]


def test_a_canvas_that_the_network_takes_is_not_changed() -> None:
    context = studio_with(Fixed(), 64, size=64, steps=2)
    for _, record in rendered(context, asks_of(context)):
        assert "made" not in record.data


def test_layers_that_run_before_decide_on_the_canvas() -> None:
    context = studio_with(Branches(), 32, steps=2)
    made = {
        request.layer: record.pictures["picture"]
        for request, record in rendered(context, asks_of(context))
    }
    sides = {layer: (picture.height, picture.width) for layer, picture in made.items()}
    assert sides == {"wide": (7, 7), "middle": (7, 7), "narrow": (7, 7)}


def test_what_fails_on_every_canvas_is_told_with_all_that_was_tried() -> None:
    context = studio_with(Refusing(), 32, size=9, steps=2)
    (failed,) = list(render(context, asks_of(context)))
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("conv: the network does not run on a canvas of 9 x 9 (")
    assert "no gradients, please" in failed.reason
    assert "and the network does not run on a canvas of 32 x 32 (" in failed.reason


def test_a_layer_that_no_gradient_reaches_is_told_with_the_line_where_it_ends() -> None:
    context = studio_with(Rounded(), 32, size=9, steps=2)
    (failed,) = list(render(context, asks_of(context)))
    assert isinstance(failed, Failed)
    assert (
        "no gradient reaches the layer conv: it ends at byte (test_render.py, line" in failed.reason
    )
    assert "canvas" not in failed.reason


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_responses_of_other_types_are_measured_in_float32(dtype: torch.dtype) -> None:
    class Cast(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
                return self.conv(x.to(self.conv.weight.dtype))

    network = Cast().double() if dtype == torch.float64 else Cast()
    context = studio_with(network, steps=2)
    for _, record in rendered(context, asks_of(context)):
        assert record.data["response"] is not None


class Branches(nn.Module):
    """Three branches on the input, of which the widest runs first; none is padded."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.middle, self.narrow = (nn.Conv2d(3, 2, side) for side in (7, 5, 3))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.wide(x), self.middle(x), self.narrow(x)


class Refusing(nn.Module):
    """A network that runs only where nobody asks for a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        if x.requires_grad:
            raise RuntimeError("no gradients, please")
        return self.conv(x)


class Rounded(nn.Module):
    """A convolution on whole numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv((x * 8).byte().float())


class Block(nn.Module):
    """A later branch of a block is reached only if an earlier one has room for its kernels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(*(nn.Conv2d(3 if n == 0 else 4, 4, 3, 2) for n in range(4)))
        self.narrow = nn.Conv2d(4, 4, 3, 2)
        self.wide = nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(x)
        return self.narrow(x), self.wide(x)


def test_networks_without_padding_run_on_their_canvases() -> None:
    options = MaximizeOptions(preset="draft", steps=1, negative=False)
    context = render_context_of(Block(), size=160, lenses=lens_options(maximize=options))
    assert len(rendered(context, asks_of(context))) == 28  # every layer once, and `narrow` twice


def test_a_response_that_is_no_number_is_none_and_stored() -> None:
    class Endless(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)
            nn.init.constant_(self.conv.bias, torch.inf)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(x)

    context = studio_with(Endless(), canvas="fourier", size=10, steps=2)
    for _, record in rendered(context, asks_of(context)):
        assert record.data["response"] is None
        assert record.data["history"]["responses"] == [None, None]
