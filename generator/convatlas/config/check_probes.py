"""Checks of `probes` and `hypotheses` that need no network or image set to be opened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from convatlas.config.filters import identity
from convatlas.config.picture_references import FOLDER, SET, of_set
from convatlas.config.raw_values import Place, check_pictures, entries, missing, text_of, texts
from convatlas.config.section import LONGEST_GLOB
from convatlas.config.sources import is_file, is_folder
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.records import Json


@dataclass(frozen=True)
class _Known:
    """What the rest of the file says, and the folder that its paths are relative to."""

    folder: Path
    networks: Collection[str]
    sets: Mapping[str, str]  # `publish` of each image set, by name


def check_claims(data: dict[str, Json], folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with the probes and hypotheses of a file.

    ``data`` holds plain values that may be of any type.
    """
    networks = [text_of(entry, "name") for _, entry in entries(data, "models")]
    sets = {
        text_of(entry, "name") or "": text_of(entry, "publish") or "full"
        for _, entry in entries(data, "images")
    }
    sets.pop("", None)
    known = _Known(folder, dict.fromkeys(name for name in networks if name), sets)
    probes = text_of(data, "probes")
    if probes is not None:
        remedy = "list it: `probes: [{name: NAME, image: %s}]`"
        yield from _folder(probes, known, ("probes",), remedy)
    for index, entry in entries(data, "probes"):
        yield from _probe(entry, known, ("probes", index))
    for index, entry in entries(data, "hypotheses"):
        yield from _hypothesis(entry, known, ("hypotheses", index))


def _probe(entry: dict[str, Json], known: _Known, path: Place) -> Iterator[Problem]:
    image = text_of(entry, "image")
    if image is not None:
        place = (*path, "image")
        yield from _picture(image, known, place, "name a picture in it")
        yield from _published(image, known, place)
    for number, glob in texts(entry.get("networks")):
        if len(glob) > LONGEST_GLOB or not known.networks:
            continue
        if not any(fnmatchcase(name, glob) for name in known.networks):
            message = f"'{glob}' matches no network; {did_you_mean(glob, known.networks)}"
            yield Problem((*path, "networks", number), message)


def _hypothesis(entry: dict[str, Json], known: _Known, path: Place) -> Iterator[Problem]:
    claimed = text_of(entry, "filter")
    if claimed is not None:
        yield from _filter(claimed, known, (*path, "filter"))
    image, images = entry.get("image"), entry.get("images")
    if image is None and images is None:
        yield Problem(path, "no picture tests the claim; add `image` or `images`")
    elif image is not None and images is not None:
        yield Problem((*path, "images"), "`image` is given too; keep one of them")
    remedy = "name a picture in it, or let it stand alone: `images: FOLDER`"
    if isinstance(image, str) and image:
        yield from _picture(image, known, (*path, "image"), remedy)
    if isinstance(images, str) and images:
        yield from _folder(images, known, (*path, "images"), "write `image: %s`")
    for number, text in texts(images):
        yield from _picture(text, known, (*path, "images", number), remedy)


def _filter(text: str, known: _Known, path: Place) -> Iterator[Problem]:
    try:
        network = identity(text, known.networks).network
    except ValueError as error:
        yield Problem(path, f"'{text}' names no filter; {error}")
        return
    if network not in known.networks:
        message = f"no network is called '{network}'; {did_you_mean(network, known.networks)}"
        yield Problem(path, message)


def _folder(text: str, known: _Known, path: Place, remedy: str) -> Iterator[Problem]:
    """Check a folder of pictures; ``remedy`` says how to name a single picture instead."""
    target = text.removeprefix(FOLDER)
    if text.startswith(SET):
        yield Problem(path, f"a folder of pictures is expected here; {remedy % text}")
    elif is_file(known.folder / target):
        yield Problem(path, f"{target} is no folder but a file; {remedy % target}")
    else:
        yield from check_pictures(target, known.folder, path)


def _picture(text: str, known: _Known, path: Place, remedy: str) -> Iterator[Problem]:
    """Check a single picture; ``remedy`` says what to do if a folder is named instead."""
    found = of_set(text, known.sets)
    if found is not None:
        yield from _image_of_set(*found, known, path)
    elif text.startswith(FOLDER) or is_folder(known.folder / text):
        yield Problem(path, f"{text.removeprefix(FOLDER)} is a folder; {remedy}")
    elif not is_file(known.folder / text):
        yield Problem(path, missing("file", text), absent=True)


def _image_of_set(name: str, image: str, known: _Known, path: Place) -> Iterator[Problem]:
    if not name or not image:
        message = "write set:SET/IMAGE: an image by its file's path in the set, or its index"
        yield Problem(path, message)
    elif name not in known.sets:
        yield Problem(path, f"no image set is called '{name}'; {did_you_mean(name, known.sets)}")


def _published(text: str, known: _Known, path: Place) -> Iterator[Problem]:
    name = (of_set(text, known.sets) or ("",))[0]
    publish = known.sets.get(name, "full")
    if publish != "full":
        yield Problem(path, unpublished(name, publish))


def unpublished(name: str, publish: str) -> str:
    """Return the message for a probe whose image may not be published in full."""
    return (
        f"a probe shows its picture whole, but this is an image of the set '{name}', which has "
        f"`publish: {publish}`; take another picture, or publish the set in full"
    )
