"""Small image sets, opened without a store."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from convatlas.errors import ConfigError
from convatlas.images.sets import OpenSet, open_set
from convatlas.opening.configuration import parse


class Memo(dict):
    """A memo that takes only what JSON does."""

    def put(self, key: str, value: Any) -> None:
        self[key] = json.loads(json.dumps(value))


def opened(
    folder: Path,
    memo: Memo | None = None,
    source: str = "folder:photos",
    labels: str | None = None,
    **more: Any,
) -> OpenSet:
    """The set ``photos`` of an atlas in a folder."""
    entry = {"name": "photos", "source": source, **more}
    if labels is not None:
        entry["labels"] = labels
    data = {"models": [{"name": "a", "source": "torchvision/alexnet"}], "images": [entry]}
    configuration = parse(json.dumps(data), folder / "atlas.yaml", {})
    images = configuration.atlas.images[0]
    return open_set(images, configuration, Memo() if memo is None else memo)


def failure(folder: Path, **settings: Any) -> str:
    """What is said of a set that cannot be opened."""
    with pytest.raises(ConfigError) as caught:
        opened(folder, **settings)
    return str(caught.value)


def save(
    path: Path,
    colour: tuple[int, ...] | None = None,
    size: tuple[int, int] = (6, 5),
    mode: str = "RGB",
    **options: Any,
) -> Path:
    """A picture whose content depends on its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = random.Random(path.as_posix().rpartition("photos")[2])
    colour = colour or tuple(seed.randrange(256) for _ in range(3))
    Image.new("RGB", size, colour).convert(mode).save(path, **options)
    return path


def names(opened_set: OpenSet) -> list[str]:
    """The names of a set's images."""
    return [image.name for image in opened_set.facts.images]
