"""Open image sets: folders of files, and data sets that code returns."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import TypeAdapter

from convatlas.config import schema
from convatlas.config.read import Configuration
from convatlas.config.sources import Source, parse_source
from convatlas.config.suggestions import did_you_mean
from convatlas.config.user_code import UserCodeError, call, value_of
from convatlas.errors import Problem, RenderError
from convatlas.images.dataset_memo import loaded_by, memo_key
from convatlas.images.datasets import Items, items_of
from convatlas.images.decode import Undecodable
from convatlas.images.files import picture_files, read_again, usable
from convatlas.images.label_sources import NONE, labels_of
from convatlas.images.labels import Label
from convatlas.images.scan import Memo
from convatlas.model.facts import ImageFacts, ImageSetFacts
from convatlas.model.records import digest, plain


@dataclass(frozen=True)
class OpenSet:
    """An opened image set: its facts and its pictures."""

    facts: ImageSetFacts
    picture: Callable[[int], Image.Image]
    """Returns the n-th picture of ``facts.images``: decoded, upright, of mode RGB or L.

    Raises:
        RenderError: the file has been removed or changed since the set was opened."""


def open_set(entry: schema.ImageSet, configuration: Configuration, memo: Memo) -> OpenSet:
    """Open an image set; images that cannot be used are left out and listed in its facts.

    Raises:
        ConfigError: the set cannot be opened, its labels cannot be read, or no image is left.
    """
    source = parse_source(entry.source)
    opened = (
        _open_folder(entry, configuration, configuration.resolve(source.target), memo)
        if source.kind == "folder"
        else _open_dataset(entry, configuration, source, memo)
    )
    if not opened.facts.images:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in opened.facts.left_out[:3])
        message = f"not a single image can be used ({reasons or 'there is none'}); add pictures"
        configuration.fail([Problem((*configuration.place(entry), "source"), message)])
    return opened


def _open_folder(
    entry: schema.ImageSet, configuration: Configuration, folder: Path, memo: Memo
) -> OpenSet:
    try:
        sound, left_out = picture_files(folder)
    except OSError as error:
        message = f"the folder cannot be read ({error.strerror}); correct its path or rights"
        configuration.fail([Problem((*configuration.place(entry), "source"), message)])
    labels = labels_of(entry, configuration, folder, list(sound))
    kept, unusable = usable(folder, sound, memo)
    images = [
        ImageFacts(content[:12], name, *labels.get(name, Label())) for content, name in kept.items()
    ]

    def picture(index: int) -> Image.Image:
        image = images[index]
        return read_again(folder / image.name, image.id, f"{entry.name}: {image.name}")

    return OpenSet(_facts(entry.name, images, [*left_out, *unusable]), picture)


@dataclass(frozen=True)
class _Content:
    """The content of a data set: its images, and the index of each of them."""

    images: list[ImageFacts]
    places: list[int]
    left_out: list[tuple[str, str]]


_CONTENT = TypeAdapter(_Content)


def _open_dataset(
    entry: schema.ImageSet, configuration: Configuration, source: Source, memo: Memo
) -> OpenSet:
    try:
        dataset = loaded_by(_dataset(entry, configuration, source))
        items = items_of(dataset, entry.source)
        content = _content(items, dataset, entry.source, memo)
    except UserCodeError as error:
        configuration.fail([Problem((*configuration.place(entry), "source"), str(error))])

    def picture(number: int) -> Image.Image:
        place = content.places[number]
        try:
            image = items.item(place)[0]
        except (Undecodable, UserCodeError) as error:
            raise RenderError(f"{entry.name}: image {place}: {error}") from error
        if _identity(image) != content.images[number].id:
            message = "is another picture than before; let the data set draw nothing at random"
            raise RenderError(f"{entry.name}: image {place} {message}, and share no open file")
        return image

    images = content.images
    if entry.labels == NONE:
        images = [replace(image, label=None, target=None) for image in images]
    return OpenSet(_facts(entry.name, images, content.left_out), picture)


def _content(items: Items, dataset: Any, source: str, memo: Memo) -> _Content:
    """Read all items of a data set, unless the memo has them.

    One with a fingerprint is read only once for each fingerprint.
    """
    classes = call(lambda: [str(each) for each in getattr(dataset, "classes", None) or ()], source)
    key = memo_key(dataset, source)
    if key is None:
        return _read_items(items, classes, source)
    known = memo.get(key)
    if known is not None:
        return _CONTENT.validate_python(known)
    content = _read_items(items, classes, source)
    memo.put(key, plain(content))
    return content


def _read_items(items: Items, classes: Sequence[str], source: str) -> _Content:
    """Read all items; those that raise are left out, like those that are no pictures."""
    content = _Content([], [], [])
    first: dict[str, int] = {}
    for index in range(len(items)):
        try:
            image, target = items.item(index)
        except Undecodable as error:
            content.left_out.append((str(index), str(error)))
            continue
        except UserCodeError as error:
            reason = str(error).removeprefix(f"{source} ").rpartition("; ")[0]
            content.left_out.append((str(index), reason))
            continue
        name = _identity(image)
        if name in first:
            content.left_out.append((str(index), f"same content as {first[name]}"))
            continue
        first[name] = index
        content.places.append(index)
        content.images.append(ImageFacts(name, str(index), *_target(target, classes)))
    return content


def _identity(image: Image.Image) -> str:
    """Return the digest of a picture's pixels, as the identity of an image that is not a file."""
    content = f"{image.mode} {image.size} ".encode() + image.tobytes()
    return hashlib.sha256(content).hexdigest()[:12]


def _target(target: Any, classes: Sequence[str]) -> Label:
    if isinstance(target, str):
        return Label(target)
    try:
        index = operator.index(target)  # integers of Python, NumPy and torch
    except TypeError:
        return Label()
    if index < 0 or isinstance(target, bool):
        return Label()
    return Label(classes[index] if index < len(classes) else str(index), index)


def _dataset(entry: schema.ImageSet, configuration: Configuration, source: Source) -> Any:
    if source.kind == "torchvision":
        return _torchvision(entry, configuration, source.target)
    return value_of(source, entry.arguments, configuration.folder)


def _torchvision(entry: schema.ImageSet, configuration: Configuration, name: str) -> Any:
    from torchvision import datasets

    known = [each for each in datasets.__all__ if each[0].isupper()]
    if name not in known:
        raise UserCodeError(f"torchvision has no data set '{name}'; {did_you_mean(name, known)}")
    arguments = dict(entry.arguments)
    if isinstance(arguments.get("root"), str):
        arguments["root"] = str(configuration.resolve(arguments["root"]))
    return call(lambda: getattr(datasets, name)(**arguments), entry.source)


def _facts(
    name: str, images: Sequence[ImageFacts], left_out: Sequence[tuple[str, str]]
) -> ImageSetFacts:
    fingerprint = digest([[image.id, image.label, image.target] for image in images])
    return ImageSetFacts(name, fingerprint, tuple(images), tuple(sorted(left_out)))
