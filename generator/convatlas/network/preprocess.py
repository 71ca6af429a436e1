"""From a picture to the network's input, by torchvision's ``ImageClassification`` steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from convatlas.config import schema
from convatlas.model.records import Preprocessing

IMAGENET = Preprocessing(
    size=(224, 224),
    resize=(256,),
    channels=3,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    interpolation="bilinear",
)
"""What torchvision's classifiers were trained with, unless their weights say otherwise."""


def prepare(image: Image.Image, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """A picture resized and cropped as the network sees it: [h, w, channels], values 0 to 255.

    Exactly torchvision's ``ImageClassification`` up to its conversion to floats: the shorter side
    to ``resize`` (two numbers: height and width), then the centre crop, which pads smaller
    pictures with black. Grey and colour pictures become what the network takes.
    """
    sized = image.convert("L" if preprocessing.channels == 1 else "RGB")
    mode = InterpolationMode(preprocessing.interpolation)
    sized = F.resize(sized, list(preprocessing.resize), interpolation=mode, antialias=True)
    sized = F.center_crop(sized, list(preprocessing.size))
    height, width = preprocessing.size
    return np.array(sized).reshape(height, width, preprocessing.channels)


def preprocessing(
    model: schema.Model, module: nn.Module, transforms: Any | None = None
) -> Preprocessing:
    """The preprocessing of a network: what ``input`` says, else its weights, else ImageNet's.

    ``transforms`` is what torchvision's weights return from ``transforms()``. Where ``input`` gives
    ``size`` but not ``resize``, the shorter side becomes 256/224 of the size's longer side, so
    that the crop never reaches beyond the picture. A network whose first convolution takes one
    channel is given grey pictures, with the three channels' mean and deviation averaged.

    Raises:
        ValueError: ``mean`` or ``std`` do not have one number a channel.
    """
    given, base = model.input, from_transforms(transforms)
    channels = given.channels or _channels(module)
    size, resize = base.size, base.resize
    if given.size is not None:
        sides = [given.size] * 2 if isinstance(given.size, int) else given.size
        size = (sides[0], sides[1])
        resize = (round(max(size) * 256 / 224),)
    if given.resize is not None:
        resize = (given.resize,) if isinstance(given.resize, int) else tuple(given.resize)
    return Preprocessing(
        size,
        resize,
        channels,
        _each(given.mean, base.mean, channels, "mean"),
        _each(given.std, base.std, channels, "std"),
        given.interpolation or base.interpolation,
    )


def from_transforms(transforms: Any | None) -> Preprocessing:
    """What torchvision's presets say; what they leave open is as for ImageNet.

    Presets that do not crop (segmentation) are cropped to a square of their shorter side.
    """
    resize = tuple(getattr(transforms, "resize_size", None) or IMAGENET.resize)
    crop = list(getattr(transforms, "crop_size", None) or ())
    if not crop:
        crop = list(resize if getattr(transforms, "resize_size", None) else IMAGENET.size)
    mode = getattr(transforms, "interpolation", None)
    return Preprocessing(
        size=(crop[0], crop[-1]),
        resize=resize,
        channels=3,
        mean=tuple(getattr(transforms, "mean", IMAGENET.mean)),
        std=tuple(getattr(transforms, "std", IMAGENET.std)),
        interpolation=IMAGENET.interpolation if mode is None else cast(str, mode.value),
    )


def _channels(module: nn.Module) -> int:
    """1 where the first convolution takes grey pictures, else 3."""
    first = next((each for each in module.modules() if isinstance(each, nn.Conv2d)), None)
    return 1 if first is not None and first.in_channels == 1 else 3


def _each(
    given: Sequence[float] | None, base: Sequence[float], channels: int, name: str
) -> tuple[float, ...]:
    """One number a channel."""
    if given is None:
        same = len(base) == channels
        return tuple(base) if same else (round(sum(base) / len(base), 6),) * channels
    if len(given) != channels:
        count = "1 channel" if channels == 1 else f"{channels} channels"
        raise ValueError(f"`{name}` has {len(given)} numbers for {count}; give one a channel")
    return tuple(float(value) for value in given)
