"""The records of edits, and how to read them.

A filter's response to an image is its highest over all positions, before the nonlinearity. There
is a record for each layer and edit, one for each edit with what it does to the network's scores,
and one for each edit with pictures of it; the last two belong to no layer. The item of all of them
is the edit's name.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf, StoredRecord

NAME = "edits"
PICTURES = "pictures"
"""The role of the record with an edit's pictures; that of the others is ""."""

GREY = "grey"
"""The name of the edit by which colour indices are told."""
NOTICES = 0.8
"""From which AUC on a filter is said to notice an edit (Bykov et al., "Labeling Neural
Representations with Inverse Recognition", NeurIPS 2023)."""
STEPS = 6
"""Steps of the straight line from a plain to an edited image along which a change is traced."""
SAMPLE = 16
"""Number of images by which it is."""
TURNED = 0.9
"""From which correlation on a filter is said to turn into another one."""

Twin = tuple[int, float]
"""The index of another filter of the layer, and the correlation of its responses to the edited
images with the filter's own to the plain ones."""

Carrier = tuple[str, int, float]
"""A layer, the index of one of its filters, and the share of the target's change that it carries:
1 is all of it; below 0, it works against the change."""

Example = tuple[int, int | None, int | None]
"""An image's index in the set, and the classes that the network takes it for, plain and edited;
None without scores."""


class Carried(TypedDict):
    """What share of the change of the edit's target passes through a layer, to first order.

    The target is that of ``EditData``. A filter's share is its conductance from the plain to the
    edited image (Dhamdhere et al., "How Important Is a Neuron?", ICLR 2019), over the change, both
    summed over the sample. Of layers side by side, as of branches, each carries a part only.
    """

    shares: list[float | None]  # by filter; None where it is not finite
    explained: float  # sum of all of them: what of the change passes through this layer
    enough: int  # the least number of filters whose shares add up to 80 % of ``explained``
    noticing: float  # sum of the shares of the filters whose AUC is above ``NOTICES``


class LayerEditData(TypedDict):
    """How the filters of a layer answer to edited images; lists are by filter.

    Numbers are None for filters whose response to some image is not finite.
    """

    images: int
    """How many reach the layer plain as well as edited."""
    auc: list[float | None]
    """The probability that the response to an edited image is higher than to a plain one; ties
    count half. 0.5: not noticed; 1: all edited images excite it more than any plain one."""
    change: list[float | None]
    """The mean of edited minus plain response, in standard deviations of the plain ones over the
    images; None if it answers to all plain images alike."""
    invariance: list[float | None]
    """The correlation of the responses to the edited and to the plain images, -1 to 1; None if
    either are all the same."""
    twin: NotRequired[list[Twin | None]]
    """The filter that it turns into, at least ``TURNED`` and more than without the edit; only of
    edits that turn. None without one, and if it answers to the edited images most like itself."""
    colour: NotRequired[list[float | None]]
    """Only of the edit "grey": 1 minus the sum of its responses to its 10 strongest images in grey
    over that to these as they are, responses below 0 being 0 (Rafegas and Vanrell, "Color encoding
    in biologically-inspired convolutional neural networks", Vision Research 2018). 0: colour does
    not matter; 1: without colour nothing; below 0: more without. None if it answers to none."""
    carried: NotRequired[Carried]
    """Absent where the network has no scores, the edit changes none or moves what images show, no
    gradient reaches the layer, or its filters are the classes themselves."""


class Target(TypedDict):
    """The change of scores that an edit makes most: the classes that it raises and lowers.

    The target is the mean logit of the raised classes minus that of the lowered ones.
    """

    raised: list[int]  # indices of classes, the most raised first; 5 at most
    lowered: list[int]  # the most lowered first; as many
    change: float  # mean change of the target over all images, in logits


class Together(TypedDict):
    """The fewest filters of one layer that explain 80 % of the change, to first order."""

    layer: str
    filters: list[int]  # those with the highest shares first
    explained: float  # the sum of their shares, 0.8 at least
    undone: float  # the share of the change that really setting them back undoes


class Behind(TypedDict):
    """What carries the change of the target, by the images of a sample.

    To set filters back means: on the edited images, they really are what they are on the plain
    ones, at all positions, and the rest of the network goes on from there.
    """

    images: int  # of the sample
    steps: int  # of the straight line from each plain image to the edited one
    change: float  # mean change of the target over the sample, in logits
    carriers: list[Carrier]  # across all layers that the atlas shows, the highest shares first
    set_back: int  # how many of the first carriers were set back at once: 10, or all
    undone: float  # the share of the change that this undid
    together: NotRequired[Together]  # absent where no layer explains so much


class Drawn(TypedDict):
    """The class into which an edit moves the largest share of the images that are not of it.

    An image is of the class that the network takes it for as it is.
    """

    into: int
    share: float  # of the images of all other classes
    kept: NotRequired[float]  # share of the class's own that stay with it; absent if it has none


class Scores(TypedDict):
    """What an edit does to the scores of classes."""

    changed: float
    """Share of the images that are taken for another class."""
    labelled: int
    """How many images have a label that is one of the network's classes."""
    accuracy: NotRequired[tuple[float, float]]
    """Share of these that are recognised, plain and edited; absent if there are none."""
    logits: list[float]
    """Mean change of each class's logit, minus the mean of these changes over all classes."""
    drawn: NotRequired[Drawn]
    """Absent if no image is taken for another class."""
    target: NotRequired[Target]
    """Absent if no score changes."""
    behind: NotRequired[Behind]
    """Absent if no score changes, or if it is not known what carries the change."""
    untraced: NotRequired[str]
    """Why it is not known, as a sentence."""


class EditData(TypedDict):
    """What an edit does to a network as a whole."""

    images: int  # how many it was tried on
    of: int  # how many the set has
    touched: float  # mean share of an image's pixels that it changes
    examples: list[Example]  # three images, spread evenly over these, that pictures show
    scores: NotRequired[Scores]  # absent if the network has none


class Shown(TypedDict):
    """Pictures of an edit, at the size of the network's input: ``plain-0``, ``edited-0``, ...

    They show the images of ``EditData.examples``, in that order. Of sets that publish crops, they
    show the window in which the edit changes most.
    """

    images: list[int]  # indices in the set
    windows: NotRequired[list[tuple[int, int, int, int]]]  # left, top, width, height; only of crops


def read_layer_edit(records: RecordIndex, layer: str, edit: str) -> LayerEditData | None:
    """Return how a layer's filters answer to an edit."""
    record = records.first(NAME, layer, edit)
    return cast("LayerEditData", record.data) if record else None


def read_edit(records: RecordIndex, edit: str) -> EditData | None:
    """Return what an edit does to the network as a whole."""
    record = _whole(records, edit, "")
    return cast("EditData", record.data) if record else None


def read_shown(records: RecordIndex, edit: str) -> RecordOf[Shown] | None:
    """Return pictures of an edit; None if its images are not published."""
    return cast("RecordOf[Shown] | None", _whole(records, edit, PICTURES))


def _whole(records: RecordIndex, edit: str, role: str) -> StoredRecord | None:
    """Return a record of an edit that belongs to no layer."""
    found = records.all(NAME, None, edit)
    return next((record for request, record in found if request.role == role), None)
