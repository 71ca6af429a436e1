"""Networks with another interface: what is told of it, and that a wrapper is all they need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from convatlas.errors import NetworkError
from convatlas.network.trace.layers import record_layers
from convatlas.network.trace.refused_input import WRAPPER

SHAPE = (3, 16, 16)


class Base(nn.Module):
    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 2, 3)


class Two(Base):
    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.conv(left) + self.conv(right)


class Keyword(Base):
    def forward(self, *, pixel_values: Tensor) -> dict[str, Tensor]:
        return {"logits": self.conv(pixel_values)}


class NoInput(Base):
    def forward(self) -> Tensor:
        return self.conv(torch.zeros(1, *SHAPE))


class Listed(Base):
    def forward(self, pictures: list[Tensor]) -> Tensor:
        assert isinstance(pictures, list)
        return self.conv(torch.stack(pictures))


class Named(Base):
    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        return self.conv(batch["image"])


class Records(Base):
    def forward(self, batch: list[dict[str, Tensor]]) -> Tensor:
        return self.conv(torch.stack([each["image"] for each in batch]))


class Single(Base):
    def forward(self, picture: Tensor) -> Tensor:
        channels, _, _ = picture.shape
        return self.conv(picture.view(1, channels, 16, 16))


class LastChannels(Base):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x.permute(0, 3, 1, 2))


class Bytes(Base):
    def forward(self, x: Tensor) -> Tensor:
        assert x.dtype == torch.uint8
        return self.conv(x / 255)


class Several(Base):
    def forward(self, *pictures: Tensor) -> Tensor:
        left, right = pictures
        return self.conv(left) + self.conv(right)


class Pair(Base):
    def forward(self, pair: tuple[Tensor, Tensor]) -> Tensor:
        left, right = pair
        return self.conv(left) + self.conv(right)


class OtherKeyword(Base):
    def forward(
        self, input_ids: Tensor | None = None, pixel_values: Tensor | None = None
    ) -> Tensor:
        if pixel_values is None:
            raise ValueError("You have to specify pixel_values")
        return self.conv(pixel_values)


class Clip(Base):
    def forward(self, clip: Tensor) -> Tensor:
        assert clip.dim() == 5
        return self.conv(clip.transpose(1, 2).flatten(0, 1))


class Words(Base):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(10, 48)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.conv(self.table(tokens).view(len(tokens), 3, 16, 16))


def refusal(network: nn.Module, shape: tuple[int, int, int] = SHAPE) -> str:
    with pytest.raises(NetworkError) as caught:
        record_layers(network, shape)
    assert "\n" not in str(caught.value)
    return str(caught.value)


INTERFACES: list[tuple[Base, str, Callable[[Any, Tensor], Any]]] = [
    (Two(), "forward takes more than one input (left, right)", lambda n, x: n(x, x)),
    (Keyword(), "forward takes its input by keyword", lambda n, x: n(pixel_values=x)),
    (NoInput(), "forward takes no input", lambda n, x: n()),
    (Listed(), "takes a list of pictures", lambda n, x: n([*x])),
    (Named(), "takes a dictionary", lambda n, x: n({"image": x})),
    (Records(), "takes a list of dictionaries", lambda n, x: n([{"image": e} for e in x])),
    (Single(), "takes a single picture without a batch", lambda n, x: n(x[0])),
    (LastChannels(), "takes channels last [n, height", lambda n, x: n(x.permute(0, 2, 3, 1))),
    (Bytes(), "takes integers from 0 to 255", lambda n, x: n((x * 255).to(torch.uint8))),
    (Several(), "takes two inputs", lambda n, x: n(x, x)),
    (Pair(), "takes a pair of inputs", lambda n, x: n((x, x))),
    (OtherKeyword(), "its input by keyword (pixel_values)", lambda n, x: n(pixel_values=x)),
    (Clip(), "takes clips [n, channels, frames", lambda n, x: n(x.unsqueeze(2))),
    (Words(), "takes numbers of tokens", lambda n, x: n(x[:, :, 0].long().flatten(1)[:, :16])),
]


@pytest.mark.parametrize(("network", "expected", "call"), INTERFACES)
def test_another_interface_is_told_and_a_wrapper_is_all_it_needs(
    network: Base, expected: str, call: Callable[[Any, Tensor], Any]
) -> None:
    text = refusal(network)
    assert expected in text
    assert text.endswith(WRAPPER)

    class Wrapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = network

        def forward(self, x: Tensor) -> Any:
            return call(self.net, x)

    assert "net.conv" in {layer.name for layer in record_layers(Wrapped(), SHAPE)[0]}


def test_optional_inputs_are_no_hindrance() -> None:
    class Optional(Base):
        def forward(self, x: Tensor, mask: Tensor | None = None, **more: Any) -> Tensor:
            return self.conv(x)

    assert record_layers(Optional(), SHAPE)[0][0].reached


@pytest.mark.parametrize("channels", [2, 4, 13])
def test_only_one_or_three_channels_can_be_shown(channels: int) -> None:
    text = refusal(Sequence(Base(channels)))
    assert f"takes {channels} channels, and only pictures of 1 or 3 channels can be shown" in text
    assert "docs/how-to/detectors.md" in text


def test_channels_that_can_be_set_are_named() -> None:
    assert refusal(Sequence(Base(1))).endswith("set `input: {channels: 1}`")


def test_any_other_failure_says_what_to_set() -> None:
    text = refusal(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(7, 2)))
    assert "does not run on an input of 3 channels and 16 x 16 pixels (" in text
    assert "; set `input: {size: ..., channels: ...}` to what it expects, or wrap it" in text


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (nn.Sequential(nn.Conv1d(1, 4, 9), nn.ReLU()), "do not work on two-dimensional maps (0);"),
        (nn.Sequential(nn.Conv3d(3, 4, 3)), "do not work on two-dimensional maps (0); convatlas"),
        (nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 9)), "no convolution (only Embedding, Lin"),
        (nn.Sequential(nn.Linear(7, 4)), "it has no convolution (only Linear)"),
        (nn.ModuleList([nn.Conv2d(3, 2, 3)]), "ModuleList has no forward; return a network that"),
    ],
)
def test_where_no_input_would_help_the_reason_is_told(network: nn.Module, expected: str) -> None:
    assert expected in refusal(network)


class Sequence(nn.Sequential):
    def __init__(self, base: Base) -> None:
        super().__init__(base.conv, nn.ReLU())
