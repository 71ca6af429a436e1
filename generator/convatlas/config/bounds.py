"""Bounds on a number, as an atlas file writes them: 0, ">= 0.9"."""

from __future__ import annotations

import math
import operator
import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from convatlas.errors import brief

_COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_PATTERN = r"^\s*(>=|<=|==|>|<)\s*([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)\s*$"


def _checked(text: str) -> str:
    """Return a comparison as it is written.

    Raises:
        PydanticCustomError: it is none.
    """
    parts = re.fullmatch(_PATTERN, text)
    if parts is None or not math.isfinite(float(parts[2])):
        message = (
            'expected a number or a comparison with one, such as ">= 0.9", found the text {it}'
        )
        raise PydanticCustomError("bound", message, {"it": repr(brief(text, 60))})
    return text


_SCHEMA = {"type": "string", "pattern": _PATTERN}

Bound = float | Annotated[str, AfterValidator(_checked), WithJsonSchema(_SCHEMA)]
"""A number stands for itself exactly; a text is a comparison with one."""


def told(bound: Bound) -> str:
    """Return a bound as it is told: ``0`` or ``>= 0.9``."""
    if isinstance(bound, str):
        comparison, number = _parts(bound)
        return f"{comparison} {number}"
    return f"{bound:g}"


def holds(bound: Bound, value: float) -> bool:
    """Return whether a number is within a bound."""
    if isinstance(bound, str):
        comparison, number = _parts(bound)
        return bool(_COMPARISONS[comparison](value, float(number)))
    return value == bound


def _parts(text: str) -> tuple[str, str]:
    """Return the operator and the number of a comparison that has been checked."""
    parts = re.fullmatch(_PATTERN, text)
    assert parts is not None
    return parts[1], parts[2]
