"""What a network answers to pictures of others, against convolutions worked out by hand."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from convatlas.images.codecs.avif import encode_avif
from convatlas.images.codecs.webp import encode_lossless
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.transfer import Transfer
from convatlas.lenses.transfer.options import Transfer as Options
from convatlas.model.facts import ForeignPicture
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import EncodedPicture, RecordRequest
from support import nets
from support.company import Deviation, one_at_a_time
from support.contexts import lens_options, render_context_of

Pixels = NDArray[np.uint8]
SIZE = 24


class Bright(nn.Module):
    """Filter 0 answers with the mean of the channels, filter 1 with its opposite."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 2, 1)
        with torch.no_grad():
            self.conv.weight[0], self.conv.weight[1] = 1 / channels, -1 / channels
            self.conv.bias.zero_()  # type: ignore[union-attr]

    def forward(self, inputs: Tensor) -> Tensor:
        scores: Tensor = self.conv(inputs).mean((2, 3))
        return scores


class Gated(Bright):
    """Leaves its layer out for a bright picture."""

    def forward(self, inputs: Tensor) -> Tensor:
        if inputs.mean() > 1:
            return inputs.mean((2, 3))
        return super().forward(inputs)


class Broken(Bright):
    """Fails in use, though not with the noise that it is recorded with."""

    def forward(self, inputs: Tensor) -> Tensor:
        if inputs.max() > 1.5:
            raise RuntimeError("too bright")
        return super().forward(inputs)


def noise(seed: int, side: int = 40) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def judging(
    context: RenderContext,
    pictures: Sequence[EncodedPicture],
    layer: str = "conv",
    twin: int = 0,
    made_for: tuple[int, int] = (48, 48),
) -> RenderContext:
    """A network that is shown these pictures, all of them at one of its filters."""
    foreign = tuple(
        ForeignPicture("other", "conv9", number, picture.facts.digest, made_for, layer, twin, 0.7)
        for number, picture in enumerate(pictures)
    )
    stored = {hashlib.sha256(each.data).hexdigest(): each.data for each in pictures}
    return replace(context, plan=replace(context.plan, foreign=foreign), stored=stored)


def asked(context: RenderContext) -> list[RecordRequest]:
    return list(Transfer().requests(context.plan, RecordIndex()))


def answers(context: RenderContext) -> dict[str, float | None]:
    """What comes of each picture, by role."""
    found = {}
    for piece in Transfer().pieces(context.plan, asked(context)):
        for batch in Transfer().render(context, piece):
            assert not isinstance(batch, Failed), batch.reason
            found |= {request.role: record.data["response"] for request, record in batch}
    return found


def by_hand(pixels: Pixels, channels: int, sign: int) -> float:
    """The highest mean of the channels of the picture at half its size, normalised, or of grey."""
    image = Image.fromarray(pixels).convert("L" if channels == 1 else "RGB")
    half = min(SIZE, len(pixels) // 2)  # made for 48 pixels, shown on 24
    sized = np.asarray(image.resize((half, half), Image.Resampling.BILINEAR), np.float64)
    values = (sized.reshape(half, half, channels) / 255 - 0.5) / 0.25
    around = (128 / 255 - 0.5) / 0.25
    return float(max((sign * values.mean(2)).max(), sign * around if half < SIZE else -math.inf))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("twin", "sign"), [(0, 1), (1, -1)])
def test_the_published_file_is_shown_at_its_own_scale_on_grey(
    channels: int, twin: int, sign: int
) -> None:
    pixels = [noise(seed, side) for seed, side in ((0, 40), (1, 12), (2, 48), (3, 70))]
    context = render_context_of(Bright(channels), size=SIZE, channels=channels)
    found = answers(judging(context, [encode_lossless(each) for each in pixels], twin=twin))
    assert list(found) == [f"other/conv9/{number}" for number in range(4)]
    for response, each in zip(found.values(), pixels, strict=True):
        assert response == pytest.approx(by_hand(each, channels, sign), rel=1e-5)


