"""Torchvision's networks and their published weights."""

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
from convatlas.network.weights_files import DAMAGED, refusal

_ASKING = ("googlenet", "inception_v3")
"""Networks that warn unless they are given ``init_weights``."""


class PublishedWeightsError(Exception):
    """Published weights do not exist or cannot be downloaded; the message says why."""


def default_weights(name: str) -> Any | None:
    """Return the DEFAULT member of a network's weights enum, or None if it has no weights.

    Raises:
        UserCodeError: torchvision has no such network.
    """
    known = torchvision.models.list_models()
    if name not in known:
        raise UserCodeError(f"torchvision has no network '{name}'; {did_you_mean(name, known)}")
    return getattr(torchvision.models.get_model_weights(name), "DEFAULT", None)


def without_weights(name: str, arguments: Mapping[str, Any], initialised: bool) -> nn.Module:
    """Construct one of torchvision's networks without published weights, also for its backbone.

    If ``initialised`` is false, the slow initialisation is skipped, for weights that are loaded
    later.

    Raises:
        UserCodeError: the network cannot be constructed with these arguments.
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
    """Construct one of torchvision's networks with published weights, downloaded unless cached.

    Raises:
        PublishedWeightsError: the weights cannot be downloaded.
        UserCodeError: the network cannot be constructed with these arguments.
    """
    _fetch(weights)
    builder = torchvision.models.get_model_builder(name)
    module: nn.Module = call(lambda: builder(weights=weights, **arguments), f"torchvision/{name}")
    return module


def find_weights(name: str, wanted: str) -> Any:
    """Return a member of a network's weights enum by name, with or without the enum's own name.

    Raises:
        PublishedWeightsError: there is no member with this name, such as ``IMAGENET1K_V1``.
    """
    members = torchvision.models.get_model_weights(name).__members__
    short = wanted.rpartition(".")[2]
    if short not in members:
        near = did_you_mean(short, members)
        message = f"torchvision/{name} has no weights '{wanted}'; {near}; or name a file"
        raise PublishedWeightsError(message)
    return members[short]


def _fetch(weights: Any) -> None:
    """Download the weights unless they are cached, and verify that they are tensors and not code.

    The network's own loading would not refuse code; afterwards, it finds the file in the cache.
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
