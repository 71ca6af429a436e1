"""Whatever the network's own code raises, wherever: one sentence with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from convatlas.errors import ConfigError, NetworkError
from convatlas.network.foreign_exceptions import Signal, foreign_exceptions
from convatlas.network.open import open_network
from convatlas.opening.configuration import parse

HEAD = """
import sys
import torch
from torch import nn

class Silent(Exception):
    def __str__(self):
        raise ValueError

class Base(BaseException):
    pass

def deep():
    deep()

def warned():
    import warnings
    warnings.simplefilter('error')
    warnings.warn('old', FutureWarning)

def out_of_memory():
    raise torch.OutOfMemoryError('no memory')

def late():
    import nothing_beside_it

def stop():
    next(iter(()))

def throw(error):
    raise error

"""
NETWORKS = {
    "import": "{0}\ndef net(): return nn.Conv2d(3, 2, 3)\n",
    "call": "def net():\n    {0}\n    return nn.Conv2d(3, 2, 3)\n",
    "construction": "class N(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        {0}\nnet = N\n",
    "forward": "class N(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.conv = nn.Conv2d(3, 2, 3)\n    def forward(self, x):\n"
    "        x = self.conv(x)\n        {0}\n        return x\nnet = N\n",
    "hook": "def hook(*_):\n    {0}\ndef net():\n    m = nn.Sequential(nn.Conv2d(3, 2, 3))\n"
    "    m[0].register_forward_hook(hook)\n    return m\n",
    "copying": "class N(nn.Conv2d):\n    def __deepcopy__(self, memo):\n        {0}\n"
    "def net(): return N(3, 2, 3)\n",
    "mode": "class N(nn.Conv2d):\n    def train(self, mode=True):\n        {0}\n"
    "def net(): return N(3, 2, 3)\n",
    "state": "class N(nn.Conv2d):\n    def state_dict(self, *args, **kwargs):\n        {0}\n"
    "def net(): return N(3, 2, 3)\n",
    "parameters": "class N(nn.Conv2d):\n    def named_parameters(self, *args, **kwargs):\n"
    "        {0}\ndef net(): return N(3, 2, 3)\n",
}
RAISED = {
    "throw(Exception('wrong size'))": "Exception",
    "undefined_name": "NameError",
    "late()": "ModuleNotFoundError",
    "open('/nowhere/at/all')": "FileNotFoundError",
    "stop()": "StopIteration",
    "sys.exit(3)": "SystemExit",
    "sys.exit()": "SystemExit",
    "throw(MemoryError())": "MemoryError",
    "out_of_memory()": "OutOfMemoryError",
    "deep()": "RecursionError",
    "throw(Base('so'))": "Base",
    "throw(Silent())": "Silent",
    "throw(GeneratorExit())": "GeneratorExit",
    "warned()": "FutureWarning",
    "assert not torch.ones(1)": "AssertionError",
}
EVERYWHERE = ("sys.exit(3)", "throw(Exception('wrong size'))")


def failing(folder: Path, place: str, statement: str) -> str:
    (folder / "net.py").write_text(HEAD + NETWORKS[place].format(statement))
    weights = "w.pth" if place == "state" else "none"
    torch.save(nn.Conv2d(3, 2, 3).state_dict(), folder / "w.pth")
    text = f"models: [{{name: net, source: 'net.py:net', weights: {weights}, input: {{size: 12}}}}]"
    configuration = parse(text, folder / "atlas.yaml", {})
    with pytest.raises(ConfigError) as caught:
        open_network(configuration.atlas.models[0], configuration)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("place", "statement"),
    [
        *(("forward", statement) for statement in RAISED),
        *(("call", statement) for statement in RAISED),
        *((place, statement) for place in NETWORKS for statement in EVERYWHERE),
    ],
)
def test_whatever_is_raised_is_one_sentence(tmp_path: Path, place: str, statement: str) -> None:
    message = failing(tmp_path, place, statement)
    assert RAISED[statement] in message
    assert " in net.py, line " in message
    assert "\n" not in message and message.startswith(f"{tmp_path / 'atlas.yaml'}:1:")
    line = int(message.partition(" in net.py, line ")[2].split(";")[0].rstrip(")"))
    lines = (tmp_path / "net.py").read_text().splitlines()
    assert statement in lines[line - 1] or statement.partition("(")[0] in HEAD


def test_a_sibling_that_is_imported_late_is_told_with_the_remedy(tmp_path: Path) -> None:
    message = failing(tmp_path, "forward", "late()")
    assert "import nothing_beside_it at the top of the file" in message


def test_a_syntax_error_is_told_with_its_own_line(tmp_path: Path) -> None:
    assert "SyntaxError" in (message := failing(tmp_path, "import", "def (:"))
    assert f" in net.py, line {HEAD.count(chr(10)) + 1};" in message


@pytest.mark.parametrize("place", ["import", "construction", "forward", "hook", "copying"])
def test_an_interruption_stays_one(tmp_path: Path, place: str) -> None:
    (tmp_path / "net.py").write_text(HEAD + NETWORKS[place].format("throw(KeyboardInterrupt())"))
    configuration = parse(
        "models: [{name: net, source: 'net.py:net', input: {size: 12}}]",
        tmp_path / "atlas.yaml",
        {},
    )
    with pytest.raises(KeyboardInterrupt):
        open_network(configuration.atlas.models[0], configuration)


@pytest.mark.parametrize("error", [SystemExit(3), StopIteration(), GeneratorExit()])
def test_what_handlers_of_exceptions_do_not_see_becomes_an_error(error: BaseException) -> None:
    with pytest.raises(NetworkError, match=f"raised {type(error).__name__}"), foreign_exceptions():
        raise error


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), Signal()])
def test_all_else_is_passed_on(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, foreign_exceptions():
        raise error
    assert caught.value is error
