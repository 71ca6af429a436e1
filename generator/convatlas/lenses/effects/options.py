"""The options of the lens ``effects``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from convatlas.config.lens_options import LensOptions
from convatlas.config.section import Text
from convatlas.config.sources import parse_source
from convatlas.errors import Problem
from convatlas.model.records import Json

Share = Annotated[float, Field(gt=0, lt=1)]


class Effects(LensOptions):
    """What each filter does to the scores of classes."""

    summary = (
        "What each filter does to the scores of classes, or to a number of your own; without that,"
        " off for networks without a row of scores."
    )

    baseline: Literal["mean", "zero"] = "mean"
    """What a filter is thought to be set to: its mean over the images, or zero."""
    target: Text | None = None
    """A number of your own that effects are effects on, in place of the scores of classes:
    ``file.py:callable``, a function from the network's output for a batch of images to a tensor
    with one number for each. It holds for all networks of the atlas."""
    exact: Annotated[int, Field(ge=0)] = 0
    """In layers whose predicted effects fail the test (rank correlation below 0.95), the number of
    images on which each filter is really set to its baseline: what is measured takes the place of
    what was predicted. That takes a pass from the layer on for each filter and image; 0: none."""
    prune: list[Share] = []
    """Shares of each layer's filters that are really masked, the least important first, to tell
    what is left of the network; none: no such audit. Not with a ``target``."""

    @classmethod
    def check(cls, options: dict[str, Json], atlas: dict[str, Json]) -> Iterator[Problem]:
        """Yield what is wrong with the target, as far as the file tells."""
        target = options.get("target")
        if not isinstance(target, str) or not target:
            return
        if not _is_function(target):
            message = f"cannot tell what '{target}' is; write path/to/file.py:callable"
            yield Problem(("lenses", "effects", "target"), message)
        if options.get("prune"):
            message = "it counts classes, and a `target` has none; leave one of them out"
            yield Problem(("lenses", "effects", "prune"), message)
        if not atlas.get("images"):
            message = "there are no images to work it out for; add a set to `images`"
            yield Problem(("lenses", "effects", "target"), message)

    def functions(self) -> Iterator[tuple[str, str]]:
        """Yield the target, if there is one."""
        if self.target is not None:
            yield "target", self.target


def _is_function(text: str) -> bool:
    try:
        return parse_source(text).kind in ("file", "module")
    except ValueError:
        return False
