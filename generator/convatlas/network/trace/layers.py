"""The layers of a network: each call of a convolution, with its response and receptive field."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convatlas.errors import NetworkError, message
from convatlas.model.records import Layer
from convatlas.network.fingerprints import fingerprints, network_digest, tensor_digest
from convatlas.network.receptive_fields.receptive_field import receptive_field, whole_image
from convatlas.network.trace.concat_units import units
from convatlas.network.trace.graph import Node
from convatlas.network.trace.modules import CONVOLUTIONS, Convolution
from convatlas.network.trace.norms import norms_after, with_norm
from convatlas.network.trace.record import count, record
from convatlas.network.trace.refused_input import explain
from convatlas.network.trace.successors import next_operation, rectified

LOG = logging.getLogger("convatlas.network")
OTHERS = (nn.Conv1d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose3d)
FOREIGN = re.compile("Conv(Transpose)?2d")
"""Matches the class names of other convolutions: quantised, deformable, compiled ones."""
Shape = tuple[int, int, int]


def record_layers(
    network: nn.Module, shape: Shape, *, source_digest: str = ""
) -> tuple[tuple[Layer, ...], tuple[tuple[str, str], ...]]:
    """Return a network's layers in execution order, and convolutions that are none, with reasons.

    The network is run once on a picture of faint noise and left as it was. Convolutions that are
    not reached come last. If the operations cannot be traced, a warning is logged, every receptive
    field is the whole image, and ``upstream_digest`` covers the whole state dict and
    ``source_digest``.

    Args:
        network: The network.
        shape: The shape of its input: channels, height, width.
        source_digest: A digest of the network's source.

    Raises:
        NetworkError: the network does not run on such an input.
    """
    skipped = tuple(_skipped(network))
    names = {name for name, _ in skipped}
    try:
        convolutions = record(network, shape)
    except NetworkError:
        raise
    except Exception as failure:  # the network is the user's code and may raise anything
        LOG.debug("while operations are followed", exc_info=True)
        convolutions = _counted(network, shape, failure)
        source_digest = network_digest(network, source_digest)
    shown = [made for made in convolutions if made.module not in names]
    reached = list(_reached(network, shown, shape, source_digest))
    names |= {layer.module for layer in reached}
    missed = [
        _layer(path, path, module, reached=False)
        for path, module in network.named_modules()
        if isinstance(module, CONVOLUTIONS) and path not in names
    ]
    root = _root(network)
    layers = [
        layer if layer.module else replace(layer, name=root + layer.name)
        for layer in (*reached, *missed)
    ]
    return tuple(layers), tuple((path or root, reason) for path, reason in skipped)


def _root(network: nn.Module) -> str:
    """Return a name for a network that is itself a layer and has no path: that of its class."""
    paths = {path for path, _ in network.named_modules()}
    name = type(network).__name__
    while name in paths:
        name += "_"
    return name


def _counted(network: nn.Module, shape: Shape, failure: Exception) -> list[Convolution]:
    """Return the convolutions without a graph, or raise if the network does not run at all."""
    try:
        convolutions = count(network, shape)
    except Exception as error:  # the network is the user's code and may raise anything
        LOG.debug("while convolutions are counted", exc_info=True)
        raise NetworkError(explain(network, shape, error)) from error
    LOG.warning(
        "the network's operations cannot be followed (%s: %s); receptive fields are the whole"
        " image, and any change to the weights renders every layer again",
        type(failure).__name__,
        message(failure),
    )
    return convolutions


def _skipped(network: nn.Module) -> Iterator[tuple[str, str]]:
    """Yield modules that convolve but are not layers, with the reasons."""
    for path, module in network.named_modules():
        kind = getattr(module, "original_name", type(module).__name__)
        if isinstance(module, torch.jit.ScriptModule):
            if FOREIGN.search(kind):
                yield path, f"{kind} is compiled by TorchScript, and cannot be looked into"
        elif any(is_lazy(p) for p in module._parameters.values() if p is not None):
            if isinstance(module, (*CONVOLUTIONS, *OTHERS)):
                yield path, "it is lazy and has no weights yet"
        elif isinstance(module, CONVOLUTIONS) and module.weight.is_complex():
            yield path, "its weights are complex numbers, and its responses have no highest one"
        elif isinstance(module, OTHERS):
            yield path, f"{kind} does not work on two-dimensional maps"
        elif FOREIGN.search(kind) and not any(
            isinstance(m, CONVOLUTIONS) for m in module.modules()
        ):
            yield path, f"{kind} is neither a Conv2d nor a ConvTranspose2d"


def _reached(
    network: nn.Module, convolutions: list[Convolution], shape: Shape, whole: str
) -> Iterator[Layer]:
    """Yield the layers whose response can be recorded, in the order of their calls."""
    modules = dict(network.named_modules())
    usable = [made for made in convolutions if _usable(made)]
    norms = norms_after(network, shape, usable)
    responses = {made: norm[-1] if (norm := norms[made]) else made.node for made in usable}
    upstream = fingerprints(node for node in responses.values() if node is not None)
    calls = Counter[str]()
    for made in usable:
        calls[made.module] += 1
        nth = calls[made.module]
        name = made.module if nth == 1 else f"{made.module}@{nth}"
        node = responses[made]
        module = modules[made.module]
        if node is None:
            field = whole_image(shape[1:], made.shape)
            everything = whole or network_digest(network, "")
            facts: dict[str, Any] = {
                "tap": made.tap,
                "field": field,
                "local_field": field,
                "upstream_digest": everything,
                "conditional": made.conditional,
            }
        else:
            facts = {**_facts(made, norms[made]), "upstream_digest": upstream[node]}
        yield _layer(name, made.module, module, map_size=made.shape[2:], **facts)


def _usable(made: Convolution) -> bool:
    """Return whether a call's response is one map per picture."""
    if len(made.shape) != 4 or made.shape[0] != 1:
        LOG.warning(
            "%s answers with %s for one picture, not with one map; only its kernels are shown",
            made.module,
            list(made.shape),
        )
        return False
    return True


