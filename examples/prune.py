"""A site's ``prune.csv`` taken into ``torch.nn.utils.prune``, to be trained further from there.

The audit sets a filter to its mean; here its kernel and its bias become zero. What follows, such as
a batch norm, then sees a constant, and training makes up for the rest.
"""

from __future__ import annotations

import csv
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils import prune


def apply(network: nn.Module, file: Path, share: float) -> None:
    """Mask the filters of convolutions that the audit masks at ``share``."""
    masks: dict[nn.Module, torch.Tensor] = {}
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            module = network.get_submodule(row["layer"].partition("@")[0])
            mask = masks.setdefault(module, torch.ones(module.out_channels))
            if row["masked_at"] and float(row["masked_at"]) <= share:
                mask[int(row["index"])] = 0
    for module, mask in masks.items():
        whole = mask[:, None, None, None].expand_as(module.weight)
        prune.custom_from_mask(module, "weight", whole)
        if module.bias is not None:
            prune.custom_from_mask(module, "bias", mask)
