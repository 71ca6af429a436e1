"""Encode optimised pictures for publication, and score what the network sees after decoding."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.images.codecs.avif import EXACT, MEASURED, QUALITIES, STRIP, encode_avif
from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.webp import encode, encode_lossless
from convatlas.lenses.maximize.history import eight_bit
from convatlas.lenses.maximize.objectives import own
from convatlas.lenses.maximize.optimization_batch import Job, Made, OptimizationTarget
from convatlas.lenses.maximize.records import PictureAnswer
from convatlas.model.records import EncodedPicture
from convatlas.model.scores import FLAT
from convatlas.network.responses import normalise

LOSS = 0.1
"""Share of the response that encoding may cost; beyond it, quality is raised up to lossless."""

OPAQUE = 0.8
"""Share of a phase canvas's pixels, those that counted least, that are partly transparent."""

Pixels = NDArray[np.uint8]
Item = TypeVar("Item")
Result = TypeVar("Result")


def encode_and_score(
    reference: OptimizationTarget, made: Sequence[Made], jobs: Sequence[Job]
) -> list[tuple[EncodedPicture, PictureAnswer]]:
    """Encode each picture, and score the decoded bytes with the network in float32.

    The scores are ``response`` (the highest of the map, for sign -1 the lowest; None if not
    finite), its ``position`` [row, column], the size ``map`` [height, width], and ``flat``.
    """
    pixels = list(eight_bit(torch.stack([one.picture for one in made])))
    originals = _measured(reference, pixels, jobs)
    finished = _lossy(reference, pixels, jobs, originals) if max(pixels[0].shape) > EXACT else {}
    exact = [index for index in range(len(pixels)) if index not in finished]
    for index, picture in zip(exact, _each(encode_lossless, pixels, exact), strict=True):
        finished[index] = picture, originals[index]
    for _, answer in finished.values():
        if not math.isfinite(_response(answer)):
            answer["response"] = None
    return [finished[index] for index in range(len(pixels))]


def _lossy(
    reference: OptimizationTarget,
    pixels: Sequence[Pixels],
    jobs: Sequence[Job],
    originals: Sequence[PictureAnswer],
) -> dict[int, tuple[EncodedPicture, PictureAnswer]]:
    """Return, by index, the pictures that keep their response, at the lowest sufficient quality."""
    finished: dict[int, tuple[EncodedPicture, PictureAnswer]] = {}
    decoder = _Decoder(reference.preprocessing.channels)
    shown, left = list(pixels), list(range(len(pixels)))
    for quality in QUALITIES:
        tried = _each(partial(encode_avif, quality=quality, tune=MEASURED), pixels, left)
        for index, seen in zip(left, _at_once(decoder, tried), strict=True):
            shown[index] = seen
        # All of them where bytes are promised, because last bits depend on the batch size.
        judged = range(len(pixels)) if reference.reproducible else left
        found = _measured(reference, [shown[n] for n in judged], [jobs[n] for n in judged])
        answers = dict(zip(judged, found, strict=True))
        for index, picture in zip(left, tried, strict=True):
            if not _lost(jobs[index], originals[index], answers[index]):
                finished[index] = picture, answers[index]
        left = [index for index in left if index not in finished]
        if not left:
            break
    return finished


def _lost(job: Job, original: PictureAnswer, answer: PictureAnswer) -> bool:
    """Return whether encoding reduced a picture's response too much."""
    before, after = _response(original), _response(answer)
    return job.sign * (before - after) > LOSS * abs(before)


def _response(answer: PictureAnswer) -> float:
    """Return the response as it was measured, finite or not."""
    response = answer["response"]
    return math.nan if response is None else response


def auxiliary_images(made: Sequence[Made]) -> list[dict[str, EncodedPicture]]:
    """Return each picture's history and, for phase canvases, the picture faded by attention."""
    return _at_once(_auxiliary, made)


def _auxiliary(made: Made) -> dict[str, EncodedPicture]:
    pictures = {"history": _strip(made.history.strip)}
    if made.attention is not None:
        pixels = eight_bit(made.picture[None])[0]
        pictures["attended"] = encode(np.concatenate([pixels, _opacity(made.attention)], axis=2))
    return pictures


def _strip(frames: Pixels) -> EncodedPicture:
    if max(frames.shape) <= EXACT:
        return encode_lossless(frames)
    return encode_avif(frames, STRIP)


def _opacity(attention: Tensor) -> Pixels:
    """Return the opacity of each pixel [h, w, 1]: full for the fifth that counted most.

    As in MACO (Fel et al. 2023), opacity is proportional to the gradients accumulated over the
    steps.
    """
    values = attention.cpu().double().numpy()
    values = values / max(float(np.quantile(values, OPAQUE)), np.finfo(float).tiny)
    opacity: Pixels = (np.clip(values, 0, 1) * 255).round().astype(np.uint8)
    return opacity[:, :, None]


class _Decoder:
    """Decodes pictures to the network's number of channels."""

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def __call__(self, picture: EncodedPicture) -> Pixels:
        return decode(picture.data)[:, :, : self.channels]


def _each(
    encode: Callable[[Pixels], EncodedPicture], pixels: Sequence[Pixels], places: Sequence[int]
) -> list[EncodedPicture]:
    return _at_once(encode, [pixels[place] for place in places])


def _at_once(task: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Return the results in order; threads help because codecs release the GIL."""
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        return list(pool.map(task, items))


def _measured(
    reference: OptimizationTarget, pixels: Sequence[Pixels], jobs: Sequence[Job]
) -> list[PictureAnswer]:
    """Return the scores of each picture at its own size, without transforms.

    All numbers come from the device in one copy.
    """
    shown = torch.from_numpy(np.stack(pixels)).to(reference.device)
    columns = torch.tensor([(job.filter, job.sign) for job in jobs], device=reference.device)
    filters, signs = columns.unbind(1)
    with torch.inference_mode():
        prepared = normalise(shown.permute(0, 3, 1, 2).float() / 255, reference.preprocessing)
        maps = own(reference.respond(prepared), filters)
        strongest, place = (signs[:, None] * maps.flatten(1)).max(1)
        # Numbers of positions are exact in the responses' type.
        found = torch.stack([strongest, place.to(maps.dtype), _flat(shown).to(maps.dtype)], dim=1)
    height, width = maps.shape[1:]
    return [
        {
            "response": job.sign * response,
            "position": list(divmod(int(position), width)),
            "map": [height, width],
            "flat": bool(flat),
        }
        for job, (response, position, flat) in zip(jobs, found.tolist(), strict=True)
    ]


def _flat(pixels: Tensor) -> Tensor:
    """Return whether each picture [n, h, w, c] shows nothing; computed in whole numbers.

    The variance of a channel, times the square of the number of its pixels, is a whole number.
    """
    values = pixels.flatten(1, 2).int()
    count = values.shape[1]
    total = values.sum(1, dtype=torch.int64)
    spread = count * values.square().sum(1, dtype=torch.int64) - total.square()
    return (spread < math.ceil((255 * FLAT * count) ** 2)).all(1)