def _facts(made: Convolution, norm: list[Node]) -> dict[str, Any]:
    """Return what the graph says about a response: of the convolution, or its batch norm."""
    node = norm[-1] if norm else made.node
    assert node is not None
    rows, columns, near_rows, near_columns = node.fields
    full = receptive_field(rows, columns, made.shape)
    local = receptive_field(near_rows, near_columns, made.shape)
    path = node.frame.path if node.frame is not None else ""
    return {
        "tap": with_norm(made, norm),
        "norm": path if norm else None,
        "activation": next_operation(node),
        "rectified": rectified(node),
        "units": units(node),
        "field": full,
        "local_field": local,
        "conditional": node.conditional,
    }


def _layer(name: str, path: str, module: nn.Module, **facts: Any) -> Layer:
    """Return a layer's record, from its module and other facts."""
    assert isinstance(module, CONVOLUTIONS)
    weight: Tensor = module.weight
    padding = module.padding
    return Layer(
        name=name,
        module=path,
        kind=type(module).__name__,
        filters=module.out_channels,
        channels=module.in_channels,
        kernel=_pair(module.kernel_size),
        stride=_pair(module.stride),
        padding=_named_padding(module) if isinstance(padding, str) else _pair(padding),
        dilation=_pair(module.dilation),
        groups=module.groups,
        transposed=isinstance(module, nn.ConvTranspose2d),
        weights=tensor_digest(weight),
        **facts,
    )


def _pair(value: Any) -> tuple[int, int]:
    """Return a number, or one number for each axis, as a pair."""
    if isinstance(value, int):
        return value, value
    values = tuple(value)
    return (values[0], values[0]) if len(values) == 1 else (values[0], values[1])


def _named_padding(module: nn.Conv2d | nn.ConvTranspose2d) -> tuple[int, int]:
    """Return ``same`` or ``valid`` padding as numbers; if two sides differ, the smaller one."""
    if module.padding == "valid":
        return 0, 0
    kernel, dilation = _pair(module.kernel_size), _pair(module.dilation)
    return dilation[0] * (kernel[0] - 1) // 2, dilation[1] * (kernel[1] - 1) // 2