def test_what_is_shown_is_the_file_as_decoded_not_what_was_encoded() -> None:
    pixels = noise(3, 96)
    context = render_context_of(Bright(), size=SIZE)
    lossy, exact = answers(
        judging(context, [encode_avif(pixels, quality=20), encode_lossless(pixels)])
    ).values()
    assert lossy is not None and exact is not None
    assert abs(lossy - exact) > 1e-3


def test_company_makes_no_difference() -> None:
    pictures = [encode_lossless(noise(seed)) for seed in range(11)]
    context = render_context_of(nets.Small(), size=SIZE)
    together = answers(judging(context, pictures, "conv2", 2))
    for number, picture in enumerate(pictures[8:], 8):
        alone = answers(judging(context, [picture], "conv2", 2))
        assert alone["other/conv9/0"] == together[f"other/conv9/{number}"]


def test_a_network_that_compares_pictures_is_shown_one_at_a_time() -> None:
    pictures = [encode_lossless(noise(seed)) for seed in range(3)]
    context = one_at_a_time(render_context_of(Deviation(), size=SIZE))
    layer = context.plan.network.layers[-1].name
    together = answers(judging(context, pictures, layer))
    for number, picture in enumerate(pictures):
        alone = answers(judging(context, [picture], layer))
        assert alone["other/conv9/0"] == together[f"other/conv9/{number}"]


def test_a_picture_that_does_not_reach_the_layer_has_no_answer() -> None:
    white, black = (
        encode_lossless(np.full((SIZE, SIZE, 3), value, np.uint8)) for value in (255, 0)
    )
    context = one_at_a_time(render_context_of(Gated(), size=SIZE))
    found = list(answers(judging(context, [white, black], made_for=(SIZE, SIZE))).values())
    assert found[0] is None
    assert found[1] == -2


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_an_answer_that_is_not_finite_is_none(value: float) -> None:
    module = Bright()
    context = judging(render_context_of(module, size=SIZE), [encode_lossless(noise(0))])
    with torch.no_grad():
        module.conv.weight[0] = value
    assert answers(context) == {"other/conv9/0": None}


def test_a_network_that_fails_is_told_with_its_reason() -> None:
    pictures = [encode_lossless(np.full((8, 8, 3), 255, np.uint8))]
    context = judging(render_context_of(Broken(), size=SIZE), pictures)
    requests = asked(context)
    (failed,) = Transfer().render(context, requests)
    assert isinstance(failed, Failed)
    assert list(failed.requests) == requests
    assert "too bright" in failed.reason and "conv" in failed.reason


def test_keys_follow_from_the_file_the_twin_and_the_network() -> None:
    pictures = [encode_lossless(noise(0)), encode_lossless(noise(1))]
    context = judging(render_context_of(Bright(), size=SIZE), pictures)
    first, second = (request.key for request in asked(context))
    assert first != second
    assert [request.key for request in asked(context)] == [first, second]
    renamed = replace(
        context.plan,
        foreign=tuple(
            replace(each, network="new", index=7, correlation=0.9) for each in context.plan.foreign
        ),
    )
    requests = list(Transfer().requests(renamed, RecordIndex()))
    assert [request.key for request in requests] == [first, second]
    module = Bright()
    with torch.no_grad():
        module.conv.weight[0] *= 2
    others = [
        judging(render_context_of(Bright(), size=SIZE), pictures, twin=1),
        judging(render_context_of(Bright(), size=SIZE), pictures, made_for=(48, 50)),
        judging(render_context_of(Bright(), size=SIZE + 1), pictures),
        judging(render_context_of(module, size=SIZE), pictures),
    ]
    keys = [first, *(asked(other)[0].key for other in others)]
    assert len(set(keys)) == len(keys)


def test_it_can_be_switched_off() -> None:
    context = render_context_of(Bright(), size=SIZE, lenses=lens_options(transfer=False))
    assert asked(judging(context, [encode_lossless(noise(0))])) == []
    on = render_context_of(Bright(), size=SIZE, lenses=lens_options(transfer=Options()))
    assert asked(on) == []
    assert len(asked(judging(on, [encode_lossless(noise(0))]))) == 1
