"""Observe every function and module that a forward pass calls, and collect the convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convatlas.errors import NetworkError
from convatlas.model.records import Tap
from convatlas.network.trace.calls import Call, CallObserver, name_of
from convatlas.network.trace.graph import Frame, Graph, Node

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
ESCAPES = frozenset({"numpy", "__array__", "tolist"})
"""Functions that pass values on to code outside torch."""
TELLING = ESCAPES | {
    *("item", "__bool__", "__int__", "__float__", "__index__", "is_nonzero", "equal", "allclose"),
    *("nonzero", "argwhere", "masked_select", "unique", "bincount"),
}
"""Functions that tell Python the values of a tensor, or how many are true."""
FUNCTIONS = frozenset({"conv2d", "conv_transpose2d", "convolution", "_convolution"})


@dataclass(eq=False)
class Convolution:
    """A call of a convolution module: its output's shape, what gives the output, and its node."""

    module: str
    shape: tuple[int, ...]
    tap: Tap
    node: Node | None
    conditional: bool = False  # without a node: whether values of a tensor were looked at before


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
        self._weights = {
            self.source(module.weight): self.path(module)
            for module in network.modules()
            if isinstance(module, CONVOLUTIONS) and "weight" in module._parameters
        }

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
            self._returned(result, call)
        return result

    def _returned(self, result: Tensor, call: Call) -> None:
        node = self.graph.find(result) if self.graph is not None else None
        if node is not None and node.call is None:
            node.call = call
        if call.function not in FUNCTIONS:
            return
        made = Convolution("", tuple(result.shape), Tap(*call, self.number(call)), node, self._told)
        if self.calls and isinstance(self.calls[-1].frame.module, CONVOLUTIONS):
            self.calls[-1].computed(made)
        elif call.parameter in self._weights:
            made.module = self._weights[call.parameter]
            self.convolutions.append(made)

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
