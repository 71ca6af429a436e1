"""Attribution to pixels: gradients, plain or rectified on their way back.

The network itself is not modified. The forward pass is an ordinary one, and the rules are hooks on
the nodes of autograd's graph, so it does not matter whether a rectifier is a module, a function or
a method, works in place, or is called many times.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import get_gradient_edge
from torch.overrides import TorchFunctionMode

from convatlas.config.schema import Method
from convatlas.errors import NetworkError, describe
from convatlas.model.facts import Layer, Tap
from convatlas.network.gradients import GradientsOn
from convatlas.network.memory import out_of_memory
from convatlas.network.responses import not_reached, tap, tap_of
from convatlas.network.tapping import Receive
from convatlas.network.trace.calls import name_of

Gradients = tuple[Tensor | None, ...]

RECTIFIERS = {
    "ReluBackward": None,
    "ThresholdBackward": "_saved_threshold",
    "HardtanhBackward": "_saved_min_val",
    "ClampBackward": "_saved_min",
    "ClampMinBackward": "_saved_min",
    "LeakyReluBackward": "_saved_negative_slope",
}
"""Autograd nodes of operations that may clip at zero, and the attribute that holds their threshold.
"""

RECTIFYING = re.compile("relu|threshold|hardtanh|clamp|clip")
"""Matches the names of functions that do so, in place or not."""

REMEDY = "leave it out with `layers:`"


class Trace:
    """A forward pass through which layers' responses can be traced back to its input repeatedly.

    The plain gradient is that of the response. Guided backpropagation (Springenberg et al.,
    "Striving for Simplicity: The All Convolutional Net", 2015) also zeroes negative gradients at
    each rectifier, in addition to what the rectifier itself zeroes. The deconvnet (Zeiler and
    Fergus, "Visualizing and Understanding Convolutional Networks", 2014) zeroes negative gradients
    instead of what the rectifier zeroes. With all three, max pooling sends gradients to the
    positions of the maxima.

    Rectifiers are ReLU, ReLU6, and hardtanh, threshold and clamp if they clip at zero. Any other
    activation, smooth or leaky, is differentiated as usual, so in a network that has no rectifiers
    the three methods give the same result.
    """

    def __init__(self, network: nn.Module, layers: Sequence[Layer], inputs: Tensor) -> None:
        """Run the network on ``inputs`` [n, channels, height, width] up to the last of the layers.

        Raises:
            NetworkError: the network does not run with gradients, or a layer does not return one
                map for each input.
        """
        self._layers = {layer.name: layer for layer in layers}
        self.responses: dict[str, Tensor] = {}
        self._rule = _Rule()
        with torch.inference_mode(False), torch.enable_grad():
            self.inputs = inputs.clone().detach().requires_grad_()
            self._end = self._run_with_gradients(network, layers)
            self._rectifiers = {
                name: [node for node in _between(self.inputs, response) if _rectifies(node)]
                for name, response in self.responses.items()
            }
        for node in {node for nodes in self._rectifiers.values() for node in nodes}:
            node.register_prehook(self._rule.before)
            node.register_hook(self._rule.after)

    def reaches(self, layer: str) -> bool:
        """Return whether the inputs reach a layer."""
        return layer in self.responses

    def response(self, layer: str) -> Tensor:
        """Return a layer's response [n, filters, rows, columns].

        Raises:
            NetworkError: the inputs do not reach the layer.
        """
        if not self.reaches(layer):
            raise not_reached(self._layers[layer], self.inputs.shape[-2:])
        return self.responses[layer]

    def rectifiers(self, layer: str) -> int:
        """Return the number of rectifiers between the input and a layer's response."""
        return len(self._rectifiers[layer])

    def back(self, layer: str, seeds: Tensor, method: Method) -> Tensor:
        """Trace a layer's response back to the input, by one of the methods.

        Args:
            layer: The name of the layer.
            seeds: k weightings of the responses to the n inputs, [k, n, filters, rows, columns];
                for example, 1 at a single position.
            method: The attribution method.

        Returns:
            The gradients, [k, n, channels, height, width].

        Raises:
            NetworkError: no gradient reaches the input.
        """
        self._rule.method = method
        if len(seeds) > 1:
            try:
                return self._gradient(layer, seeds, is_grads_batched=True)
            except RuntimeError as error:
                if out_of_memory(error):
                    raise
                # A network's custom operations may not support batched gradients.
        try:
            return torch.stack([self._gradient(layer, seed) for seed in seeds])
        except RuntimeError as error:
            if out_of_memory(error):
                raise
            raise NetworkError(f"{layer} has no gradient ({describe(error)}); {REMEDY}") from error

    def _gradient(self, layer: str, seeds: Tensor, **options: bool) -> Tensor:
        response = self.responses[layer]
        found = None
        if response.requires_grad:
            (found,) = torch.autograd.grad(
                response, self.inputs, seeds, retain_graph=True, allow_unused=True, **options
            )
        if found is None:
            raise NetworkError(f"no gradient of {layer} reaches the picture{self._end}; {REMEDY}")
        return found

    def _run(self, network: nn.Module, layers: Sequence[Layer]) -> None:
        given = self.inputs.clone()  # because the network may write to it
        try:
            with _OutOfPlace():
                tap(network, given, dict(self._taps(layers)))
        except RuntimeError as error:
            if out_of_memory(error):
                raise
            text = f"the network does not run with gradients ({describe(error)})"
            raise NetworkError(f"{text}; leave out later layers with `layers:`") from error
        for name, response in self.responses.items():
            if len(response) != len(given):
                raise NetworkError(f"{name} does not answer each picture with a map; {REMEDY}")

    def _run_with_gradients(self, network: nn.Module, layers: Sequence[Layer]) -> str:
        """Run the network, and again for layers to which it switched gradients off.

        Returns:
            Where they end, if anywhere, as part of a sentence.
        """
        failure: NetworkError | None = None
        try:
            self._run(network, layers)
        except NetworkError as error:  # it may be one that only runs without gradients
            failure = error
        off = [layer for layer in layers if not self._arrives(layer.name)]
        if not off and failure is not None:
            raise failure
        if not off:
            return ""
        gradients = GradientsOn()
        with gradients:
            try:
                self._run(network, off)
            except NetworkError:
                if failure is not None:
                    raise failure from None
        return gradients.end

    def _arrives(self, layer: str) -> bool:
        """Return whether the gradient of a layer's response reaches the inputs."""
        response = self.responses.get(layer)
        node = None if response is None else response.grad_fn
        return response is not None and node in _between(self.inputs, response)

    def _taps(self, layers: Sequence[Layer]) -> Iterator[tuple[Tap, Receive]]:
        for layer in layers:
            yield tap_of(layer), self._keeper(layer.name)

    def _keeper(self, name: str) -> Callable[[Tensor], None]:
        def keep(response: Tensor) -> None:
            if len(response):
                self.responses[name] = response.clone()  # because later operations may write to it

        return keep


