"""Networks with real ImageNet weights that see the same photographs, in an atlas of their own.

SqueezeNet 1.1 and 1.0, MobileNet v2, and a ResNet-18 that is real up to layer3. Their layers and
classes have torchvision's names and order, with one exception: MobileNet v2's class scores, a
linear layer on the mean of the last maps, are a 1x1 convolution before the mean, which is the same
function, so that each class has a filter: ``classifier.1`` as in SqueezeNet.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torchvision import models

from convatlas.config.read import Configuration
from convatlas.network.preprocess import IMAGENET, at_own_scale, prepare
from convatlas.network.responses import as_inputs
from convatlas.opening.configuration import parse
from machine import DATA

CLASS_LAYER = "classifier.1"
"""The layer whose filters are classes, where a network has one."""

WITH_CLASSES = ("squeezenet1_1", "squeezenet1_0", "mobilenet_v2")
UP_TO_LAYER3 = "resnet18"

LAYERS = {UP_TO_LAYER3: ["conv1", "layer1.*", "layer2.*", "layer3.*"]}
"""Where weights are missing, the layers before them."""

CPU = torch.device("cpu")

PHOTOGRAPHS = DATA / "images" / "imagenet-1k-sample"


class ClassMaps(nn.Module):
    """MobileNet v2 with a map for each class, whose mean is the class's score."""

    def __init__(self, network: models.MobileNetV2) -> None:
        super().__init__()
        linear = network.classifier[1]
        scores = nn.Conv2d(linear.in_features, linear.out_features, 1)
        scores.weight = nn.Parameter(linear.weight.detach()[:, :, None, None])
        scores.bias = linear.bias
        self.features = network.features
        self.classifier = nn.Sequential(network.classifier[0], scores)

    def forward(self, inputs: Tensor) -> Tensor:
        """Class scores [n, classes]."""
        scores: Tensor = self.classifier(self.features(inputs)).mean((2, 3))
        return scores


@cache
def network(name: str) -> nn.Module:
    """A network by name, in eval mode.

    Raises:
        SystemExit: the real weights are not there.
    """
    file = "resnet18_without_layer4_convs" if name == UP_TO_LAYER3 else name
    path = DATA / "weights" / f"{file}.pth"
    if not path.exists():
        raise SystemExit(f"{path} is not there; set CONVATLAS_REAL_DATA")
    module = models.get_model(name, weights=None)
    state = torch.load(path, map_location="cpu", weights_only=True)
    module.load_state_dict(state, strict=name != UP_TO_LAYER3)
    return (ClassMaps(module) if name == "mobilenet_v2" else module).eval()


def configuration(names: Sequence[str]) -> Configuration:
    """An atlas of some of the networks, which are to be passed in memory."""
    data = {
        "models": [
            {"name": name, "source": f"torchvision/{name}", "layers": LAYERS.get(name, ["*"])}
            for name in names
        ],
        "images": [
            {
                "name": "photos",
                "source": f"folder:{PHOTOGRAPHS}",
                "labels": str(PHOTOGRAPHS / "labels.json"),
                "publish": "none",
                "heatmaps": False,
            }
        ],
        "lenses": {"kernels": False, "maximize": False},
    }
    return parse(json.dumps(data), Path("atlas.yaml"), dict(os.environ))


def class_name(label: int) -> str:
    """What a class is called."""
    return _files()[label][1]


def photograph(file: str) -> NDArray[np.uint8]:
    """A photograph as the networks see it: uint8 [224, 224, 3]."""
    return prepare(Image.open(PHOTOGRAPHS / file), IMAGENET)


def photograph_of(label: int) -> NDArray[np.uint8]:
    """The photograph of a class."""
    return photograph(_files()[label][0])


@cache
def _files() -> dict[int, tuple[str, str]]:
    """The file of each class's photograph, and the class's name."""
    files = json.loads((PHOTOGRAPHS / "labels.json").read_text(encoding="utf-8"))["files"]
    return {entry["index"]: (file, entry["name"]) for file, entry in files.items()}


def resized(pixels: NDArray[np.uint8]) -> Tensor:
    """A picture, uint8 [h, w, 3], enlarged or reduced to the whole input: [1, 3, 224, 224]."""
    shown = at_own_scale(Image.fromarray(pixels), pixels.shape[:2], IMAGENET)
    return as_inputs(shown[None], IMAGENET, CPU)
