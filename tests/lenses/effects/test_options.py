"""What is wrong with the options of effects, as far as the atlas file tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from convatlas.errors import ConfigError
from convatlas.opening.configuration import parse

ATLAS = """
models: [{name: net, source: torchvision/alexnet}]
images: [{name: set, source: "convatlas.demo:pictures"}]
lenses: {effects: %s}
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{target: loss.py}", "effects.target: cannot tell what 'loss.py' is; write path/to/"),
        ("{target: folder:x}", "effects.target: cannot tell what 'folder:x' is; write path/to/"),
        ("{target: ''}", "effects.target: expected a text, found an empty one; fill it in"),
        (
            "{target: 'loss.py:depth', prune: [0.1]}",
            "effects.prune: it counts classes, and a `target` has none; leave one of them out",
        ),
    ],
)
def test_a_target_that_cannot_be_is_refused(options: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=r"effects\.") as refused:
        parse(ATLAS % options, Path("atlas.yaml"), {})
    assert expected in str(refused.value)


def test_a_target_needs_images() -> None:
    text = "models: [{name: net, source: torchvision/alexnet}]\n"
    with pytest.raises(ConfigError, match="no images to work it out for"):
        parse(text + "lenses: {effects: {target: 'loss.py:depth'}}", Path("atlas.yaml"), {})


@pytest.mark.parametrize("target", ["loss.py:depth", "../my losses/a.py:B.c", "package.loss:depth"])
def test_a_target_is_a_function_in_a_file_or_module(target: str) -> None:
    atlas = parse(ATLAS % f"{{target: '{target}'}}", Path("atlas.yaml"), {}).atlas
    (options,) = (each for name, each in atlas.lenses.switched_on().items() if name == "effects")
    assert list(options.functions()) == [("target", target)]
