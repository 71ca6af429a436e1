"""What is remembered of a network holds exactly as long as what it was opened from."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from convatlas.model.facts import NetworkFacts
from convatlas.opening import witnesses as stamps
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.network_source import MemoryMemo
from convatlas.opening.workspace import Workspace

TIME = 10**18 + 7
NET = """
import sys
from pathlib import Path
import numpy as np
import torch
from torch import nn
from safetensors.torch import load_file
import sibling
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / 'elsewhere'))
import distant
sys.path.remove(str(HERE / 'elsewhere'))

def net(config=None):
    from late import KERNEL
    torch.manual_seed(0)
    conv = nn.Conv2d(3, sibling.FILTERS, (KERNEL, distant.KERNEL))
    newest = max((HERE / 'runs').iterdir())
    with torch.no_grad():
        conv.bias += float(np.load(HERE / 'offset.npy'))
        conv.bias += load_file(HERE / 'bias.safetensors')['bias']
        conv.bias += float(newest.name)
        if config:
            conv.bias += float(Path(config).read_text())
    return conv
"""
ATLAS = """
models:
  - name: net
    source: net.py:net
    weights: %s
    classes: classes.txt
    arguments: {config: '%s'}
    input: {size: 12}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(stamps, "SETTLED", 0)
    for name in ("elsewhere", "runs"):
        (tmp_path / name).mkdir()
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "sibling.py").write_text("FILTERS = 2\n")
    (tmp_path / "late.py").write_text("KERNEL = 3\n")
    (tmp_path / "elsewhere" / "distant.py").write_text("KERNEL = 3\n")
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    (tmp_path / "settings.txt").write_text("0.5")
    (tmp_path / "runs" / "1").touch()
    save(tmp_path, 0.25)
    for path in tmp_path.rglob("*"):
        os.utime(path, ns=(TIME, TIME))
    time.sleep(0.02)  # longer than the tick of a file system's clock
    yield tmp_path
    sys.modules.pop("distant", None)


def save(folder: Path, value: float) -> None:
    """Write all files of numbers, of equal sizes whatever the value."""
    import numpy as np

    np.save(folder / "offset.npy", np.float64(value))
    save_file({"bias": torch.full((1,), value)}, folder / "bias.safetensors")
    torch.save({"weight": torch.full((2, 3, 3, 3), value)}, folder / "w.pth")


def swapped(path: Path, content: bytes) -> None:
    """Put another file of the same size and time into a file's place, as tar and rsync do."""
    assert path.stat().st_size == len(content) and path.read_bytes() != content
    path.with_name("new").write_bytes(content)
    os.utime(path.with_name("new"), ns=(TIME, TIME))
    path.with_name("new").replace(path)


class Opening:
    """Opens one atlas again and again; the memo stays."""

    def __init__(self, folder: Path, weights: str = "none") -> None:
        text = ATLAS % (weights, folder / "settings.txt")
        text = text.replace("weights: w.pth", "weights: w.pth\n    strict: false")
        self.configuration = parse(text, folder / "atlas.yaml", {})
        self.catalog = OpenCatalog(MemoryMemo({}))

    def facts(self) -> NetworkFacts:
        return Workspace(self.configuration, self.catalog).facts()[0]

    def remembered(self) -> NetworkFacts | None:
        model = self.configuration.atlas.models[0]
        return self.catalog.network(model, self.configuration.folder)


def numbers(name: str, folder: Path) -> bytes:
    aside = folder / "aside"
    aside.mkdir()
    save(aside, 0.75)
    return (aside / name).read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "net.py",
        "sibling.py",
        "late.py",
        "elsewhere/distant.py",
        "classes.txt",
        "settings.txt",
        "offset.npy",
        "bias.safetensors",
        "w.pth",
    ],
)
def test_another_file_of_the_same_size_and_time_is_noticed(folder: Path, name: str) -> None:
    opening = Opening(folder, "w.pth" if name == "w.pth" else "none")
    before = opening.facts()
    assert opening.remembered() == before
    path = folder / name
    content = path.read_bytes()
    new = {
        "net.py": content.replace(b"+= float(newest", b"-= float(newest"),
        "classes.txt": b"cat\ncow\n",
        "settings.txt": b"0.7",
        "sibling.py": b"FILTERS = 1\n",
        "late.py": b"KERNEL = 5\n",
        "elsewhere/distant.py": b"KERNEL = 5\n",
    }.get(name) or numbers(name, folder)
    swapped(path, new)
    sys.modules.pop("distant", None)  # as in the process of the next build
    assert opening.remembered() is None
    after = opening.facts()
    assert (after.layers, after.classes) != (before.layers, before.classes)
    assert opening.remembered() == after


def test_a_newer_checkpoint_in_a_folder_is_noticed(folder: Path) -> None:
    opening = Opening(folder)
    before = opening.facts()
    (folder / "runs" / "2").touch()
    assert opening.remembered() is None
    assert opening.facts().layers != before.layers


def test_other_times_of_the_same_bytes_are_no_reason_to_open_it(folder: Path) -> None:
    opening = Opening(folder, "w.pth")
    before = opening.facts()
    for path in folder.rglob("*"):
        os.utime(path)
    assert opening.remembered() == before
