"""Claims about filters: how strongly they answer to pictures of what is claimed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convatlas.errors import told
from convatlas.images.codecs.webp_jpeg import SETTINGS, encode
from convatlas.lenses.base import Batch, Failed, Studio, Study, geometry, ground, key, sight
from convatlas.model.records import Ask, Record, short

if TYPE_CHECKING:
    import torch

log = logging.getLogger("convatlas.hypotheses")

PICTURE = "picture"
"""The role of the record that shows a picture as the network sees it."""


class Hypotheses:
    """Of each picture that tests a claim: the mean responses of all filters of its layer."""

    name = "hypotheses"
    version = 1

    def asks(self, study: Study) -> Iterable[Ask]:
        """A record a picture and layer, and one that shows the picture if it may be shown."""
        layers = {layer.name: layer for layer in study.network.layers}
        shown = ground(self, preprocessing=geometry(study), encoder=SETTINGS)
        for claim in study.hypotheses:
            layer = layers[claim.layer]
            shared = ground(self, sight=sight(study, layer), preprocessing=geometry(study))
            for picture in claim.pictures:
                yield Ask(key(shared, picture), self.name, layer.name, picture)
                if picture not in claim.hidden:
                    yield Ask(key(shown, picture), self.name, None, picture, PICTURE)

    def render(self, studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch | Failed]:
        """A batch a picture, in one forward pass."""
        wanted: dict[str, list[Ask]] = {}
        for ask in asks:
            wanted.setdefault(str(ask.item), []).append(ask)
        for picture, group in wanted.items():
            try:
                yield from _measured(studio, picture, group)
            except Exception as error:  # the network is the user's code: it may raise what it likes
                log.debug("%s", picture, exc_info=True)
                yield Failed(group, f"hypotheses: {told(error)}")


def _measured(studio: Studio, picture: str, asks: Sequence[Ask]) -> Iterator[Batch | Failed]:
    from convatlas.network.preprocess import prepare

    pixels = prepare(studio.shown[picture](), studio.study.network.preprocessing)
    layers = {ask.layer for ask in asks if ask.layer is not None}
    means = _means(studio, pixels, layers) if layers else {}
    done: Batch = []
    for ask in asks:
        if ask.layer is None:
            done.append((ask, Record({}, {"picture": encode(pixels)})))
        elif np.isfinite(means[ask.layer]).all():
            done.append((ask, Record({"means": means[ask.layer]})))
        else:
            reason = f"{ask.layer}: a response is not finite; look at its weights"
            yield Failed([ask], f"hypotheses: {reason}")
    yield done


def _means(
    studio: Studio, pixels: NDArray[np.uint8], layers: Collection[str]
) -> dict[str, list[float]]:
    """The mean response of every filter of some layers, in one forward pass.

    Raises:
        NetworkError: a layer is not reached.
    """
    import torch

    from convatlas.network.responses import as_inputs, tap

    inputs = as_inputs(pixels[None], studio.study.network.preprocessing, studio.device)
    means: dict[str, list[float]] = {}

    def receiver(name: str) -> Callable[[torch.Tensor], None]:
        def receive(response: torch.Tensor) -> None:
            means[name] = [short(mean) for mean in response[0].cpu().double().mean((1, 2)).tolist()]

        return receive

    taps = {studio.layer(name).tap: receiver(name) for name in layers}
    with torch.inference_mode():
        tap(studio.module, inputs, {at: receive for at, receive in taps.items() if at})
    return means
