"""Weights files that are damaged or hostile are loaded, or refused in a sentence.

python benchmarks/reliability/weight_files.py [TIMES]
"""

from __future__ import annotations

import io
import logging
import pickle
import random
import struct
import sys
import tempfile
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from campaign import Work, campaign, kept, sentence
from mutations import changed
from safetensors.torch import save
from torch import nn

from convatlas.errors import brief_lines
from convatlas.network.checkpoints import load_weights
from convatlas.network.weights_files import WeightsError


def network() -> nn.Module:
    """Return a network whose tensors are loaded."""
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3))


def whole() -> dict[str, bytes]:
    """Return sound files of each format."""
    state = network().state_dict()
    files = {"a.safetensors": save(state)}
    for name, content, modern in (
        ("new.pth", state, True),
        ("old.pth", state, False),
        ("training.ckpt", {"epoch": 3, "state_dict": state, "optimizer": {"lr": 0.1}}, True),
        ("wrapped.pth", {f"module.{key}": value for key, value in state.items()}, True),
    ):
        data = io.BytesIO()
        torch.save(content, data, _use_new_zipfile_serialization=modern)
        files[name] = data.getvalue()
    return files


class _Runs:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return print, ("this ran",)


def hostile() -> dict[str, bytes]:
    """Return files that were made to do harm, or by mistake."""
    header = b'{"0.weight":{"dtype":"F32","shape":[8,3,3,3],"data_offsets":[0,864]}}'
    vast = b'{"a":{"dtype":"F32","shape":[9999999,9999999],"data_offsets":[0,4]}}'
    step, depth = b"}X\x05\x00\x00\x00model", 100_000
    deep = b"\x80\x02" + step * depth + b"}" + b"s" * depth + b"."
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10**8))
    names = OrderedDict((f"{'model.' * n}0.weight", torch.zeros(8, 3, 3, 3)) for n in range(60))
    return {
        "empty.pth": b"",
        "zeros.pth": bytes(100_000),
        "page.pth": b"<!doctype html><html>" + b"x" * 10_000,
        "pointer.pth": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
        "runs.pth": pickle.dumps(_Runs()),
        "deep.pth": deep,
        "opcodes.pth": b"\x80\x02" + b"(" * 10**6 + b".",
        "memo.pth": b"\x80\x02Nr\xff\xff\xff\x7f.",
        "bytes.pth": b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x.",
        "tuple.pth": b"\x80\x02" + b"}" + b"\x85" * 10**6 + b".",
        "bomb.pth": bomb.getvalue(),
        "header.safetensors": struct.pack("<Q", 2**40) + b"{",
        "long.safetensors": struct.pack("<Q", 10**8) + b"{" + b" " * 1000,
        "short.safetensors": struct.pack("<Q", len(header)) + header + bytes(10),
        "vast.safetensors": struct.pack("<Q", len(vast)) + vast + bytes(4),
        "nested.safetensors": struct.pack("<Q", 200_000) + b'{"a":' * 40_000,
        "prefixes.pth": _saved(names),
        "names.pth": _saved({"x" * 10**6: torch.zeros(1)}),
        "numbers.pth": _saved({str(n): n for n in range(50_000)}),
        "list.pth": _saved([1, 2, 3]),
        "tensor.pth": _saved(torch.zeros(3)),
    }


def _saved(content: object) -> bytes:
    data = io.BytesIO()
    torch.save(content, data)
    return data.getvalue()


def tried(file: Path) -> str:
    """Load a file, and return what is wrong."""
    logging.disable()
    try:
        load_weights(network(), file, strict=True)
    except WeightsError as error:
        return sentence(brief_lines(str(error)))  # as every command prints it
    return ""


def inputs(times: int, folder: Path) -> Iterator[tuple[str, Work]]:
    """Yield hostile files, then changed ones."""
    made = list(hostile().items())
    sound = list(whole().items())
    for number in range(times):
        name, data = made[number] if number < len(made) else sound[number % len(sound)]
        if number >= len(made):
            data = changed(data, random.Random(number))
        yield f"number {number}, {name}", partial(tried, kept(folder, name, data))


def main(times: int = 150) -> None:
    """Try hostile and changed files."""
    with tempfile.TemporaryDirectory(prefix="weight-files-") as name:
        campaign("changed and hostile weights files", inputs(times, Path(name)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
