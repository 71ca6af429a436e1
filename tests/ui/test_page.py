"""Addresses on pages."""

from __future__ import annotations

import posixpath

import pytest

from convatlas.ui.page import near


@pytest.mark.parametrize(
    ("href", "path", "told"),
    [
        ("net/conv/2.html", "net/conv/1.html", "2.html"),
        ("net/index.html", "net/conv/1.html", "../index.html"),
        ("index.html", "net/conv/1.html", "../../index.html"),
        ("net/conv2/1.html", "net/conv/1.html", "../conv2/1.html"),
        ("other/conv/1.html", "net/conv/1.html", "../../other/conv/1.html"),
        ("net/index.html", "index.html", "net/index.html"),
    ],
)
def test_an_address_starts_at_the_nearest_folder(href: str, path: str, told: str) -> None:
    assert near(href, path, "../" * path.count("/")) == told
    assert posixpath.normpath(posixpath.join(posixpath.dirname(path), told)) == href


def test_an_address_from_a_page_of_any_place_starts_at_the_root() -> None:
    assert near("net/index.html", "net/404.html", "/atlas/") == "/atlas/net/index.html"
