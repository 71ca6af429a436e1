"""The manifest's entries for edits: how filters answer to edited images, and what that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, cast

from convatlas.lenses.edits.records import NAME
from convatlas.model.manifest import File, Layer, Manifest, atlas_entry, lens_entry

HUNDREDTHS = 100
"""What columns are told in."""


class EditColumns(TypedDict):
    """How the filters of a layer answer to an edit: lists with a value for each filter that the
    atlas shows, in order, in hundredths; None where it is not known."""

    auc: list[int | None]
    """The probability that an edited image excites it more than a plain one: 50 is chance."""
    change: list[int | None]
    """Mean change of the response to an image, in standard deviations of that to plain ones."""
    invariance: list[int | None]
    """Correlation of the responses to plain and to edited images."""
    twin: NotRequired[dict[str, tuple[int, int]]]
    """By the index of a filter, the filter of the layer that it turns into, and the correlation of
    their responses; absent if the edit turns none."""
    colour: NotRequired[list[int | None]]
    """Share of the response that is lost with the colours; only of the edit that takes these."""


class ClassMove(TypedDict):
    """What an edit does to the score of a class."""

    name: str
    number: int
    """Its index among the network's scores."""
    logit: float
    """Mean change over the images, less the mean of that over all classes."""


class Carrier(TypedDict):
    """A filter that carries part of what an edit does to scores."""

    layer: str
    index: int
    share: float
    """The part of the target's change that goes through it, to first order."""
    auc: float | None


class EditedLayer(TypedDict):
    """What a layer's filters make of an edit."""

    layer: str
    filters: int
    """How many the atlas shows."""
    notice: int
    """How many of these notice it: edited images excite them more than plain ones, or less."""
    less: int
    """How many of these do by answering less."""
    enough: NotRequired[int]
    """The least number of its filters that carry 80 % of what passes through it; absent, like
    ``explained``, if that is not known."""
    explained: NotRequired[float]
    """The part of the target's change that passes through it."""


class EditExample(TypedDict):
    """An image before and after, or the part of it that may be shown."""

    image: str
    """Its id, or a number if its set is not published."""
    plain: File
    edited: File
    before: str | None
    """The class that it is taken for; None without scores."""
    after: str | None


class Accuracy(TypedDict):
    """The share of the labelled images that are recognised."""

    plain: float
    edited: float
    images: int


class DrawnEntry(TypedDict):
    """The class into which an edit moves the largest share of the images that are not of it."""

    name: str
    number: int
    """Its index among the network's scores."""
    share: float
    """Of the images that the network takes for another class as they are."""
    suspected: bool
    """Whether the edit looks like a mark that stands for the class."""


class TogetherEntry(TypedDict):
    """The fewest filters of one layer that explain 80 % of the change, to first order."""

    layer: str
    filters: int
    """How many they are."""
    explained: float
    """The sum of their shares."""
    undone: float
    """The share of the change that really setting them back undoes."""


class EditedNetwork(TypedDict):
    """What an edit does to a network."""

    network: str
    images: int
    """How many were shown again."""
    examples: list[EditExample]
    layers: list[EditedLayer]
    changed: NotRequired[float]
    """Share of the images that are taken for another class; absent without scores."""
    drawn: NotRequired[DrawnEntry]
    """Absent if no image is taken for another class."""
    accuracy: NotRequired[Accuracy]
    """Absent without labels that are classes of the network."""
    raised: list[ClassMove]
    """The classes whose scores rise most; with ``lowered``, they make the target."""
    lowered: list[ClassMove]
    """Those whose scores fall most."""
    target: NotRequired[float]
    """Mean change of the target: the mean logit of the raised classes minus that of the lowered."""
    carriers: list[Carrier]
    """Filters that the atlas shows, in order of their shares."""
    set_back: NotRequired[int]
    """How many of the first carriers were really set back to what they are on plain images."""
    undone: NotRequired[float]
    """The share of the target's change that this undid."""
    together: NotRequired[TogetherEntry]
    """Absent where the filters of no layer explain so much."""
    untraced: NotRequired[str]
    """Why it is not known what carries the change."""
    logits: list[float]
    """Mean change of each class's logit as in ``ClassMove``, by index; empty without scores."""


class EditEntry(TypedDict):
    """An edit, and what it does to each network that is shown images."""

    name: str
    title: str
    """Reads in a sentence: "a line of text"."""
    about: str
    """What it does and asks."""
    href: str
    """Its page, from the site's root."""
    turns: bool
    """Whether filters of a layer may turn into one another under it."""
    networks: list[EditedNetwork]


class ExportedEdit(TypedDict):
    """What an edit does to a network, as ``atlas.json`` has it: as in ``EditedNetwork``."""

    network: str
    images: int
    layers: list[EditedLayer]
    changed: NotRequired[float]
    drawn: NotRequired[DrawnEntry]
    accuracy: NotRequired[Accuracy]
    raised: list[ClassMove]
    lowered: list[ClassMove]
    target: NotRequired[float]
    carriers: str | None
    """The file with the filters that carry it, from the site's root."""
    set_back: NotRequired[int]
    undone: NotRequired[float]
    together: NotRequired[TogetherEntry]
    untraced: NotRequired[str]


class FilterEdit(TypedDict):
    """How a filter answers to an edit, as ``convatlas.load`` gives it; None where not known."""

    auc: float | None
    """The probability that an edited image excites it more than a plain one: 0.5 is chance."""
    change: float | None
    """Mean change of the response to an image, in standard deviations of that to plain ones."""
    invariance: float | None
    """Correlation of the responses to plain and to edited images."""
    colour: NotRequired[float | None]
    """Share of the response that is lost with the colours; only of the edit that takes these."""
    twin: NotRequired[int]
    """The filter of the layer that it turns into; absent without one."""
    twin_correlation: NotRequired[float]
    """That of the twin's responses to edited images with its own to plain ones."""


LayerEditsEntry = dict[str, EditColumns]
"""How the filters of a layer answer to each edit, by its name."""


def edits(manifest: Manifest) -> Sequence[EditEntry]:
    """Return the atlas's edits, in their order."""
    return cast("Sequence[EditEntry] | None", atlas_entry(manifest, NAME)) or ()


def by_weight(seen: EditedNetwork) -> tuple[bool, float]:
    """Return a key to sort by: edits that look like a mark for a class first, then those that
    change most predictions."""
    suspected = "drawn" in seen and seen["drawn"]["suspected"]
    return not suspected, -seen.get("changed", 0.0)


def layer_edits(layer: Layer) -> Mapping[str, EditColumns]:
    """Return how a layer's filters answer to each edit, by name; empty if that is not known."""
    return cast("LayerEditsEntry | None", lens_entry(layer, NAME)) or {}
