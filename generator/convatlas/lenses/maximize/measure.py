"""From optimised pictures to published ones, as the network sees what was encoded."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.images.encode import decode, encode, encode_lossless
from convatlas.lenses.maximize.objectives import own
from convatlas.lenses.maximize.optimise import Subject
from convatlas.network.responses import normalise, respond
from convatlas.records import EncodedPicture, Json
from convatlas.verdicts import FLAT

LOSS = 0.02
"""The share of the response that encoding may cost; else a picture is stored losslessly."""

Pixels = NDArray[np.uint8]


def publish(
    subject: Subject, pictures: Tensor, filters: Sequence[int], signs: Sequence[int]
) -> list[tuple[EncodedPicture, Json]]:
    """Each picture as encoded bytes, and what the network (float32) answers to the decoded bytes.

    The numbers of each: ``response`` (highest over the map, lowest for sign -1; None where it is
    not finite), its ``position`` [row, column], the ``map`` [height, width], and ``flat``.
    """
    pixels = (pictures * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    originals = _measured(subject, list(pixels), filters, signs)
    encoded = [encode(picture) for picture in pixels]
    answers = _measured(subject, [_decoded(e, subject) for e in encoded], filters, signs)
    lost = [
        index
        for index, sign in enumerate(signs)
        if sign * (originals[index]["response"] - answers[index]["response"])
        > LOSS * abs(originals[index]["response"])
    ]
    for index in lost:
        encoded[index] = encode_lossless(pixels[index])
        answers[index] = originals[index]
    for answer in answers:
        if not math.isfinite(answer["response"]):
            answer["response"] = None
    return list(zip(encoded, answers, strict=True))


def _decoded(picture: EncodedPicture, subject: Subject) -> Pixels:
    return decode(picture.data)[:, :, : subject.preprocessing.channels]


def _measured(
    subject: Subject, pixels: Sequence[Pixels], filters: Sequence[int], signs: Sequence[int]
) -> list[dict[str, Json]]:
    """The clean response of each picture, shown at its own size."""
    inputs = torch.from_numpy(np.stack(pixels)).to(subject.device).permute(0, 3, 1, 2)
    with torch.inference_mode():
        prepared = normalise(inputs.float() / 255, subject.preprocessing)
        responses = respond(subject.module, subject.layer, prepared)
        maps = own(responses, torch.tensor(filters, device=subject.device))
        sign = torch.tensor(signs, device=subject.device)
        strongest, place = (sign[:, None] * maps.flatten(1)).max(1)
    height, width = maps.shape[1:]
    return [
        {
            "response": signs[index] * strongest[index].item(),
            "position": list(divmod(int(place[index]), width)),
            "map": [height, width],
            "flat": bool((picture.reshape(-1, picture.shape[-1]).std(axis=0) < 255 * FLAT).all()),
        }
        for index, picture in enumerate(pixels)
    ]
