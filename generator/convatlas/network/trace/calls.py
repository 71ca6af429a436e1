"""Observe which function a forward pass calls, in which module, and with which parameter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from weakref import ReferenceType, ref

from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.overrides import TorchFunctionMode, resolve_name

APPLYING = re.compile("conv|linear|(batch|layer|group|instance|rms)_norm|embedding|prelu")
"""Matches functions whose result is a map that parameters are applied to, not a parameter."""


@lru_cache(maxsize=4096)
def name_of(function: Callable[..., Any]) -> str:
    """Return the last part of a torch function's name: ``conv2d``, ``batch_norm``, ``add``."""
    name: str = resolve_name(function) or getattr(function, "__qualname__", type(function).__name__)
    return name.rpartition(".")[2]


class Call(NamedTuple):
    """Who calls a function: the same in copies of the network, of any type and on any device.

    ``module`` is the path of the module that is running. ``parameter`` is the name of the parameter
    that a tensor argument other than the first is, or is computed from; "" if there is none. Of a
    convolution, that is the weight's, or the bias's if the weight is computed from none.
    """

    function: str
    module: str
    parameter: str


class CallObserver(TorchFunctionMode):
    """Observes the calls of functions, except those made by another torch function, and of modules.

    It also follows which parameter a tensor is computed from, so that a convolution's weight is
    known where it is parametrised, normalised, masked or reshaped before it is used. Of several
    parameters, it is the nearest.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.counts = Counter[Call]()
        self.running: list[nn.Module] = []
        self._network = network
        self._paths: dict[int, str] = {id(module): path for path, module in network.named_modules()}
        self._derived: dict[int, tuple[ReferenceType[Tensor], str]] = {}

    def number(self, call: Call) -> int:
        """Return how often this call was made before, and count it."""
        ordinal = self.counts[call]
        self.counts[call] = ordinal + 1
        return ordinal

    def call(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
        """Return who calls a function of this name with these arguments."""
        others = tensors_of(args, kwargs)[1:]
        parameter = next(filter(None, map(self.source, others)), "")
        return Call(name, self.path(self.running[-1]) if self.running else "", parameter)

    def source(self, tensor: Tensor) -> str:
        """Return the name of the parameter that a tensor is, or is computed from, or ""."""
        if isinstance(tensor, nn.Parameter):
            return self._own(tensor) or self._names_of_parameters.get(id(tensor), "")
        reference, name = self._derived.get(id(tensor), (None, ""))
        return name if reference and reference() is tensor else ""

    def derive(
        self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Any
    ) -> None:
        """Note which parameter the result of a function of this name is computed from."""
        if isinstance(result, Tensor) and not APPLYING.match(name):
            tensors = tensors_of(args, kwargs)
            tensors.sort(key=lambda tensor: not isinstance(tensor, nn.Parameter))
            found = next(filter(None, map(self.source, tensors)), None)
            if found:
                self._derived[id(result)] = ref(result), found

    def _own(self, parameter: Tensor) -> str:
        """Return a parameter's name if the running module has it, which is the usual case."""
        if self.running:
            for name, own in self.running[-1]._parameters.items():
                if own is parameter:
                    return f"{self.path(self.running[-1])}.{name}".lstrip(".")
        return ""

    @cached_property
    def _names_of_parameters(self) -> dict[int, str]:
        """The names of all parameters by ``id``; of tied ones, the first."""
        return {id(parameter): name for name, parameter in self._network.named_parameters()}

    def owns(self, module: nn.Module) -> bool:
        """Return whether a module is one of the network's."""
        return id(module) in self._paths

    def path(self, module: nn.Module) -> str:
        """Return a module's path in the network."""
        return self._paths[id(module)]

    def entered(self, module: nn.Module, inputs: Any) -> None:
        """Note that a module is called."""
        if self.owns(module):
            self.running.append(module)

    def left(self, module: nn.Module, inputs: Any, output: Any) -> None:
        """Note that a module's call has ended."""
        self.ended(module)

    def ended(self, module: nn.Module) -> bool:
        """Note the same; return whether the module is one of the network's that was running."""
        if not any(module is each for each in self.running):
            return False
        while self.running.pop() is not module:
            pass
        return True

    @contextmanager
    def observing(self) -> Iterator[None]:
        """Observe functions and modules while the context is active."""
        before = register_module_forward_pre_hook(self.entered)
        after = register_module_forward_hook(self.left, always_call=True)
        try:
            with self:
                yield
        finally:
            before.remove()
            after.remove()


def tensors_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Tensor]:
    """Return the tensors among a function's arguments, also those in lists."""
    found: list[Tensor] = []
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, list | tuple):
            found += [item for item in value if isinstance(item, Tensor)]
    return found
