"""Observe every function and module that a forward pass calls, and collect the convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convatlas.errors import NetworkError
from convatlas.model.facts import Tap
from convatlas.network.receptive_fields.rules import linear_fields
from convatlas.network.trace.calls import Call, CallObserver, name_of
from convatlas.network.trace.geometry import PARAMETERS, Geometry, bound, of_call
from convatlas.network.trace.graph import Frame, Graph, Node
from convatlas.network.trace.maps import FIRST, LAST, Axes, is_map

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
ESCAPES = frozenset({"numpy", "__array__", "tolist"})
"""Functions that pass values on to code outside torch."""
TELLING = ESCAPES | {
    *("item", "__bool__", "__int__", "__float__", "__index__", "is_nonzero", "equal", "allclose"),
    *("nonzero", "argwhere", "masked_select", "unique", "bincount"),
}
"""Functions that tell Python the values of a tensor, or how many are true."""
FUNCTIONS = frozenset(PARAMETERS) - {"linear"}
"""Functions that convolve whatever they are given."""


@dataclass(eq=False)
class Convolution:
    """A call of a convolution, or of a linear layer on a map.

    Attributes:
        module: The path of the module that made it.
        shape: The shape of its response, [n, filters, height, width].
        tap: What gives it in any forward pass.
        node: Its node.
        conditional: Without a node, whether values of a tensor were looked at before.
        axes: Where its result has these four.
        weight: The tensor that convolves; None for a module that convolves in its own way.
        weight_node: The weight's node.
        geometry: The geometry by the call's arguments.
        given: The node of what it is applied to.
    """

    module: str
    shape: tuple[int, ...]
    tap: Tap
    node: Node | None
    conditional: bool = False
    axes: Axes = FIRST
    weight: Tensor | None = None
    weight_node: Node | None = None
    geometry: Geometry | None = None
    given: Node | None = None

    @property
    def convolves(self) -> bool:
        """Whether it is a convolution by name, not a linear layer."""
        return self.axes == FIRST


@dataclass
class Running:
    """A module call that has not ended, and the convolution computed directly in it."""

    frame: Frame
    made: Convolution | None = None

    def computed(self, made: Convolution) -> None:
        """Keep the last convolution, but rather one with the module's own weight."""
        path = f"{self.frame.path}.".lstrip(".")
        own = f"{path}weight", f"{path}parametrizations.weight"
        before = self.made is not None and self.made.tap.parameter.startswith(own)
        if not before or made.tap.parameter.startswith(own):
            self.made = made


class Watcher(CallObserver):
    """Observes every call of a torch function and of a module, and collects the convolutions.

    With a graph, it notes in the nodes which call returned them; without one, it only counts calls.
    """

    def __init__(self, network: nn.Module, graph: Graph | None) -> None:
        super().__init__(network)
        self.convolutions: list[Convolution] = []
        self.graph = graph
        self.function: str | None = None
        self.calls: list[Running] = []
        self._told = False  # without a graph: whether values of a tensor were looked at

    def where(self) -> tuple[str | None, Frame | None]:
        """Return the function and the module that are running."""
        return self.function, self.calls[-1].frame if self.calls else None

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call the function and note what it returned."""
        kwargs = kwargs or {}
        self.function = name = name_of(func)
        call = self.call(name, args, kwargs)
        result = func(*args, **kwargs)
        self.function = None
        self.derive(name, args, kwargs, result)
        self._told |= name in TELLING
        if self.graph is not None and name in ESCAPES:
            self.graph.escaped = True
            nodes = map(self._node, args[:1])
            self.graph.conditional |= any(node is not None and node.seen for node in nodes)
        if isinstance(result, Tensor):
            self._returned(result, call, args, kwargs)
        return result

    def _returned(
        self, result: Tensor, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        node = self.graph.find(result) if self.graph is not None else None
        if node is not None and node.call is None:
            node.call = call
        if call.function in PARAMETERS:
            tap = Tap(*call, self.number(call))
            arguments = bound(call.function, args, kwargs)
            weight = arguments.get("weight")
            rank = 2 if call.function == "linear" else 4
            if isinstance(weight, Tensor) and weight.dim() == rank:  # a quantised one is no tensor
                self._convolved(result, tap, arguments, node)

    def _convolved(
        self, result: Tensor, tap: Tap, arguments: dict[str, Any], node: Node | None
    ) -> None:
        """Note a call of a function that convolves; that of a convolution module is its own."""
        running = self.calls[-1] if self.calls else None
        own = running is not None and isinstance(running.frame.module, CONVOLUTIONS)
        linear = tap.function == "linear"
        if linear and (own or not self._acts_on_map(arguments, node)):
            return
        axes, weight = LAST if linear else FIRST, arguments["weight"]
        weight_node = self.graph.find(weight) if self.graph is not None else None
        dynamic = weight_node is not None and weight_node.seen
        made = Convolution(
            module=running.frame.path if running is not None else "",
            shape=tuple(result.shape[axis] for axis in axes if axis < result.dim()),
            tap=replace(tap, channels_last=linear, grouped=dynamic),
            node=node,
            conditional=self._told,
            axes=axes,
            weight=weight,
            weight_node=weight_node,
            geometry=of_call(tap.function, arguments),
            given=self._node(arguments["input"]),
        )
        if running is not None and own:
            running.computed(made)
        else:
            self.convolutions.append(made)

    def _acts_on_map(self, arguments: dict[str, Any], node: Node | None) -> bool:
        """Return whether a linear layer is a 1x1 convolution, and make its result's field exact.

        ATen flattens the map and restores it afterwards, which would blur the field.
        """
        if self.graph is None or node is None:
            return False
        source, *others = (
            self.graph.find(arguments[name])
            for name in ("input", "weight", "bias")
            if arguments.get(name) is not None
        )
        if source is None or not is_map(source):
            return False
        if any(other is not None and other.seen for other in others):
            return False
        node.fields = linear_fields(source.fields)
        return True

    def entered(self, module: nn.Module, inputs: Any) -> None:
        """Note that a module is called.

        Raises:
            NetworkError: the module is lazy and has no weights yet.
        """
        if not self.owns(module):
            return
        path = self.path(module)
        if any(is_lazy(p) for p in module._parameters.values() if p is not None):
            raise NetworkError(
                f"the module {path!r} is lazy and has no weights yet; run the network once on a"
                " picture before its atlas is built"
            )
        super().entered(module, inputs)
        since = self.graph.count if self.graph is not None else 0
        self.calls.append(Running(Frame(path, module, since)))

    def left(self, module: nn.Module, inputs: Any, output: Any) -> None:
        """Note that a module's call has ended."""
        if not self.ended(module):
            return
        ended = self.calls[len(self.running)]
        del self.calls[len(self.running) :]
        node = self._node(output)
        if node is not None:
            node.returned.append(ended.frame)
        if isinstance(module, CONVOLUTIONS):
            path = ended.frame.path
            tap = Tap("", path, "", self.number(Call("", path, "")))
            made = ended.made or self._output(tap, output)
            if made is not None:
                made.module = path
                self.convolutions.append(made)

    def _output(self, tap: Tap, output: Any) -> Convolution | None:
        """Return the result of a module that computes its convolution in its own way."""
        if not isinstance(output, Tensor):
            return None
        return Convolution("", tuple(output.shape), tap, self._node(output), self._told)

    def _node(self, output: Any) -> Node | None:
        """Return the node of a module's result, if it is a single tensor and there is a graph."""
        if self.graph is None or not isinstance(output, Tensor):
            return None
        return self.graph.find(output)
