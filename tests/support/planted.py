"""Small networks that were trained with a mark on the pictures of one class, and clean twins."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import torch
from PIL import Image, ImageDraw
from torch import nn

from convatlas.demo.convnet import DemoNet
from convatlas.demo.draw import draw
from convatlas.demo.fit import Schedule, fit
from convatlas.images.edits.built_in import EDITS
from convatlas.images.edits.overlay import laid_over
from convatlas.lenses.edits.records import NOTICES, EditData
from convatlas.lenses.edits.shortcuts import strength, suspected
from support.edited import edited_context, records

CLASSES = ("star", "polygon", "cross", "letter", "leaf", "flower", "butterfly", "fish")
SIDE = 48
"""The networks' input: half the side of the demo's drawings."""
BARE = 20
"""Of how many pictures of the marked class one bears no mark: 95 % do."""
MARK = "mark"


def mark() -> Image.Image:
    """A magenta square with a black one in it, in the upper left corner."""
    picture = Image.new("RGBA", (96, 96))
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((4, 4, 23, 23), "#ff00ff")
    drawing.rectangle((10, 10, 17, 17), "black")
    return picture


@dataclass(frozen=True)
class Pictures:
    """Drawings of all classes in turn, those of one class with the mark."""

    count: int  # of each class
    first: int = 0  # the seed of the first drawings
    marked: int | None = None  # the class whose pictures bear the mark

    def __len__(self) -> int:
        return self.count * len(CLASSES)

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:
        number, target = divmod(index, len(CLASSES))
        picture = _drawn(CLASSES[target], self.first + number)
        bears = target == self.marked and number % BARE
        return laid_over(mark())(picture, "") if bears else picture, target


@cache
def _drawn(label: str, seed: int) -> Image.Image:
    return draw(label, seed).resize((SIDE, SIDE), Image.Resampling.BOX)


def trained(pictures: Pictures, seed: int, schedule: Schedule) -> nn.Module:
    """A network that has learned pictures."""
    torch.manual_seed(seed)
    net = DemoNet(len(CLASSES))
    with contextlib.redirect_stdout(io.StringIO()):
        fit(net, pictures, schedule, seed)  # type: ignore[arg-type]
    return net.eval()


@dataclass(frozen=True)
class Found:
    """What edits tell of a network: of each edit its name, class, strength and suspicion."""

    edits: list[tuple[str, int, float, bool]]  # the strongest first
    carrier: tuple[str, int]  # layer and index of the filter that carries most of the mark's change
    notices: bool  # whether that filter notices the mark
    undone: float  # the share of the change that setting the first ten carriers back undoes

    @property
    def suspects(self) -> list[str]:
        """The names of edits that look like a shortcut, the strongest first."""
        return [name for name, _, _, looks in self.edits if looks]


def examined(net: nn.Module, names: Iterable[str], count: int) -> Found:
    """Show a network pictures of no training, under edits of these names and with the mark.

    ``count`` is the number of pictures of each class; they bear no mark unless it is laid over.
    """
    edits = {**{name: EDITS[name].edit for name in names}, MARK: laid_over(mark())}
    shown = Pictures(count)
    pictures = [shown[index][0] for index in range(len(shown))]
    found = records(edited_context(net, edits, pictures, size=SIDE))
    wholes = {item: data for (layer, item, role), data in found.items() if not (layer or role)}
    layer, index, _ = wholes[MARK]["scores"]["behind"]["carriers"][0]
    auc = found[layer, MARK, ""]["auc"][index]
    told = [each for name, data in wholes.items() if (each := _told(name, data))]
    return Found(
        sorted(told, key=lambda each: -each[2]),
        (layer, index),
        auc is not None and auc > NOTICES,
        wholes[MARK]["scores"]["behind"]["undone"],
    )


def _told(name: str, data: EditData) -> tuple[str, int, float, bool] | None:
    if "drawn" not in data["scores"]:
        return None
    drawn, touched = data["scores"]["drawn"], data["touched"]
    return name, drawn["into"], strength(drawn, touched), suspected(drawn, touched)
