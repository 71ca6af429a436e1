"""Pass on the responses of layers during a forward pass, each known by its owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.model.facts import Tap
from convatlas.network.batch_norms import PER_PICTURE
from convatlas.network.foreign_exceptions import Signal
from convatlas.network.trace.calls import Call, CallObserver, name_of, tensors_of
from convatlas.network.trace.modules import FUNCTIONS

Receive = Callable[[Tensor], None]

DTYPES = {"type", "type_as", "to", "float", "double", "half", "bfloat16"}
COPYING = {"clone", "contiguous", "detach", "cpu", "cuda", *DTYPES}
"""Functions whose result equals their first argument."""


class Served(Signal):
    """All taps have been reached."""


@dataclass
class Following:
    """A convolution's result on its way through its batch norm."""

    tap: Tap
    values: list[Tensor]  # the last step's result, and its copies
    done: int = 0  # steps of the norm so far

    @property
    def next(self) -> Call | None:
        """The call that has to follow; None at the end."""
        return Call(*self.tap.norm[self.done]) if self.done < len(self.tap.norm) else None

    def goes_on(self, call: Call, args: tuple[Any, ...], result: Any) -> bool:
        """Return whether the norm may still follow after a call that is given the result.

        It may after calls that only ask something, or copy; it may not once something else is
        computed, or written.
        """
        if call == self.next:
            self.values, self.done = [result], self.done + 1
        elif isinstance(result, Tensor):
            if not self._copied(call, args, result):
                return False
            self.values.append(result)
        elif isinstance(result, list | tuple):
            return not any(isinstance(item, Tensor) for item in result)
        return result is not None

    def _copied(self, call: Call, args: tuple[Any, ...], result: Tensor) -> bool:
        value = self.values[0]
        if call.function == "__get__":  # as in ``value.data``
            return (result.shape, result.stride()) == (value.shape, value.stride())
        return call.function in COPYING and any(args[0] is each for each in self.values)

    def given(self, tensors: Sequence[Tensor]) -> bool:
        """Return whether the result is among the arguments of a call."""
        return any(value is tensor for value in self.values for tensor in tensors)


def as_maps(tap: Tap, result: Tensor, pictures: int) -> Tensor:
    """Return what a tap gives for some pictures as [pictures, filters, height, width].

    Where each picture has a kernel of its own, the pictures may be the groups of one convolution.
    """
    if tap.channels_last:
        result = result.permute(0, 3, 1, 2)
    if tap.grouped and len(result) == 1:
        result = result.reshape(pictures, -1, *result.shape[2:])
    return result


class Tapping(CallObserver):
    """Passes on what the tapped calls give, in one type, and normalises every picture by itself."""

    def __init__(
        self,
        network: nn.Module,
        taps: Mapping[Tap, Receive],
        dtype: torch.dtype,
        *,
        pictures: int,
        stop: bool,
    ) -> None:
        super().__init__(network)
        self._dtype = dtype
        self.pictures = pictures
        self.waiting = dict(taps)
        self._stop = stop
        steps = [name for tap in taps for name, _, _ in tap.norm]
        self._names = {*steps, *(tap.function for tap in taps), *FUNCTIONS}
        self._calls = {Call(tap.function, tap.module, tap.parameter) for tap in taps}
        self._by_call: dict[tuple[str, str, str, int], list[Tap]] = {}
        for tap in taps:
            call = tap.function, tap.module, tap.parameter, tap.ordinal
            self._by_call.setdefault(call, []).append(tap)
        self._following: list[Following] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call the function and pass its result on before anything can write to it."""
        kwargs = kwargs or {}
        name = name_of(func)
        call = self.call(name, args, kwargs) if name in self._names else Call(name, "", "")
        result = self.evaluate(PER_PICTURE.get(func, func), name, args, kwargs)
        self.derive(name, args, kwargs, result)
        if self._following:
            self._follow(call, args, kwargs, result)
        self.computed(call, result)
        return result

    def evaluate(
        self,
        func: Callable[..., Any],
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Call a function of this name."""
        return func(*args, **kwargs)

    def left(self, module: nn.Module, inputs: Any, output: Any) -> None:
        """Note that a module's call has ended, and pass its output on if it is tapped."""
        if self.ended(module) and isinstance(output, Tensor):
            self.computed(Call("", self.path(module), ""), output)

    def computed(self, call: Call, result: Any) -> None:
        """Start to follow the result of a tapped call."""
        if call in self._calls:
            for tap in self._by_call.get((*call, self.number(call)), ()):
                self.begin(tap, result)
            self._serve()

    def begin(self, tap: Tap, result: Tensor) -> None:
        """Follow what the first call of a tap gives."""
        self._following.append(Following(tap, [result]))

    def _follow(
        self, call: Call, args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Any
    ) -> None:
        """Follow the results of tapped calls into the calls that are given them."""
        tensors = tensors_of(args, kwargs)
        self._following = [
            each
            for each in self._following
            if not each.given(tensors) or each.goes_on(call, args, result)
        ]
        self._serve()

    def _serve(self) -> None:
        """Pass on the responses that are complete, and end the forward pass after the last."""
        for each in [each for each in self._following if each.next is None]:
            self._following.remove(each)
            self.serve(each.tap, each.values[0])
        if self._stop and not self.waiting:
            raise Served

    def serve(self, tap: Tap, result: Tensor) -> None:
        """Pass on what a tap gives."""
        maps = as_maps(tap, result, self.pictures)
        self.waiting.pop(tap)(maps.to(self._dtype))
