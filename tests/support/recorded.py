"""Records the work of a device as CUDA does: the operations and their tensors, and nothing else.

What the host decided or worked out while a step was recorded stays as it was then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


@dataclass
class Operation:
    """An operation with its arguments, and the tensors that its results are in."""

    function: Callable[..., Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    results: list[Tensor]

    def again(self) -> None:
        """Do the same with what the arguments hold now."""
        made = self.function(*self.args, **self.kwargs)
        for old, new in zip(self.results, tensors(made), strict=True):
            if old is not new:
                old.copy_(new)


class _Listening(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.operations: list[Operation] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        if not func.is_view:  # a view sees what is written to what it is a view of
            self.operations.append(Operation(func, args, kwargs or {}, tensors(made)))
        return made


def tensors(made: Any) -> list[Tensor]:
    return [each for each in tree_leaves(made) if isinstance(each, Tensor)]


class Recording:
    """Records steps on the pretended device, on which they take as long as to ask for them."""

    def wait(self) -> None: ...

    def record(self, step: Callable[[], Tensor]) -> Callable[[], Tensor]:
        with _Listening() as heard:
            result = step()
        operations = heard.operations

        def replay() -> Tensor:
            with torch.no_grad():
                for operation in operations:
                    operation.again()
            return result

        return replay
