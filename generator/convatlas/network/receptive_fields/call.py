"""One operation of a forward pass, as the rules for receptive fields see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from convatlas.network.receptive_fields.axis import Axis, Shape

Fields = tuple[Axis | None, Axis | None, Axis | None, Axis | None]
"""Rows and columns that a tensor sees, then the same for the local field; None: it sees none."""


@dataclass(frozen=True, eq=False)
class Operand:
    """A tensor among an operation's arguments, with its shape before the operation."""

    tensor: Tensor
    shape: Shape
    fields: Fields


@dataclass(frozen=True, eq=False)
class Call:
    """An operation's name, its arguments by name with tensors as operands, its outputs' shapes."""

    op: str
    arguments: Mapping[str, Any]
    outputs: tuple[Shape, ...]

    def operands(self) -> Iterator[Operand]:
        """All tensors among the arguments, also those in lists."""
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
"""Which of an operand's four axes a rule is followed for."""
Seen = Axis | None | Sequence[Axis | None]
"""What an operation's outputs see: one for all of them, or one each."""
Rule = Callable[[Call, Look], Seen]
