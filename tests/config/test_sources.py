"""Sources of networks and image sets, as people on any system write them."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest

from convatlas.config.sources import Source, parse_source, weights_file


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (r"C:\nets\net.py:build", Source("file", r"C:\nets\net.py", "build")),
        ("C:/nets/net.py:build", Source("file", "C:/nets/net.py", "build")),
        (r"..\net.py:build", Source("file", r"..\net.py", "build")),
        (r"\\server\share\net.py:build", Source("file", r"\\server\share\net.py", "build")),
        (r"folder:C:\photos", Source("folder", r"C:\photos")),
        ("package.nets:build", Source("module", "package.nets", "build")),
    ],
)
def test_a_drive_is_no_callable(text: str, source: Source) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize("text", [r"C:\nets\net.py", "C:", "folder:", r"C:\nets\net:py"])
def test_what_names_no_callable_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_source(text)


@pytest.mark.parametrize("text", [r"weights\net.pth", r"C:\net", "C:/net", "net.pth"])
def test_weights_with_separators_or_a_known_suffix_are_a_file(text: str) -> None:
    folder = PureWindowsPath(r"D:\atlas")
    found = weights_file("torchvision/vgg16", text, folder)  # type: ignore[arg-type]
    assert found is not None
    assert str(found) == str(folder / text)


def test_a_bare_word_is_published_weights(tmp_path: Path) -> None:
    assert weights_file("torchvision/vgg16", "IMAGENET1K_V1", tmp_path) is None
