"""An operation of a forward pass, as the receptive field rules see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from convatlas.network.receptive_fields.axis import Axis, Shape

Fields = tuple[Axis | None, Axis | None, Axis | None, Axis | None]
"""What a tensor sees: rows and columns of the full field, then of the local field; None: nothing.
"""


@dataclass(frozen=True, eq=False)
class Operand:
    """A tensor argument of an operation, with the shape it had before the operation."""

    tensor: Tensor
    shape: Shape
    fields: Fields


@dataclass(frozen=True, eq=False)
class Call:
    """An operation: its name, its arguments by name (tensors as operands), its outputs' shapes."""

    op: str
    arguments: Mapping[str, Any]
    outputs: tuple[Shape, ...]

    def operands(self) -> Iterator[Operand]:
        """Yield all tensors among the arguments, including those in lists."""
        for value in self.arguments.values():
            if isinstance(value, Operand):
                yield value
            elif isinstance(value, list | tuple):
                yield from (item for item in value if isinstance(item, Operand))

    @property
    def rank(self) -> int:
        """Number of dimensions of the first output."""
        return len(self.outputs[0])


Look = Callable[[Operand], Axis | None]
"""Selects one of an operand's four axes, so that one rule serves all of them."""
Seen = Axis | None | Sequence[Axis | None]
"""What an operation's outputs see: one axis for all of them, or one for each."""
Rule = Callable[[Call, Look], Seen]
