"""The drawing of the folders is that of the code, and imports run in no circle."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "folders.py"


@pytest.fixture(scope="module")
def folders() -> ModuleType:
    spec = importlib.util.spec_from_file_location("folders", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_drawing_is_that_of_the_imports() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], check=False)
    assert done.returncode == 0, "run python docs/folders.py"


def test_every_folder_is_in_the_drawing(folders: ModuleType) -> None:
    drawn = set(folders.drawing().replace("-->", " ").split())
    assert set(folders.folders()) <= drawn


def test_what_follows_from_other_arrows_is_left_out(folders: ModuleType) -> None:
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert folders.reduced(graph) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_a_circle_is_refused(folders: ModuleType) -> None:
    with pytest.raises(ValueError, match="a -> b -> a"):
        folders.reduced({"a": {"b"}, "b": {"a"}})
