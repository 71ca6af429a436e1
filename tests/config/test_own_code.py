"""The user's own modules: which they are, and that their sources are what is run."""

from __future__ import annotations

import importlib
import os
import py_compile
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from convatlas.config.own_code import compiled_afresh, imported_by
from convatlas.config.sources import Source
from convatlas.config.user_code import make

TIME = 10**9 * 10**9


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def compiled(path: Path, source: str) -> None:
    path.write_text(source)
    os.utime(path, ns=(TIME, TIME))
    py_compile.compile(str(path), doraise=True)


@pytest.mark.parametrize("changed", ["net.py", "part.py"])
def test_bytecode_of_another_source_of_the_same_size_and_second_is_not_run(
    folder: Path, changed: str
) -> None:
    sources = {"net.py": "import part\ndef net(): return [10 + part.N]\n", "part.py": "N = 3\n"}
    for name, source in sources.items():
        compiled(folder / name, source)
    new = sources[changed].replace("10", "90").replace("3", "5")
    (folder / changed).write_text(new)
    os.utime(folder / changed, ns=(TIME, TIME))
    value = make(Source("file", "net.py", "net"), {}, folder).value
    assert value == [93 if changed == "net.py" else 15]


def test_what_is_imported_stands_in_the_sources(folder: Path) -> None:
    (folder / "pack" / "deep").mkdir(parents=True)
    for name in ("pack/__init__.py", "pack/deep/__init__.py", "other.py", "unused.py"):
        (folder / name).touch()
    (folder / "pack" / "deep" / "part.py").write_text("def f():\n    import other\n")
    (folder / "pack" / "main.py").write_text("import json, torch\nfrom .deep import part\n")
    for name in ("pack.main", "other", "unused"):
        importlib.import_module(name)
    found = imported_by([sys.modules["pack.main"]])
    assert set(found) == {"pack", "pack.deep", "pack.deep.part", "other"}


def test_the_finders_are_left_as_they_were_and_built_in_modules_come_first(folder: Path) -> None:
    before = list(sys.meta_path)
    (folder / "time.py").write_text("raise RuntimeError\n")
    sys.modules.pop("time")
    with compiled_afresh():
        assert "built-in" in str(importlib.import_module("time"))
    assert sys.meta_path == before
