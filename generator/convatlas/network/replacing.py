"""A forward pass that goes on with other activations than a layer gave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from convatlas.model.facts import Tap
from convatlas.network.tapping import Tapping


class Replacing(Tapping):
    """Lets a network go on with what ``replacement`` makes of a layer's activations.

    Args:
        network: The network.
        tap: What gives the activations.
        inputs: The pictures.
    """

    def __init__(self, network: nn.Module, tap: Tap, inputs: Tensor) -> None:
        super().__init__(network, {tap: _ignore}, inputs.dtype, pictures=len(inputs), stop=False)
        self.found: Tensor | None = None  # the activations themselves
        self.given: Tensor | None = None  # what takes their place

    def replacement(self, tap: Tap, activations: Tensor) -> Tensor:
        """Return what takes the place of the activations, which are not written to."""
        raise NotImplementedError

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call the function, and replace its result if that is the activations."""
        result = super().__torch_function__(func, types, args, kwargs)
        return self.given if result is self.found is not None else result

    def left(self, module: nn.Module, inputs: Any, output: Any) -> Any:
        """Replace a module's output if that is the activations."""
        super().left(module, inputs, output)
        return self.given if output is self.found is not None else None

    def serve(self, tap: Tap, result: Tensor) -> None:
        """Make what takes the activations' place."""
        given = self.replacement(tap, result)
        self.waiting.pop(tap)
        self.found, self.given = result, given


def _ignore(_: Tensor) -> None:
    """Do nothing with a response."""
