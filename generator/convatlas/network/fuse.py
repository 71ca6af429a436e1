"""Fold batch norms into the convolutions before them where only rounding changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from convatlas.model.facts import Layer
from convatlas.network.copying import copied


def fused(network: nn.Module, layers: Sequence[Layer]) -> nn.Module:
    """Return a copy of a network in eval mode with batch norms folded into convolutions.

    ``layers`` are the network's recorded layers, which say which norm directly follows which
    convolution. A pair is left as it is if either of them is called more than once or the norm has
    no running statistics. The taps of the copy differ, so its layers must be recorded again.
    """
    worker = copied(network)
    modules = Counter(layer.module for layer in layers)
    norms = Counter(layer.norm for layer in layers)
    for layer in layers:
        if layer.norm is None or modules[layer.module] > 1 or norms[layer.norm] > 1:
            continue
        convolution, norm = worker.get_submodule(layer.module), worker.get_submodule(layer.norm)
        if (
            isinstance(convolution, nn.Conv2d | nn.ConvTranspose2d)
            and isinstance(norm, nn.BatchNorm2d)
            and _plain(convolution)
            and _plain(norm)
            and norm.running_var is not None
        ):
            folded = fuse_conv_bn_eval(convolution, norm, transpose=layer.transposed)
            _replace(worker, layer.module, folded)
            _replace(worker, layer.norm, nn.Identity())
    return worker


def _plain(module: nn.Module) -> bool:
    """Return whether a module is exactly torch's own class, without hooks and in eval mode."""
    own = type(module) in (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)
    hooked = module._forward_hooks or module._forward_pre_hooks
    return own and not hooked and not module.training


def _replace(network: nn.Module, path: str, module: nn.Module) -> None:
    parent, _, name = path.rpartition(".")
    setattr(network.get_submodule(parent), name, module)
