"""Turn pictures into a network's input, with the steps of torchvision's ``ImageClassification``."""

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
from convatlas.model.facts import Preprocessing

IMAGENET = Preprocessing(
    size=(224, 224),
    resize=(256,),
    channels=3,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    interpolation="bilinear",
)
"""The preprocessing that torchvision's classifiers use unless their weights say otherwise."""


def prepare(image: Image.Image, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Resize and crop a picture to what the network sees: uint8 [h, w, channels].

    Identical to torchvision's ``ImageClassification`` before its conversion to floats: the shorter
    side is resized to ``resize`` (or, if it has two numbers, to that height and width), then the
    centre is cropped, with black padding if the picture is smaller. Grey and colour pictures are
    converted to the number of channels that the network takes.
    """
    sized = image.convert("L" if preprocessing.channels == 1 else "RGB")
    mode = InterpolationMode(preprocessing.interpolation)
    sized = F.resize(sized, list(preprocessing.resize), interpolation=mode, antialias=True)
    sized = F.center_crop(sized, list(preprocessing.size))
    height, width = preprocessing.size
    return np.array(sized).reshape(height, width, preprocessing.channels)


def at_own_scale(
    image: Image.Image, made_for: Sequence[int], preprocessing: Preprocessing
) -> NDArray[np.uint8]:
    """Lay a picture for another network on grey, in the middle of the input.

    The result is uint8 [h, w, channels], of the size of the input. What it shows has the size,
    relative to the input, that it has for the network that it was made for; a picture larger than
    that network's input is shown whole. Resizing is bilinear with antialiasing, and colours are
    converted as for ``prepare``.

    Args:
        image: The picture.
        made_for: Height and width of the input of the network that the picture was made for.
        preprocessing: The preprocessing of the network that it is shown to.
    """
    own = [image.height, image.width]
    size = [
        min(whole, max(1, round(side * whole / theirs)))
        for side, theirs, whole in zip(own, made_for, preprocessing.size, strict=True)
    ]
    mode = "L" if preprocessing.channels == 1 else "RGB"
    sized = F.resize(image.convert(mode), size, InterpolationMode.BILINEAR, antialias=True)
    height, width = preprocessing.size
    shown = Image.new(mode, (width, height), "#808080")
    shown.paste(sized, ((width - size[1]) // 2, (height - size[0]) // 2))
    return np.array(shown).reshape(height, width, preprocessing.channels)


def preprocessing(
    model: schema.Model, module: nn.Module, transforms: Any | None = None
) -> Preprocessing:
    """Return the preprocessing of a network: as in ``input``, else of its weights, else ImageNet's.

    If ``input`` has ``size`` but not ``resize``, the shorter side is resized to 256/224 of the
    size's longer side, so that the crop never extends beyond the picture. A network whose first
    convolution takes one channel gets grey pictures, with the averages of the three channels' means
    and standard deviations.

    Args:
        model: The network's configuration.
        module: The network.
        transforms: What torchvision's weights return from ``transforms()``.

    Raises:
        ValueError: ``mean`` or ``std`` does not have one number per channel.
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
    """Return the preprocessing of one of torchvision's presets, completed with ImageNet's.

    For presets that do not crop (segmentation), the crop is a square of the shorter side.
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
    """Return 1 if the first convolution takes grey pictures, else 3."""
    first = next((each for each in module.modules() if isinstance(each, nn.Conv2d)), None)
    return 1 if first is not None and first.in_channels == 1 else 3


def _each(
    given: Sequence[float] | None, base: Sequence[float], channels: int, name: str
) -> tuple[float, ...]:
    """Return one number for each channel."""
    if given is None:
        same = len(base) == channels
        return tuple(base) if same else (round(sum(base) / len(base), 6),) * channels
    if len(given) != channels:
        count = "1 channel" if channels == 1 else f"{channels} channels"
        raise ValueError(f"`{name}` has {len(given)} numbers for {count}; give one a channel")
    return tuple(float(value) for value in given)
