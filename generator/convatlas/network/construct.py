"""Construct networks from what an atlas file names, and load their weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from convatlas.config import schema
from convatlas.config.read import Configuration
from convatlas.config.sources import parse_source
from convatlas.config.user_code import UserCodeError, call, make
from convatlas.errors import NetworkError, Problem
from convatlas.model.facts import Preprocessing
from convatlas.network.checkpoints import load_weights
from convatlas.network.copying import copied
from convatlas.network.lazy import draw_weights
from convatlas.network.preprocess import preprocessing
from convatlas.network.torchvision_weights import (
    PublishedWeightsError,
    default_weights,
    find_weights,
    with_weights,
    without_weights,
)
from convatlas.network.weights_files import WeightsError

SEED = 0
"""The random seed for constructing networks, so that those without weights are reproducible."""


@dataclass(frozen=True)
class Constructed:
    """A network as its source returns it, with its weights."""

    module: nn.Module
    weights: str  # a description for people
    files: tuple[Path, ...] = ()
    published: Any | None = None  # its torchvision weights, or those of its architecture
    categories: bool = False  # whether the classes of those weights are its classes
    original: nn.Module | None = None  # what it was copied from


def construct(model: schema.Model, configuration: Configuration) -> nn.Module:
    """Construct a network and load its weights, without finding its layers.

    Raises:
        ConfigError: the source does not exist, its code raises, or its weights cannot be loaded.
    """
    return constructed(model, configuration, None).module


def constructed(
    model: schema.Model, configuration: Configuration, module: nn.Module | None
) -> Constructed:
    """Construct a network and load its weights, or copy the ``module`` that is in memory.

    Raises:
        ConfigError: as for ``construct``; or some weights are on the meta device.
    """
    made = _constructed(model, configuration, module)
    _refuse_meta(model, configuration, made.module)
    return made


def _constructed(
    model: schema.Model, configuration: Configuration, module: nn.Module | None
) -> Constructed:
    try:
        if module is not None:
            network = call(lambda: copied(module), "copying the network")
            _draw_weights(model, configuration, network)
            return Constructed(network, "in memory", original=module)
        return _from_source(model, configuration)
    except NetworkError as error:
        configuration.fail([Problem(configuration.place(model), str(error))])
    except UserCodeError as error:
        configuration.fail([Problem((*configuration.place(model), "source"), str(error))])


def _refuse_meta(model: schema.Model, configuration: Configuration, network: nn.Module) -> None:
    tensors = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    absent = [name for name, tensor in tensors.items() if tensor.is_meta]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        message = (
            f"{absent[0]}{more} are on the meta device, without numbers; load the weights before"
            " the network is returned, or name their file in `weights`"
        )
        configuration.fail([Problem(configuration.place(model), message)])


def _from_source(model: schema.Model, configuration: Configuration) -> Constructed:
    source = parse_source(model.source)
    place = configuration.place(model)
    file = configuration.weights_file(model)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            if source.kind == "torchvision":
                made = _torchvision(model, source.target, file)
            else:
                made = _from_code(model, configuration)
        if file is None:
            return made
        load_weights(made.module, file, model.strict, model.weights_key)
    except (PublishedWeightsError, WeightsError) as error:
        configuration.fail([Problem((*place, "weights"), str(error))])
    files = (*made.files, file)
    weights = f"{file.name}, {model.weights_key}" if model.weights_key else file.name
    return replace(made, weights=weights, files=files)


def _torchvision(model: schema.Model, name: str, file: Path | None) -> Constructed:
    default = default_weights(name)
    if file is not None or model.weights == "none":
        module = without_weights(name, model.arguments, initialised=file is None)
        # A weights file usually is the published network, or was trained on the same classes.
        categories = file is not None and "num_classes" not in model.arguments
        return Constructed(module, "none", published=default, categories=categories)
    wanted = model.weights or "DEFAULT"
    weights = find_weights(name, wanted)
    module = with_weights(name, model.arguments, weights)
    return Constructed(module, wanted, published=weights, categories=True)


def _from_code(model: schema.Model, configuration: Configuration) -> Constructed:
    made = make(parse_source(model.source), model.arguments, configuration.folder)
    if not isinstance(made.value, nn.Module):
        kind = type(made.value).__name__
        message = f"{model.source} gives a {kind}; let it return the network, a torch.nn.Module"
        raise UserCodeError(message)
    # Copied because the user's code may keep a reference to the network.
    module = call(lambda: copied(made.value), f"copying {model.source}")
    _draw_weights(model, configuration, module)
    return Constructed(module, "as returned", made.files, original=made.value)


def _draw_weights(model: schema.Model, configuration: Configuration, network: nn.Module) -> None:
    inputs = preprocessing_of(model, configuration, network, None)
    draw_weights(network, (inputs.channels, *inputs.size))


def preprocessing_of(
    model: schema.Model, configuration: Configuration, network: nn.Module, published: Any | None
) -> Preprocessing:
    """Return a network's preprocessing, from the atlas file and its ``published`` weights.

    Raises:
        ConfigError: the options of ``input`` do not fit it.
    """
    transforms = None if published is None else published.transforms()
    try:
        return preprocessing(model, network, transforms)
    except ValueError as error:
        place = (*configuration.place(model), "input")
        configuration.fail([Problem(place, str(error))])
