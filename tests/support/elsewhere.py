"""Contexts whose network is on another device."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch

from convatlas.lenses.base import RenderContext


def elsewhere(context: RenderContext, device: torch.device) -> RenderContext:
    """The same context with a copy of its network on a device."""
    return replace(context, module=copy.deepcopy(context.module).to(device), device=device)
