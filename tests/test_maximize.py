"""Maximised pictures of networks whose best pictures are known; the same bytes in any company."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import nets
from convatlas import verdicts
from convatlas.config import schema
from convatlas.images.encode import decode
from convatlas.lenses.lens import Failed, Studio
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.batches import render
from convatlas.records import Ask, Record
from studies import studio_of


def made(module: nn.Module, options: schema.Maximize, size: int = 24) -> dict[tuple, Record]:
    """First attempts at all filters, by layer, index and role."""
    studio = studio_of(module, size=size, lenses=schema.Lenses(maximize=options))
    asks = list(Maximize().asks(studio.study))
    return {
        (ask.layer, ask.item, ask.role): record
        for batch in render(studio, asks)
        if not isinstance(batch, Failed)
        for ask, record in batch
    }


def pixels(record: Record) -> np.ndarray:
    return decode(record.pictures["picture"].data).astype(float) / 255


@pytest.fixture(scope="module")
def first_layer() -> dict[tuple, Record]:
    return made(nets.Known(), schema.Maximize(layers={"second": schema.Recipe(steps=1)}))


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("role", ["positive", "negative"])
def test_first_layer_pictures_reach_the_exact_bound(first_layer, index: int, role: str) -> None:
    weights = nets.Known().first.weight[index].detach().numpy()
    sign = 1 if role == "positive" else -1
    # Inputs run from (0 - 0.5) / 0.25 = -2 to 2, so the bound is twice the sum of the magnitudes.
    bound = 2 * np.abs(weights).sum()
    response = first_layer["first", index, role].data["response"]
    assert sign * response <= bound * 1.0001
    assert sign * response >= 0.99 * bound


def test_an_edge_is_dark_on_the_left_and_bright_on_the_right(first_layer) -> None:
    picture = pixels(first_layer["first", 0, "positive"])
    assert picture[1, 0].max() < 0.05
    assert picture[1, 2].min() > 0.95
    opposite = pixels(first_layer["first", 0, "negative"])
    assert opposite[1, 0].min() > 0.95


def test_a_colour_filter_gets_its_colour(first_layer) -> None:
    red, green, _ = pixels(first_layer["first", 1, "positive"])[1, 1]
    assert red > 0.95
    assert green < 0.05


def test_a_batch_norm_with_negative_scale_turns_the_picture_round() -> None:
    conv, norm = nn.Conv2d(3, 1, 3, bias=False), nn.BatchNorm2d(1)
    with torch.no_grad():
        conv.weight.copy_(nets.Known().first.weight[:1])
        norm.weight.fill_(-1)
    records = made(nn.Sequential(conv, norm, nn.ReLU()), schema.Maximize())
    picture = pixels(records["0", 0, "positive"])
    assert picture[1, 0].min() > 0.95
    assert picture[1, 2].max() < 0.05


def test_a_grating_comes_out_of_a_fourier_canvas() -> None:
    conv = nn.Conv2d(1, 1, (1, 9), padding=(0, 4), bias=False)
    wave = torch.cos(torch.arange(-4, 5) * torch.pi / 3)  # a period of six pixels
    with torch.no_grad():
        conv.weight.copy_(wave.reshape(1, 1, 1, 9) - wave.mean())
    options = schema.Maximize(canvas="fourier", objective="neuron", size=48, negative=False)
    studio = studio_of(conv, size=48, channels=1, lenses=schema.Lenses(maximize=options))
    ((_, record),) = next(iter(render(studio, list(Maximize().asks(studio.study)))))
    row, column = record.data["position"]
    line = decode(record.pictures["picture"].data)[row, :, 0].astype(float)
    seen = line[column - 4 : column + 5]
    assert np.corrcoef(seen, wave.numpy())[0, 1] > 0.9


def test_the_response_is_that_of_the_decoded_picture() -> None:
    module = nets.Small().eval()
    options = schema.Maximize(canvas="fourier", size=80, steps=8)
    records = made(module, options, size=80)
    for (layer, index, role), record in records.items():
        inputs = torch.from_numpy(pixels(record)).permute(2, 0, 1)[None].float()
        with torch.no_grad():
            response = module.bn1(module.conv1((inputs - 0.5) / 0.25))
            if layer == "conv2":
                response = module.conv2(torch.relu(response))
        map_ = response[0, index]
        extreme = map_.max() if role == "positive" else map_.min()
        assert record.data["response"] == pytest.approx(extreme.item(), rel=1e-4, abs=1e-4)
        row, column = record.data["position"]
        assert map_[row, column].item() == pytest.approx(extreme.item(), rel=1e-4, abs=1e-4)
        assert record.data["map"] == list(map_.shape)


def test_flat_pictures_are_told() -> None:
    records = made(nets.Known(), schema.Maximize(negative=False))
    assert records["first", 3, "positive"].data["flat"]
    assert not records["first", 0, "positive"].data["flat"]


def test_a_filter_that_only_darkness_excites_gets_a_dark_picture() -> None:
    conv = nn.Conv2d(3, 1, 1, bias=False)
    nn.init.constant_(conv.weight, -1.0)
    picture = pixels(made(nn.Sequential(conv), schema.Maximize())["0", 0, "positive"])
    assert picture.max() < 0.05


def rendered(studio: Studio, asks: list[Ask]) -> dict[str, Record]:
    return {
        ask.key: record
        for batch in render(studio, asks)
        if not isinstance(batch, Failed)
        for ask, record in batch
    }


@pytest.mark.parametrize("canvas", ["fourier", "pixels"])
def test_a_filters_bytes_are_the_same_alone_in_company_and_in_any_order(canvas) -> None:
    options = schema.Maximize(canvas=canvas, size=32, steps=4, objective="channel")
    studio = studio_of(nets.Small(), size=32, lenses=schema.Lenses(maximize=options))
    asks = [ask for ask in Maximize().asks(studio.study) if ask.layer == "conv1"]
    together = rendered(studio, asks)
    backwards = rendered(studio, asks[::-1])
    for ask in asks[:3]:
        alone = rendered(studio, [ask])[ask.key]
        assert alone == together[ask.key] == backwards[ask.key]


def test_different_filters_seeds_and_directions_get_different_pictures() -> None:
    records = made(nets.Small(), schema.Maximize(canvas="fourier", size=32, steps=4), size=32)
    other = made(nets.Small(), schema.Maximize(canvas="fourier", size=32, steps=4, seed=1), size=32)
    pictures = [r.pictures["picture"].data for r in (*records.values(), *other.values())]
    assert len(set(pictures)) == len(pictures)


def test_a_network_that_needs_its_input_size_fails_with_a_remedy() -> None:
    class Fixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.position = nn.Parameter(torch.zeros(1, 3, 64, 64))
            self.conv = nn.Conv2d(3, 2, 50)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(x + self.position)

    options = schema.Maximize(size=56, steps=2)
    studio = studio_of(Fixed(), size=64, lenses=schema.Lenses(maximize=options))
    (failed,) = list(render(studio, list(Maximize().asks(studio.study))))
    assert isinstance(failed, Failed)
    assert "56 x 56" in failed.reason
    assert "lenses.maximize.layers" in failed.reason


def test_networks_without_padding_run_on_their_canvases() -> None:
    """A later branch of a block is reached only if an earlier one has room for its kernels."""

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Sequential(*(nn.Conv2d(3 if n == 0 else 4, 4, 3, 2) for n in range(4)))
            self.narrow = nn.Conv2d(4, 4, 3, 2)
            self.wide = nn.Conv2d(4, 4, 1)

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            x = self.stem(x)
            return self.narrow(x), self.wide(x)

    options = schema.Maximize(preset="draft", steps=1, negative=False)
    studio = studio_of(Block(), size=160, lenses=schema.Lenses(maximize=options))
    batches = list(render(studio, list(Maximize().asks(studio.study))))
    assert not [batch for batch in batches if isinstance(batch, Failed)]


def test_asks_go_on_until_an_attempt_passes_the_gate() -> None:
    studio = studio_of(nets.Small(), lenses=schema.Lenses(maximize=schema.Maximize(negative=False)))
    study, lens = studio.study, Maximize()
    from convatlas.records import StoredRecord

    def ask_numbers() -> list[int]:
        return [a.recipe["attempt"] for a in lens.asks(study) if (a.layer, a.item) == ("conv1", 0)]

    def answer(response: float) -> None:
        asks = [a for a in lens.asks(study) if (a.layer, a.item) == ("conv1", 0)]
        record = StoredRecord({"response": response, "flat": False}, {})
        study.found.setdefault(("maximize", "conv1", 0), []).append((asks[-1], record))

    examples = StoredRecord({"highest": 5.0, "lowest": -1.0, "top": []}, {})
    study.found["examples", "conv1", 0] = [(Ask("k", "examples", "conv1", 0), examples)]
    assert ask_numbers() == [0]
    answer(4.0)
    assert ask_numbers() == [0, 1]
    answer(6.0)
    assert ask_numbers() == [0, 1]
    assert verdicts.best([r.data for _, r in study.all("maximize", "conv1", 0)], "positive") == 1
