"""What is wrong with a lens of another package is told with the package and what to do."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

from convatlas.errors import LensError
from convatlas.lenses import installed as module
from convatlas.lenses.base import Lens
from convatlas.lenses.installed import GROUP, installed
from convatlas.lenses.kernels.lens import Kernels

FAULTY = "the lens faulty:lens of the package colours"


class Distribution:
    name = "colours"


def entry(value: str, name: str = "any") -> EntryPoint:
    point = EntryPoint(name, value, GROUP)
    vars(point)["dist"] = Distribution()
    return point


def lens(name: str) -> type[Lens]:
    return type("Made", (Lens,), {"name": name, "version": 1})


@pytest.fixture
def provide(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let packages provide lenses; each is a value in a module of its own."""

    def provided(**values: object) -> None:
        for name, value in values.items():
            made = ModuleType(name)
            made.lens = value  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, name, made)
        entries = [entry(f"{name}:lens") for name in values]
        monkeypatch.setattr(module, "entry_points", lambda group: entries)

    return provided


def test_lenses_of_packages_come_by_name(provide: Any) -> None:
    provide(second=lens("b"), first=lens("a"))
    assert [each.name for each in installed([Kernels()])] == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lens("kernels"), "is called 'kernels' like one of convatlas; give it another name, or"),
        (lens("index"), "cannot be called 'index'; choose another name: lower-case letters"),
        (lens("copy"), "cannot be called 'copy'; choose another name"),
        (lens("Two words"), "cannot be called 'Two words'; choose another name"),
        (lens("a")(), "is not a class that derives from convatlas.lenses.base.Lens"),
        (dict, "is not a class that derives from convatlas.lenses.base.Lens"),
    ],
)
def test_a_lens_that_will_not_do_is_refused(provide: Any, value: object, expected: str) -> None:
    provide(faulty=value)
    with pytest.raises(LensError) as caught:
        installed([Kernels()])
    assert str(caught.value).startswith(f"{FAULTY} {expected}")


def test_two_packages_cannot_have_a_lens_of_the_same_name(provide: Any) -> None:
    provide(first=lens("hues"), faulty=lens("hues"))
    with pytest.raises(LensError, match=r"'hues' like one of colours; .* uninstall colours"):
        installed([])


def test_a_lens_that_cannot_be_imported_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "entry_points", lambda group: [entry("there.is.none:lens")])
    message = r"cannot be imported \(ModuleNotFoundError: .*\); correct or uninstall colours"
    with pytest.raises(LensError, match=message):
        installed([])
