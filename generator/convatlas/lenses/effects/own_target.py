"""Effects on a number that a function of the user's own works out from the network's output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import pstdev
from typing import TYPE_CHECKING, NoReturn, cast

import torch
from torch import Tensor

from convatlas.config.user_code import UserCodeError, call
from convatlas.errors import RenderError
from convatlas.lenses.effects.records import TargetData
from convatlas.lenses.effects.target_name import target_name
from convatlas.lenses.effects.targets import Scored, Target
from convatlas.model.facts import FunctionFacts, ImageFacts, Layer
from convatlas.model.records import Json
from convatlas.network.memory import out_of_memory
from convatlas.network.tensors import tensors

if TYPE_CHECKING:
    from convatlas.lenses.effects.study import Study

SAME = 0.01
"""By how much an image's number may differ alone and beside others, as a share of its scale."""
KEYS = 6
"""How many keys of an output are named."""


class OwnTarget(Target):
    """The number that a function returns for each image; it is also what importance is for.

    Args:
        function: From the network's output for a batch to one number for each image [n].
        source: How the options name it: ``file.py:callable``.
        facts: What is known of it.
        images: The images of the set.
    """

    def __init__(
        self,
        function: Callable[[object], object],
        source: str,
        facts: FunctionFacts,
        images: Sequence[ImageFacts],
    ) -> None:
        self.function = function
        self.source = source
        self.facts = facts
        self.images = images

    def score(self, output: object, images: Sequence[int]) -> Scored:
        """Return the function's numbers, as leads and as losses; images have no class."""
        number = self._checked(self._called(output, len(images)), output, len(images)).float()
        return Scored(number, number, [None] * len(images))

    def _called(self, output: object, images: int) -> object:
        remedy = f"correct it; for {images} images it is given {_kind(output)}"
        try:
            return call(lambda: self.function(output), self.source, remedy)
        except UserCodeError as error:
            cause = error.__cause__
            if cause is not None and out_of_memory(cause):
                raise cause from None  # fewer images at once may fit
            if isinstance(cause, ModuleNotFoundError):  # its folder is no longer searched
                self._refuse(
                    f"imports {cause.name} when it is called", "import it above, in the file"
                )
            raise RenderError(str(error)) from error

    def _checked(self, number: object, output: object, images: int) -> Tensor:
        """Return the function's result if it is what effects can be worked out on.

        Raises:
            RenderError: it is not; the message says why.
        """
        if not isinstance(number, Tensor):
            self._refuse(f"returns {_kind(number)}", "return a tensor with one number for each")
        if number.shape != (images,):
            wanted = f"return one number for each, in the shape [{images}]"
            self._refuse(f"returns {_kind(number)} for {images} images", wanted)
        if not number.is_floating_point():
            kind = str(number.dtype).removeprefix("torch.")
            self._refuse(f"returns {kind} numbers", "return floating-point numbers")
        if torch.is_grad_enabled() and not number.requires_grad:
            if not any(tensor.requires_grad for tensor in tensors(output)):
                what = "cannot be differentiated, since what the network returns has no gradient"
                remedy = "let the network return what comes before argmax, round or NumPy"
                self._refuse(what, remedy)
            what = "returns numbers that cannot be differentiated by what it is given"
            self._refuse(what, "work them out with torch, without detach, no_grad, argmax or NumPy")
        return number

    def _refuse(self, what: str, remedy: str) -> NoReturn:
        raise RenderError(f"{self.source} {what}; {remedy}")

    def refused(self, study: Study) -> str:
        """Say that numbers are not finite, or depend on what else is in a batch, if they do."""
        if strange := study.strange:
            of = f"{len(strange)} of {len(self.images)} images, first of {self._name(strange[0])}"
            return f"{self.source} returns numbers that are not finite for {of}; correct it"
        beside, alone = study.leads[0], study.alone(0)
        scale = max(abs(beside), abs(alone), pstdev(study.leads))
        if abs(beside - alone) <= SAME * scale or study.depends_on_batch:
            return ""
        what = f"gives {self._name(0)} another number beside other images than alone"
        remedy = "work each number out from its own image's part of the output"
        return f"{self.source} {what} ({beside:.3g}, {alone:.3g}); {remedy}"

    def _name(self, image: int) -> str:
        return self.images[image].name

    def record(self, study: Study, shown: Sequence[Layer]) -> Mapping[str, Json]:
        """Return what the number is called, and what it is for each image."""
        data: TargetData = {"name": target_name(self.facts), "values": study.leads}
        return cast("Mapping[str, Json]", data)


def _kind(value: object) -> str:
    """Say what a value is: "a tensor of shape [8, 4]", "a dict with out, aux", "a list of 8"."""
    name = type(value).__name__
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    if isinstance(value, dict):
        keys = [str(key) for key in value]
        more = ", ..." if len(keys) > KEYS else ""
        return f"a {name} with {', '.join(keys[:KEYS])}{more}" if keys else f"an empty {name}"
    if isinstance(value, list | tuple):
        return f"a {name} of {len(value)}"
    article = "an" if name[0] in "aeiouAEIOU" else "a"
    return "None" if value is None else f"{article} {name}"