class _OutOfPlace(TorchFunctionMode):
    """Makes in-place rectifiers of views copy, because autograd would hide them in another node."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Rectify a copy and write the result back to the view."""
        view = args[0] if args and RECTIFYING.search(name_of(func)) else None
        if not isinstance(view, Tensor) or not view._is_view():
            return func(*args, **(kwargs or {}))
        copy = view.clone()
        result = func(copy, *args[1:], **(kwargs or {}))
        return view.copy_(copy) if result is copy else result


class _Rule:
    """How a gradient changes at a rectifier.

    Holds no reference to the graph: autograd's nodes refer to it, and Python's garbage collector
    does not find cycles through them.
    """

    method: Method = "gradient"

    def before(self, incoming: Sequence[Tensor]) -> Gradients | None:
        """Change the gradient of a rectifier's output."""
        if self.method == "gradient":
            return None
        return tuple(gradient.clamp(min=0) for gradient in incoming)

    def after(self, outgoing: Gradients, incoming: Gradients) -> Gradients | None:
        """Change the gradient of a rectifier's input, given that of its output."""
        if self.method != "deconvnet":
            return None
        return incoming[0], *outgoing[1:]


def _between(inputs: Tensor, response: Tensor) -> set[Any]:
    """Return the nodes of autograd's graph on the paths from a response back to the inputs."""
    users: dict[Any, list[Any]] = defaultdict(list)

    def sources(node: Any) -> Iterator[Any]:
        for source, _ in node.next_functions:
            if source is not None:
                users[source].append(node)
                yield source

    if response.grad_fn is not None:
        _reached(response.grad_fn, sources)
    return _reached(get_gradient_edge(inputs).node, users.__getitem__)


def _reached(start: Any, further: Callable[[Any], Iterable[Any]]) -> set[Any]:
    found, waiting = set[Any](), [start]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += further(node)
    return found


def _rectifies(node: Any) -> bool:
    name = node.name()
    kind = name.rstrip("0123456789")  # the names of custom operations have no number
    if kind == name or kind not in RECTIFIERS:
        return False
    bound = RECTIFIERS[kind]
    value = getattr(node, bound) if bound else 0
    if isinstance(value, Tensor):
        return not bool(value.any())
    return value is not None and bool(value == 0)
