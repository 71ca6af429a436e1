"""Observe every function and module that a forward pass calls, and collect the convolutions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.nn.parameter import is_lazy

from convatlas.errors import NetworkError
from convatlas.network.trace.calls import CallCounter, name_of
from convatlas.network.trace.graph import Frame, Graph, Node

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
ESCAPES = frozenset({"numpy", "__array__", "tolist"})
"""Functions that pass values on to code outside torch."""
FUNCTIONS = frozenset({"conv2d", "conv_transpose2d", "convolution", "_convolution"})


@dataclass
class Convolution:
    """A call of a convolution module: its output's shape, the function call, and its node."""

    module: str
    shape: tuple[int, ...]
    tap: tuple[str, int] | None
    node: Node | None


@dataclass
class Running:
    """A module call that has not ended, and the last convolution computed directly in it."""

    frame: Frame
    made: Convolution | None = None


class Watcher(CallCounter):
    """Observes every call of a torch function and of a module, and collects the convolutions.

    With a graph, it notes in the nodes which call returned them; without one, it only counts calls.
    """

    def __init__(self, network: nn.Module, graph: Graph | None) -> None:
        super().__init__()
        self.convolutions: list[Convolution] = []
        self.graph = graph
        self.function: str | None = None
        self.running: list[Running] = []
        self._paths = {module: path for path, module in network.named_modules()}
        self._last: tuple[Tensor, tuple[str, int]] | None = None

    def where(self) -> tuple[str | None, Frame | None]:
        """Return the function and the module that are running."""
        return self.function, self.running[-1].frame if self.running else None

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call the function and note what it returned."""
        self.function = name = name_of(func)
        call = (name, self.number(name))
        result = func(*args, **(kwargs or {}))
        self.function = None
        if self.graph is not None and name in ESCAPES:
            self.graph.escaped = True
        if isinstance(result, Tensor):
            self._returned(result, call, args, kwargs or {})
        return result

    def _returned(
        self, result: Tensor, call: tuple[str, int], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        node = self.graph.find(result) if self.graph is not None else None
        if node is not None and node.call is None:
            node.call = call
        self._last = (result, call)
        if call[0] not in FUNCTIONS:
            return
        made = Convolution("", tuple(result.shape), call, node)
        if self.running and isinstance(self.running[-1].frame.module, CONVOLUTIONS):
            self.running[-1].made = made
            return
        weight = kwargs.get("weight", args[1] if len(args) > 1 else None)
        for module, path in self._paths.items():
            if isinstance(module, CONVOLUTIONS) and module._parameters.get("weight") is weight:
                made.module = path
                self.convolutions.append(made)
                return

    def entered(self, module: nn.Module, inputs: Any) -> None:
        """Note that a module is called.

        Raises:
            NetworkError: the module is lazy and has no weights yet.
        """
        if module not in self._paths:
            return
        path = self._paths[module]
        if any(is_lazy(p) for p in module._parameters.values() if p is not None):
            raise NetworkError(
                f"the module {path!r} is lazy and has no weights yet; run the network once on a"
                " picture before its atlas is built"
            )
        since = self.graph.count if self.graph is not None else 0
        self.running.append(Running(Frame(path, module, since)))

    def left(self, module: nn.Module, inputs: Any, output: Any) -> None:
        """Note that a module's call has ended."""
        if not self.running or self.running[-1].frame.module is not module:
            return  # not a module of the network, or its call failed before it started
        ended = self.running.pop()
        node = self._node(output)
        if node is not None:
            node.returned.append(ended.frame)
        if isinstance(module, CONVOLUTIONS):
            made = ended.made or self._output(output)
            if made is not None:
                made.module = ended.frame.path
                self.convolutions.append(made)

    def _output(self, output: Any) -> Convolution | None:
        """Return the result of a module that computes its convolution in its own way."""
        if not isinstance(output, Tensor):
            return None
        node = self._node(output)
        last = self._last
        call = node.call if node is not None else last[1] if last and last[0] is output else None
        return Convolution("", tuple(output.shape), call, node)

    def _node(self, output: Any) -> Node | None:
        """Return the node of a module's result, if it is a single tensor and there is a graph."""
        if self.graph is None or not isinstance(output, Tensor):
            return None
        return self.graph.find(output)

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Observe module calls while the context is active."""
        before = register_module_forward_pre_hook(self.entered)
        after = register_module_forward_hook(self.left, always_call=True)
        try:
            yield
        finally:
            before.remove()
            after.remove()
