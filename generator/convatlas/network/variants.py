"""What the tensors of a forward pass would be if activations were ablated, beside what they are.

Each group of ablations has a variant of each tensor that it changes. Functions that leave channels
apart are called for the variants as well; what any other function gives has none. So the network
computes what it does without ablation, and as it always does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from convatlas.errors import NetworkError
from convatlas.network.held import NORMS, POINTWISE, SEPARATE, deviation, in_place, passes
from convatlas.network.trace.calls import tensors_of


@dataclass(frozen=True)
class Called:
    """A call of a function of this name."""

    func: Callable[..., Any]
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __call__(self) -> Any:
        """Call it."""
        return self.func(*self.args, **self.kwargs)

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors among its arguments."""
        return tensors_of(self.args, self.kwargs)

    def given(self, swap: Callable[[Tensor], Tensor]) -> Called:
        """Return the call with other tensors."""

        def swapped(value: Any) -> Any:
            if isinstance(value, Tensor):
                return swap(value)
            return type(value)(map(swapped, value)) if type(value) in (list, tuple) else value

        kwargs = {name: swapped(value) for name, value in self.kwargs.items()}
        return replace(self, args=tuple(map(swapped, self.args)), kwargs=kwargs)


class Variants:
    """The variants of the tensors that are alive, by group of ablations.

    One that is the same for all pictures has a single row, as long as only functions are called
    that leave pictures apart.
    """

    def __init__(self) -> None:
        self._of: MutableMapping[Tensor, Mapping[int, Tensor]] = WeakTensorKeyDictionary()

    def of(self, tensor: Tensor) -> Mapping[int, Tensor]:
        """Return the variants of a tensor in those groups that change it."""
        return self._of.get(tensor, {})

    def keep(self, tensor: Tensor, variants: Mapping[int, Tensor]) -> None:
        """Give a tensor these variants in place of those that it has."""
        if variants:
            self._of[tensor] = variants
        else:
            self._of.pop(tensor, None)

    def call(self, call: Called) -> Any:
        """Call a function, also for the variants of its arguments."""
        groups = sorted({group for each in call.tensors for group in self.of(each)})
        if groups and in_place(call.name):
            for group in groups:
                self._write(call, group)
            return call()
        result = call()
        if groups and _has_tensor(result):
            self._match(result, {group: self._changed(call, result, group) for group in groups})
        return result

    def _write(self, call: Called, group: int) -> None:
        """Write to the variant of the first argument.

        Raises:
            NetworkError: it is a part of another tensor, whose variant would not be written to.
        """
        target: Tensor = call.args[0]
        if group not in self.of(target):
            if target._is_view():
                raise NetworkError(f"it writes to a part of a tensor by {call.name!r}")
            self._add(target, group, target.clone())
        self._whole(call, group)()

    def _changed(self, call: Called, result: Any, group: int) -> Any:
        """Return what a function that gave ``result`` gives for variants; None if they are held."""
        if call.name in NORMS:
            return self._normed(call, result, group)
        if not passes(call.name, call.args, call.kwargs):
            return None
        single = call.name in SEPARATE and all(self._single(each, group) for each in call.tensors)
        if single or call.name in POINTWISE:
            changed = call.given(lambda tensor: self.of(tensor).get(group, tensor))()
            if _fits(changed, result):
                return changed
        return self._whole(call, group)()

    def _normed(self, call: Called, result: Tensor, group: int) -> Tensor | None:
        """Return a layer norm or group norm by the statistics without ablation."""
        arguments = {**dict(zip(NORMS[call.name].split(), call.args, strict=False)), **call.kwargs}
        plain: Tensor = arguments["input"]
        variant = self.of(plain).get(group)
        if variant is None:
            return None
        scale = deviation(plain, call.name, arguments).reciprocal()
        weight: Tensor | None = arguments.get("weight")
        if weight is not None:
            ones = (1,) * (plain.dim() - 2)
            scale = scale * (weight.view(-1, *ones) if call.name == "group_norm" else weight)
        return result + scale * (variant - plain)

    def _single(self, tensor: Tensor, group: int) -> bool:
        """Return whether a tensor is the same for all pictures in a group."""
        rows = self.of(tensor).get(group, tensor)
        return rows.dim() < 2 or len(rows) == 1

    def _whole(self, call: Called, group: int) -> Called:
        """Return the call for variants with a row for each picture."""

        def rows(tensor: Tensor) -> Tensor:
            variant = self.of(tensor).get(group, tensor)
            if variant.shape != tensor.shape:
                variant = torch.empty_like(tensor).copy_(variant)
                self._add(tensor, group, variant)
            return variant

        return call.given(rows)

    def _add(self, tensor: Tensor, group: int, variant: Tensor) -> None:
        self.keep(tensor, {**self.of(tensor), group: variant})

    def _match(self, result: Any, changed: Mapping[int, Any]) -> None:
        """Give each tensor of a result its variants."""
        known = {group: each for group, each in changed.items() if each is not None}
        if isinstance(result, Tensor):
            self.keep(result, known)
        elif isinstance(result, list | tuple):
            for place, each in enumerate(result):
                self._match(each, {group: own[place] for group, own in known.items()})


def _has_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) or (
        isinstance(value, list | tuple) and any(isinstance(each, Tensor) for each in value)
    )


def _fits(changed: Any, result: Any) -> bool:
    """Return whether a result has the shape of another one, or that of a single row of it."""
    if isinstance(result, Tensor):
        return changed.shape in (result.shape, (1, *result.shape[1:]))
    pairs = zip(changed, result, strict=True)
    return all(_fits(*pair) for pair in pairs if isinstance(pair[1], Tensor))
