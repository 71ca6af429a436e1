"""One hop: from the activations of layers to what the next convolutions are given.

No convolution lies between. So if the activations of all filters of a layer are ablated at once,
each channel that a convolution is given shows what ablating its own filter alone would do there,
as long as everything that mixes channels is held. What was ablated goes no further: every
convolution computes what it does without the change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.model.facts import Layer, Tap
from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.plain import as_written
from convatlas.network.tapping import Served, Tapping, as_maps
from convatlas.network.trace.geometry import PARAMETERS, Geometry, bound, of_call
from convatlas.network.variants import Called, Variants


@dataclass(frozen=True)
class Edge:
    """What a layer's convolution is given, and what the layer makes of it, for n pictures.

    The response is ``scale`` times the convolution's result plus ``offset``: the batch norm. The
    network may write to the tensors once they have been received.

    Attributes:
        geometry: The geometry of the convolution.
        weight: What it convolves with, as torch has it; of a linear layer, [filters, channels].
        bias: Its bias [filters], if any.
        given: What it is given [n, channels, rows, columns].
        ablated: The same in each group of ablations that changes it; with a single row if that is
            the same for all pictures.
        scale: Of each filter [filters].
        offset: Of each filter [filters].
        response: The layer's response [n, filters, rows, columns].
    """

    geometry: Geometry
    weight: Tensor
    bias: Tensor | None
    given: Tensor
    ablated: Mapping[int, Tensor]
    scale: Tensor
    offset: Tensor
    response: Tensor

    def without(self, group: int) -> Tensor:
        """Return what the convolution is given in a group of ablations."""
        return self.ablated.get(group, self.given)


@dataclass(frozen=True)
class Ablation:
    """Filters [k] of a layer that are set to values [k] in one group of ablations."""

    group: int
    filters: Tensor
    values: Tensor

    def applied(self, activations: Tensor, *, channels_last: bool) -> Tensor:
        """Return activations with it; one row if all filters of the layer are set."""
        values = self.values.to(activations.dtype)
        shape = (-1,) if channels_last else (-1, 1, 1)
        if len(values) == activations.shape[-1 if channels_last else 1]:
            filters = self.filters.to(values.device)
            every = torch.empty_like(values).index_copy_(0, filters, values)
            return torch.empty_like(activations[:1]).copy_(every.view(shape))
        changed = activations.clone()
        if channels_last:
            changed[..., self.filters] = values
        else:
            changed[:, self.filters] = values.view(shape)
        return changed


Receive = Callable[[Layer, Edge], None]
"""Receives the edges into a layer."""
Watch = Callable[[Layer, Tensor], None]
"""Receives the activations of a layer [n, filters, rows, columns], without ablation."""


Norms = Mapping[str, tuple[Tensor, Tensor]]
"""By layer, the scale and the offset of its batch norm [filters]: see ``Edge``."""


def norms(network: nn.Module, layers: Sequence[Layer], picture: Tensor) -> Norms:
    """Return what the norms of layers do to zeros and ones.

    Args:
        network: The network.
        layers: The layers.
        picture: A batch of one input [1, channels, height, width].
    """
    found: dict[str, tuple[Tensor, Tensor]] = {}

    def receive(layer: Layer, edge: Edge) -> None:
        found[layer.name] = edge.scale.clone(), edge.offset.clone()

    _run(_Hops(network, _known(layers), picture, {}, None, receive, None), picture)
    return found


def hop(
    network: nn.Module,
    layers: Sequence[Layer],
    inputs: Tensor,
    known: Norms,
    ablations: Mapping[str, Sequence[Ablation]],
    receive: Receive,
    watch: Watch | None = None,
) -> set[str]:
    """Run the network, and pass on the edges into each layer, in execution order.

    Args:
        network: The network.
        layers: The layers; those without a tap, or with kernels of their own for each picture, are
            left out.
        inputs: A batch [n, channels, height, width].
        known: What ``norms`` returned.
        ablations: What is ablated, by layer.
        receive: Receives the edges into each layer.
        watch: Receives the activations of each layer.

    Returns:
        The layers that were not reached, or not as they were recorded.
    """
    used = [layer for layer in _known(layers) if layer.name in known]
    mode = _Hops(network, used, inputs, ablations, known, receive, watch)
    _run(mode, inputs)
    return {layer.name for layer in used if {layer.tap, layer.consumed} & set(mode.waiting)}


def _known(layers: Sequence[Layer]) -> list[Layer]:
    return [layer for layer in layers if layer.tap and layer.consumed and not layer.dynamic]


def _run(mode: _Hops, inputs: Tensor) -> None:
    with ExitStack() as stack:
        stack.enter_context(suppress(Served))
        stack.enter_context(torch.no_grad())
        for context in (foreign_exceptions(), as_written(), mode.observing()):
            stack.enter_context(context)
        mode.network(inputs)


class _Hops(Tapping):
    """Ablates activations, holds what mixes channels, and passes on what convolutions are given."""

    def __init__(
        self,
        network: nn.Module,
        layers: Sequence[Layer],
        inputs: Tensor,
        ablations: Mapping[str, Sequence[Ablation]],
        norms: Norms | None,
        receive: Receive,
        watch: Watch | None,
    ) -> None:
        responses = {layer.tap: layer for layer in layers if layer.tap}
        consumed = {layer.consumed: layer for layer in layers if layer.consumed}
        taps = dict.fromkeys([*responses, *consumed], _ignore)
        super().__init__(network, taps, inputs.dtype, pictures=len(inputs), stop=True)
        self._responses, self._consumed = responses, consumed
        self.network, self._variants = network, Variants()
        self._ablations, self._norms = ablations, norms
        self._receive, self._watch = receive, watch
        self._call: dict[str, Any] = {}
        self._calls_of: dict[str, dict[str, Any]] = {}

    def evaluate(
        self,
        func: Callable[..., Any],
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Call a function of this name, with variants unless it mixes channels."""
        if name not in PARAMETERS:
            return self._variants.call(Called(func, name, args, kwargs))
        self._call = {"function": name, **bound(name, args, kwargs)}
        result = func(*args, **kwargs)
        if self._norms is None and isinstance(result, Tensor):
            first = result[:1]
            self._variants.keep(result, {0: torch.zeros_like(first), 1: torch.ones_like(first)})
        return result

    def begin(self, tap: Tap, result: Tensor) -> None:
        """Keep what the call of a tap was given."""
        if tap in self._responses:
            self._calls_of[self._responses[tap].name] = self._call
        super().begin(tap, result)

    def serve(self, tap: Tap, result: Tensor) -> None:
        """Pass on a response, or ablate activations."""
        self.waiting.pop(tap)
        if tap in self._responses:
            layer = self._responses[tap]
            call = self._calls_of.pop(layer.name)
            self._receive(layer, self._edge(layer.name, call, tap, result))
        if tap in self._consumed:
            layer = self._consumed[tap]
            if self._watch is not None:
                self._watch(layer, as_maps(tap, result, self.pictures))
            self._ablate(self._ablations.get(layer.name, ()), tap, result)

    def _edge(self, name: str, call: Mapping[str, Any], tap: Tap, result: Tensor) -> Edge:
        """Return the edges into a layer whose response is ``result``."""
        last = call["function"] == "linear"
        given: Tensor = call["input"]
        ablated = self._variants.of(given)
        if last:
            ablated = {group: each.permute(0, 3, 1, 2) for group, each in ablated.items()}
        scale, offset = self._norm(tap, result) if self._norms is None else self._norms[name]
        return Edge(
            geometry=of_call(call["function"], call),
            weight=call["weight"],
            bias=call.get("bias"),
            given=given.permute(0, 3, 1, 2) if last else given,
            ablated=ablated,
            scale=scale,
            offset=offset,
            response=as_maps(tap, result, self.pictures),
        )

    def _norm(self, tap: Tap, result: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the norm made of ones less what it made of zeros, and that [filters]."""
        made = self._variants.of(result)
        zeros, ones = (as_maps(tap, made[group], 1)[0, :, 0, 0] for group in (0, 1))
        return ones - zeros, zeros

    def _ablate(self, own: Sequence[Ablation], tap: Tap, result: Tensor) -> None:
        variants = dict(self._variants.of(result))
        for each in own:
            before = variants.get(each.group, result)
            variants[each.group] = each.applied(before, channels_last=tap.channels_last)
        self._variants.keep(result, variants)


def _ignore(_: Tensor) -> None:
    """Do nothing with a response."""
