"""Detectors and segmenters of torchvision as networks that take a batch of pictures."""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models import detection, segmentation


class Detector(nn.Module):
    """The part of a detector that convolves: its backbone and the head that proposes regions.

    The parts keep the names that they have in the detector, so that its state dict fits.
    """

    def __init__(self, detector: nn.Module) -> None:
        super().__init__()
        self.backbone = detector.backbone
        self.rpn = detector.rpn

    def forward(self, x: Tensor) -> list[list[Tensor]]:
        """From pictures [n, 3, height, width] to what each level of the pyramid says of them."""
        return self.rpn.head(list(self.backbone(x).values()))


class Segmenter(nn.Module):
    """A segmenter with its one answer instead of a mapping of answers."""

    def __init__(self, segmenter: nn.Module) -> None:
        super().__init__()
        self.backbone, self.classifier = segmenter.backbone, segmenter.classifier

    def forward(self, x: Tensor) -> Tensor:
        """From pictures [n, 3, height, width] to scores [n, classes, height / 8, width / 8]."""
        return self.classifier(self.backbone(x)["out"])


def faster_rcnn() -> Detector:
    """Faster R-CNN on MobileNet v3, without weights."""
    make = detection.fasterrcnn_mobilenet_v3_large_320_fpn
    return Detector(make(weights=None, weights_backbone=None))


def deeplab() -> Segmenter:
    """DeepLab v3 on MobileNet v3, without weights."""
    make = segmentation.deeplabv3_mobilenet_v3_large
    return Segmenter(make(weights=None, weights_backbone=None))
