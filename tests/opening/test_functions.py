"""The user's functions that options name: what is known of them, and when they are imported."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from convatlas.errors import RenderError
from convatlas.model.facts import FunctionFacts
from convatlas.opening import witnesses
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.functions import Functions, last_facts
from convatlas.opening.network_source import MemoryMemo
from convatlas.rendering.agreement import difference
from convatlas.rendering.messages import Expected
from support.facts import NETWORK

LOSS = """
from pathlib import Path
import factor_of_loss
GAIN = float((Path(__file__).parent / "gain.txt").read_text())

def depth(output):
    '''The depth.

    More on it.
    '''
    return output * factor_of_loss.FACTOR

NUMBER = 3
LIST = [1]
"""
ATLAS = """
models: [{name: net, source: torchvision/alexnet}]
images: [{name: set, source: "convatlas.demo:pictures"}]
lenses: {effects: {target: "%s"}}
"""
TIME = 10**18 + 7


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(witnesses, "SETTLED", 0)
    (tmp_path / "loss.py").write_text(LOSS)
    (tmp_path / "factor_of_loss.py").write_text("FACTOR = 2\n")
    (tmp_path / "gain.txt").write_text("1")
    for path in tmp_path.iterdir():
        os.utime(path, ns=(TIME, TIME))
    time.sleep(0.02)  # longer than the tick of a file system's clock
    return tmp_path


def functions(folder: Path, memo: MemoryMemo, name: str = "loss.py:depth") -> Functions:
    configuration = parse(ATLAS % name, folder / "atlas.yaml", {})
    return Functions(configuration, OpenCatalog(memo))


def facts(folder: Path, memo: MemoryMemo, name: str = "loss.py:depth") -> FunctionFacts:
    return functions(folder, memo, name).facts[name]


def test_it_is_known_by_its_name_its_docstring_and_its_code(folder: Path) -> None:
    found = facts(folder, MemoryMemo({}))
    assert (found.name, found.about, found.problem) == ("depth", "The depth.", "")
    assert len(found.digest) == 64


def test_what_is_known_of_it_is_remembered_without_importing_it(folder: Path) -> None:
    memo = MemoryMemo({})
    found = facts(folder, memo)
    again = functions(folder, memo)
    assert again.facts == {"loss.py:depth": found}
    assert not again._imported
    assert last_facts(again.configuration.atlas, OpenCatalog(memo)) == again.facts


@pytest.mark.parametrize(
    ("name", "text"),
    [("loss.py", LOSS + "\n"), ("factor_of_loss.py", "FACTOR = 3\n"), ("gain.txt", "2")],
)
def test_it_is_another_once_what_it_is_made_of_changes(folder: Path, name: str, text: str) -> None:
    memo = MemoryMemo({})
    before = facts(folder, memo)
    (folder / name).write_text(text)
    assert facts(folder, memo).digest != before.digest


def test_where_it_is_does_not_matter_nor_what_else_is_there(folder: Path, tmp_path: Path) -> None:
    before = facts(folder, MemoryMemo({}))
    other = tmp_path / "elsewhere"
    other.mkdir()
    for name in ("loss.py", "factor_of_loss.py", "gain.txt"):
        (other / name).write_bytes((folder / name).read_bytes())
    (other / "site").mkdir()
    assert facts(other, MemoryMemo({})) == before


def test_the_function_is_imported_when_it_is_called_for(folder: Path) -> None:
    memo = MemoryMemo({})
    facts(folder, memo)
    function = functions(folder, memo).importers["loss.py:depth"]()
    assert function(5) == 10


def test_one_that_has_changed_since_the_plan_is_refused(folder: Path) -> None:
    found = functions(folder, MemoryMemo({}))
    assert not found.problems
    memo = MemoryMemo({})
    facts(folder, memo)
    late = functions(folder, memo)
    assert late.facts
    (folder / "factor_of_loss.py").write_text("FACTOR = 7\n")
    with pytest.raises(RenderError) as refused:
        late.importers["loss.py:depth"]()
    assert str(refused.value) == "loss.py:depth has changed since the build began; build again"


def broken(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "loss.py").write_text(text)


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        (
            "gone.py:depth",
            lambda folder: None,
            "there is no file gone.py; paths are relative to the file they stand in",
        ),
        ("loss.py:dept", lambda folder: None, "loss.py has no 'dept'; did you mean 'depth'?"),
        (
            "loss.py:NUMBER",
            lambda folder: None,
            "loss.py:NUMBER is of type int; name a function or class to call",
        ),
        ("loss.py:LIST", lambda folder: None, "loss.py:LIST is of type list; name a function"),
        (
            "loss.py:depth",
            broken("x = 1\n1 / 0\n"),
            "running loss.py raised ZeroDivisionError (division by zero) in loss.py, line 2;"
            " correct the code",
        ),
        (
            "loss.py:depth",
            broken("def depth(:\n"),
            "running loss.py raised SyntaxError (invalid syntax (loss.py, line 1)) in loss.py,"
            " line 1; correct the code",
        ),
        (
            "loss.py:depth",
            broken("import nothing_of_this_name\n"),
            "running loss.py raised ModuleNotFoundError (No module named 'nothing_of_this_name')"
            " in loss.py, line 1; install nothing_of_this_name, or put it beside the file",
        ),
        (
            "no_such_module:depth",
            lambda folder: None,
            "there is no module no_such_module; install it, or put it into the folder of the"
            " configuration file",
        ),
    ],
)
def test_one_that_cannot_be_imported_is_told_and_is_no_end(
    folder: Path, name: str, change: Callable[[Path], object], expected: str
) -> None:
    change(folder)
    memo = MemoryMemo({})
    found = functions(folder, memo, name)
    assert found.facts[name].problem == expected
    (problem,) = found.problems
    assert (problem.path, problem.message) == (("lenses", "effects", "target"), expected)
    assert not memo.values
    with pytest.raises(RenderError) as refused:
        found.importers[name]()
    assert str(refused.value) == f"{name}: {expected}"
    nothing = FunctionFacts(name.rpartition(":")[2])
    assert last_facts(found.configuration.atlas, OpenCatalog(memo)) == {name: nothing}


def test_a_worker_that_sees_another_function_is_not_to_be_used() -> None:
    here, there = (
        Expected(NETWORK, {}, (), (), {"loss.py:depth": FunctionFacts("depth", digest=digest)})
        for digest in "ab"
    )
    assert not difference(here, here)
    assert difference(here, there).startswith("sees another function loss.py:depth; put the same")
