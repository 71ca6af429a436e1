"""Encode optimised pictures for publication, and score what the network sees after decoding."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.images.codecs.avif import EXACT, MEASURED, QUALITIES, STRIP, encode_avif
from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.webp import encode, encode_lossless
from convatlas.lenses.maximize.encoders import Encoders, done
from convatlas.lenses.maximize.history import eight_bit
from convatlas.lenses.maximize.in_turn import Waiting
from convatlas.lenses.maximize.objectives import own
from convatlas.lenses.maximize.optimization_batch import Job, Made
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.records import PictureAnswer
from convatlas.model.records import EncodedPicture
from convatlas.model.scores import FLAT
from convatlas.network.responses import normalise

LOSS = 0.1
"""Share of the response that encoding may cost; beyond it, quality is raised up to lossless."""

OPAQUE = 0.8
"""Share of a phase canvas's pixels, those that counted least, that are partly transparent."""

Pixels = NDArray[np.uint8]
Scored: TypeAlias = tuple[EncodedPicture, PictureAnswer]


def encode_and_score(
    reference: OptimizationTarget,
    made: Sequence[Made],
    jobs: Sequence[Job],
    encoders: Encoders,
    together: int,
) -> Generator[Waiting, None, list[Scored]]:
    """Encode each picture, and score the decoded bytes with the network in float32.

    The scores are ``response`` (the highest of the map, for sign -1 the lowest; None if not
    finite), its ``position`` [row, column], the size ``map`` [height, width], and ``flat``. Where
    the encoders work elsewhere, others may use the network meanwhile.

    Args:
        reference: The layer of the original network.
        made: The pictures.
        jobs: What each was made for.
        encoders: What encodes them.
        together: How many pictures the network judges at once where bytes are promised, since last
            bits depend on it; if there are fewer, it sees some of them again.
    """
    pixels = list(eight_bit(torch.stack([one.picture for one in made])))
    originals = _measured(reference, pixels, jobs, together)
    finished: dict[int, Scored] = {}
    if max(pixels[0].shape) > EXACT:
        finished = yield from _lossy(reference, pixels, jobs, originals, encoders, together)
    exact = [index for index in range(len(pixels)) if index not in finished]
    lossless = encoders.submit(encode_lossless, [pixels[index] for index in exact])
    for index, picture in zip(exact, (yield from done(lossless)), strict=True):
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
    encoders: Encoders,
    together: int,
) -> Generator[Waiting, None, dict[int, Scored]]:
    """Return, by index, the pictures that keep their response, at the lowest sufficient quality."""
    finished: dict[int, Scored] = {}
    shown, left = list(pixels), list(range(len(pixels)))
    for quality in QUALITIES:
        task = partial(_tried, quality=quality, channels=reference.preprocessing.channels)
        tried = yield from done(encoders.submit(task, [pixels[index] for index in left]))
        for index, (_, seen) in zip(left, tried, strict=True):
            shown[index] = seen
        # All of them where bytes are promised, because last bits depend on the batch size.
        judged = range(len(pixels)) if reference.reproducible else left
        shown_now, for_now = [shown[index] for index in judged], [jobs[index] for index in judged]
        found = _measured(reference, shown_now, for_now, together)
        answers = dict(zip(judged, found, strict=True))
        for index, (picture, _) in zip(left, tried, strict=True):
            if not _lost(jobs[index], originals[index], answers[index]):
                finished[index] = picture, answers[index]
        left = [index for index in left if index not in finished]
        if not left:
            break
    return finished


def _tried(pixels: Pixels, quality: int, channels: int) -> tuple[EncodedPicture, Pixels]:
    """Return an encoded picture, and what a network with so many channels sees of it."""
    picture = encode_avif(pixels, quality, MEASURED)
    return picture, decode(picture.data)[:, :, :channels]


def _lost(job: Job, original: PictureAnswer, answer: PictureAnswer) -> bool:
    """Return whether encoding reduced a picture's response too much."""
    before, after = _response(original), _response(answer)
    return job.sign * (before - after) > LOSS * abs(before)


def _response(answer: PictureAnswer) -> float:
    """Return the response as it was measured, finite or not."""
    response = answer["response"]
    return math.nan if response is None else response


def auxiliary_images(
    made: Sequence[Made], encoders: Encoders
) -> Sequence[Future[dict[str, EncodedPicture]]]:
    """Have each picture's history and, for phase canvases, the picture faded by attention encoded.

    Returns:
        One future for each picture.
    """
    return encoders.submit(_auxiliary, [(one.history.strip, _faded(one)) for one in made])


def _auxiliary(pixels: tuple[Pixels, Pixels | None]) -> dict[str, EncodedPicture]:
    strip, faded = pixels
    return {"history": _strip(strip), **({} if faded is None else {"attended": encode(faded)})}


def _faded(made: Made) -> Pixels | None:
    """Return a phase canvas's picture with its opacity as a further channel."""
    if made.attention is None:
        return None
    return np.concatenate([eight_bit(made.picture[None])[0], _opacity(made.attention)], axis=2)


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


def _measured(
    reference: OptimizationTarget, pixels: Sequence[Pixels], jobs: Sequence[Job], together: int
) -> list[PictureAnswer]:
    """Return the scores of each picture at its own size, without transforms.

    All numbers come from the device in one copy.
    """
    seats = together if reference.reproducible else len(pixels)
    seated = [index % len(pixels) for index in range(seats)]
    shown = torch.from_numpy(np.stack([pixels[index] for index in seated])).to(reference.device)
    columns = torch.tensor(
        [(jobs[index].filter, jobs[index].sign) for index in seated], device=reference.device
    )
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
        for job, (response, position, flat) in zip(jobs, found.tolist(), strict=False)
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
