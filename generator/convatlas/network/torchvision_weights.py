"""Torchvision's networks and the weights that it publishes for them."""

from __future__ import annotations

import http.client
import inspect
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError

import torchvision
from torch import nn

from convatlas.config.suggestions import did_you_mean
from convatlas.config.user_code import UserCodeError, call
from convatlas.network.checkpoints import DAMAGED, refusal

_ASKING = ("googlenet", "inception_v3")
"""Networks that warn unless they are told whether to initialise themselves."""


class PublishedWeightsError(Exception):
    """Published weights do not exist, or cannot be fetched; says why in one sentence."""


def default_weights(name: str) -> Any | None:
    """The DEFAULT member of a network's weights enum; None where nothing is published.

    Raises:
        UserCodeError: torchvision has no such network.
    """
    known = torchvision.models.list_models()
    if name not in known:
        raise UserCodeError(f"torchvision has no network '{name}'; {did_you_mean(name, known)}")
    return getattr(torchvision.models.get_model_weights(name), "DEFAULT", None)


def without_weights(name: str, arguments: Mapping[str, Any], initialised: bool) -> nn.Module:
    """One of torchvision's networks without published weights, those of its backbone included.

    ``initialised`` false spares the slow initialisation where weights follow.

    Raises:
        UserCodeError: the network cannot be made with these arguments.
    """
    builder = torchvision.models.get_model_builder(name)
    settings = dict(arguments)
    if "weights_backbone" in inspect.signature(builder).parameters:
        settings.setdefault("weights_backbone", None)
    if name in _ASKING:
        settings.setdefault("init_weights", initialised)
    module: nn.Module = call(lambda: builder(weights=None, **settings), f"torchvision/{name}")
    return module


def with_weights(name: str, arguments: Mapping[str, Any], weights: Any) -> nn.Module:
    """One of torchvision's networks with published weights, fetched where they are not cached.

    Raises:
        PublishedWeightsError: they cannot be fetched.
        UserCodeError: the network cannot be made with these arguments.
    """
    _fetch(weights)
    builder = torchvision.models.get_model_builder(name)
    module: nn.Module = call(lambda: builder(weights=weights, **arguments), f"torchvision/{name}")
    return module


def find_weights(name: str, wanted: str) -> Any:
    """The member of a network's weights enum: ``IMAGENET1K_V1``, with the enum's name or without.

    Raises:
        PublishedWeightsError: there is none of this name.
    """
    members = torchvision.models.get_model_weights(name).__members__
    short = wanted.rpartition(".")[2]
    if short not in members:
        near = did_you_mean(short, members)
        message = f"torchvision/{name} has no weights '{wanted}'; {near}; or name a file"
        raise PublishedWeightsError(message)
    return members[short]


def _fetch(weights: Any) -> None:
    """Download the weights, unless they are there, and hold them to be tensors and no code.

    The network's own loading, which follows, then finds the file and would not refuse code.
    """
    remedy = "fetch it elsewhere and name the file: `weights: path/to/file.pth`"
    try:
        weights.get_state_dict(progress=True, check_hash=True, weights_only=True)
    except (URLError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        message = f"cannot be downloaded from {weights.url} ({reason}); {remedy}"
        raise PublishedWeightsError(message) from error
    except DAMAGED as error:
        message = f"what came from {weights.url} {refusal(str(error))}; {remedy}"
        raise PublishedWeightsError(message) from error
