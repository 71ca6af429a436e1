"""What a network goes on with after each layer, the gradients of its output, and ablation.

An activation is a layer's response after the nonlinearity that directly follows it
(``Layer.consumed``), [pictures, filters, rows, columns].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge

from convatlas.errors import NetworkError, describe
from convatlas.model.facts import Layer, Tap
from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.gradients import GradientsOn
from convatlas.network.memory import out_of_memory
from convatlas.network.plain import as_written
from convatlas.network.tapping import Tapping, as_maps
from convatlas.network.tensors import tensors


class Activations:
    """A forward pass of a whole network whose output can be traced back to its activations.

    Attributes:
        output: What the network returned.
        values: By layer, a copy of its activations; without layers that the pictures do not reach.
    """

    def __init__(self, network: nn.Module, layers: Sequence[Layer], inputs: Tensor) -> None:
        """Run the network on ``inputs`` [n, channels, height, width].

        Raises:
            NetworkError: the network does not run with gradients.
        """
        self._taps = {consumed(layer): layer.name for layer in layers}
        self.output: Any = None
        self.values: dict[str, Tensor] = {}
        self._edges: dict[str, GradientEdge] = {}
        with torch.inference_mode(False), torch.enable_grad():
            self._run_with_gradients(network, inputs)
        # Where gradients are switched on in spite of the network, nothing could be detached.
        self.values = {name: value.detach() for name, value in self.values.items()}

    def gradients(self, target: Tensor) -> dict[str, Tensor]:
        """Return the gradients of a number by layer, in the shape of the activations.

        Layers on which the number does not depend have none. It may be called repeatedly.
        """
        names = list(self._edges)
        if not target.requires_grad:
            return {}
        found = torch.autograd.grad(
            target, list(self._edges.values()), retain_graph=True, allow_unused=True
        )
        taps = {name: tap for tap, name in self._taps.items()}
        pairs = zip(names, found, strict=True)
        return {
            name: as_maps(taps[name], gradient, len(self.values[name]))
            for name, gradient in pairs
            if gradient is not None
        }

    def _run_with_gradients(self, network: nn.Module, inputs: Tensor) -> None:
        """Run the network, and once more if it switches gradients off or fails with them.

        It may switch them off for what follows its last layer alone.
        """
        failure: Exception | None = None
        try:
            self._run(network, inputs)
        except RuntimeError as error:
            if out_of_memory(error):
                raise
            failure = error
        if failure is None and len(self._edges) == len(self.values) and not self._cut_off():
            return
        with GradientsOn():
            try:
                self._run(network, inputs)
            except RuntimeError as error:
                if out_of_memory(error):
                    raise
                cause = failure or error
                raise NetworkError(
                    f"the network does not run with gradients ({describe(cause)}); switch the lens"
                    " off"
                ) from error

    def _cut_off(self) -> bool:
        """Return whether no tensor of the output has a gradient."""
        found = [tensor.requires_grad for tensor in tensors(self.output)]
        return bool(found) and not any(found)

    def _run(self, network: nn.Module, inputs: Tensor) -> None:
        self.values, self._edges = {}, {}
        given = inputs.clone().requires_grad_()
        mode = _Keeping(network, dict.fromkeys(self._taps, _ignore), given.dtype, len(inputs))
        with foreign_exceptions(), as_written(), mode.observing():
            self.output = network(given * 1)  # because the network may write to it
        for tap, (value, edge) in mode.kept.items():
            self.values[self._taps[tap]] = value
            if edge is not None:
                self._edges[self._taps[tap]] = edge


class _Keeping(Tapping):
    """Keeps a copy of each activation, and the edge of autograd's graph that it is."""

    def __init__(
        self, network: nn.Module, taps: Mapping[Tap, Any], dtype: torch.dtype, pictures: int
    ) -> None:
        super().__init__(network, taps, dtype, pictures=pictures, stop=False)
        self.kept: dict[Tap, tuple[Tensor, GradientEdge | None]] = {}

    def serve(self, tap: Tap, result: Tensor) -> None:
        """Keep an activation as it is now, because later operations may write to it."""
        self.waiting.pop(tap)
        edge = get_gradient_edge(result) if result.requires_grad else None
        self.kept[tap] = as_maps(tap, result.detach().clone(), self.pictures), edge


class _Ablating(Tapping):
    """Sets some channels of activations to fixed values."""

    def __init__(
        self,
        network: nn.Module,
        changes: Mapping[Tap, tuple[Tensor, Tensor]],
        dtype: torch.dtype,
        pictures: int,
    ) -> None:
        taps = dict.fromkeys(changes, _ignore)
        super().__init__(network, taps, dtype, pictures=pictures, stop=False)
        self.changes = changes

    def serve(self, tap: Tap, result: Tensor) -> None:
        """Write the values into the activations of all pictures, where the network reads them.

        Raises:
            RuntimeError: the pictures are groups of one map that is not contiguous.
        """
        self.waiting.pop(tap)
        filters, values = self.changes[tap]
        values = values.to(result.dtype)
        if tap.channels_last:
            result[..., filters] = values
        elif tap.grouped and len(result) == 1:
            maps = result.view(self.pictures, -1, *result.shape[2:])
            maps[:, filters] = values[:, None, None]
        else:
            result[:, filters] = values[:, None, None]


def ablated(
    network: nn.Module,
    inputs: Tensor,
    changes: Mapping[Tap, tuple[Tensor, Tensor]],
) -> Any:
    """Return the output of a network some of whose filters are set to fixed values everywhere.

    Args:
        network: The network.
        inputs: A batch [n, channels, height, width].
        changes: By the tap of activations, the indices of the filters [k] and their values [k].
    """
    mode = _Ablating(network, changes, inputs.dtype, len(inputs))
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        for context in (foreign_exceptions(), as_written(), mode.observing()):
            stack.enter_context(context)
        return network(inputs.clone())  # because the network may write to it


def consumed(layer: Layer) -> Tap:
    """Return the tap of a layer's activations.

    Raises:
        NetworkError: the recorded forward pass does not reach the layer.
    """
    if layer.consumed is None:
        raise NetworkError(f"the layer {layer.name} is never reached by the forward pass")
    return layer.consumed


def _ignore(_: Tensor) -> None:
    """Do nothing with a response."""
