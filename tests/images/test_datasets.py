from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from convatlas.config.user_code import UserCodeError
from convatlas.images import datasets
from convatlas.images.dataset_memo import loaded_by
from convatlas.images.datasets import items_of
from convatlas.images.decode import Undecodable

SHADES = [10, 20, 30, 40, 50]


def picture(shade: int) -> Image.Image:
    return Image.new("L", (3, 2), shade)


def tensors(number: int = 5) -> torch.Tensor:
    shades = torch.tensor(SHADES[:number], dtype=torch.uint8)
    return shades.view(-1, 1, 1, 1).expand(-1, 3, 2, 3).contiguous()


class Indexed(Dataset[Any]):
    classes = ("a", "b", "c", "d", "e")

    def __len__(self) -> int:
        return len(SHADES)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return tensors()[index], index


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Iterator[Any]:
        yield from ((picture(shade), number) for number, shade in enumerate(SHADES))


class StreamOfKnownLength(Stream):
    def __len__(self) -> int:
        return 5


class Legacy:
    """Only ``__getitem__``, which raises IndexError at the end."""

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:
        return picture(SHADES[index]), index


KINDS = {
    "indexed": Indexed(),
    "stream": Stream(),
    "stream of known length": StreamOfKnownLength(),
    "legacy": Legacy(),
    "loader": DataLoader(Indexed(), batch_size=2),
    "loader of a stream": DataLoader(Stream(), batch_size=None),
    "tensors": TensorDataset(tensors(), torch.arange(5)),
    "generator": (pair for pair in Stream()),
    "list": list(Stream()),
    "batches": ((tensors()[i : i + 2], torch.arange(5)[i : i + 2]) for i in (0, 2, 4)),
    "batches of mappings": ({"image": tensors(), "label": [0, 1, 2, 3, 4]} for _ in range(1)),
    "mappings": [{"img": picture(shade), "label": n} for n, shade in enumerate(SHADES)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_data_set_has_its_items(kind: str) -> None:
    items = items_of(loaded_by(KINDS[kind]), "source")
    found = [items.item(index) for index in range(len(items))]
    assert [np.asarray(image).flat[0] for image, _ in found] == SHADES
    assert [int(target) for _, target in found] == [0, 1, 2, 3, 4]
    again = items.item(3)[0]
    assert np.asarray(again).flat[0] == 40, "in any order, and as often as wanted"


@pytest.mark.parametrize("batch", [tensors(), tensors().permute(0, 2, 3, 1).numpy()])
def test_pictures_alone_have_no_class(batch: Any) -> None:
    items = items_of(batch, "source")
    assert [items.item(index)[1] for index in range(len(items))] == [None] * 5


def test_a_part_of_a_data_set_is_no_loader() -> None:
    part = Subset(Indexed(), [4, 2])
    items = items_of(loaded_by(part), "source")
    assert [items.item(index)[1] for index in range(len(items))] == [4, 2]


def test_what_is_no_picture_among_others_is_kept_as_the_reason() -> None:
    items = items_of(
        (each for each in (picture(1), "word", {"a": 1}, np.zeros((2, 2, 9)))), "source"
    )
    assert items.item(0)[0].getpixel((0, 0)) == 1
    reasons = ["no picture but str", "a mapping (a) without a picture", "no picture but ndarray"]
    for index, reason in enumerate(reasons, 1):
        with pytest.raises(Undecodable) as caught:
            items.item(index)
        assert reason in str(caught.value)


def test_a_stream_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> Iterator[Image.Image]:
        while True:
            yield picture(1)

    monkeypatch.setattr(datasets, "LARGEST", 600)
    with pytest.raises(UserCodeError) as caught:
        items_of(endless(), "mine.py:data")
    assert str(caught.value) == (
        "mine.py:data gives more than 100 pictures one after the other, too much to keep; give it"
        " `__len__` and `__getitem__`, or let it end"
    )
