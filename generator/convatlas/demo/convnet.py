"""The demo's network: seven convolutions and a last one for the classes, plain enough to be read.

Nothing but the first convolution's stride makes speckle in its gradients: maps shrink by averages.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

STAGES = (
    # filters, kernel, stride, pooled
    (24, 7, 2, True),
    (32, 3, 1, False),
    (48, 3, 1, True),
    (64, 3, 1, False),
    (64, 3, 1, True),
    (96, 3, 1, False),
    (128, 3, 1, False),
)
"""456 filters; the fields grow from 7 to 133 pixels, from an edge to the whole picture."""


class DemoNet(nn.Sequential):
    """Maps pictures [n, 3, 96, 96] (mean 0.5, standard deviation 0.25 taken out) to class scores.

    Modules bear the number of their stage: ``conv1``, ``norm1``, ``relu1``, ``pool1`` and so on.
    The last convolution, ``scores``, has a filter for each class, as in SqueezeNet.
    """

    conv1: nn.Conv2d

    def __init__(self, classes: int) -> None:
        """Untrained, with an output for each of ``classes``."""
        modules: OrderedDict[str, nn.Module] = OrderedDict()
        channels = 3
        for i, (filters, kernel, stride, pooled) in enumerate(STAGES, start=1):
            modules[f"conv{i}"] = nn.Conv2d(
                channels, filters, kernel, stride, padding=kernel // 2, bias=False
            )
            modules[f"norm{i}"] = nn.BatchNorm2d(filters)
            modules[f"relu{i}"] = nn.ReLU(inplace=True)
            if pooled:
                modules[f"pool{i}"] = nn.AvgPool2d(2)
            channels = filters
        modules["scores"] = nn.Conv2d(channels, classes, 1)
        modules["mean"] = nn.AdaptiveAvgPool2d(1)
        modules["flatten"] = nn.Flatten()
        super().__init__(modules)
