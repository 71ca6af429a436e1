"""How a filter is cited, made again and shown elsewhere."""

from __future__ import annotations

import fnmatch
import shlex
from typing import Any

import pytest

from convatlas.site.pages.cite import cite

SITE: dict[str, Any] = {"title": "50 % of R&D_nets", "version": "0.1.0", "url": None}
NETWORK = {"name": "my net"}
LAYER = {"name": "features.1", "href": "my-net/features.1/index.html"}
FILTER: dict[str, Any] = {"index": 7, "href": "7.html", "maximize": None}


def test_the_command_names_the_filter() -> None:
    told = cite(SITE, NETWORK, LAYER, FILTER)
    assert told.command == "convatlas build -c atlas.yaml --only 'my net/features.1/7'"
    assert told.text == "50 % of R&D_nets: my net/features.1/7. Made with convatlas 0.1.0."


@pytest.mark.parametrize("name", ["Bob's net", "ResNet [ours]", 'the "big" one', "$HOME *?"])
def test_what_is_copied_means_the_filter_whatever_its_network_is_called(name: str) -> None:
    told = cite(SITE, {"name": name}, LAYER, FILTER)
    pattern = shlex.split(told.command)[-1]
    assert fnmatch.fnmatchcase(f"{name}/features.1/7", pattern)
    assert not fnmatch.fnmatchcase("o/features.1/7", pattern)


def test_bibtex_takes_a_title_as_it_is() -> None:
    told = cite(SITE, NETWORK, LAYER, FILTER)
    assert told.bibtex == (
        "@misc{my-net-features.1-7,\n"
        "  title = {{50 \\% of R\\&D\\_nets: my net/features.1/7}},\n"
        "  howpublished = {convatlas 0.1.0}\n}"
    )


@pytest.mark.parametrize("url", ["https://example.org/atlas", "https://example.org/atlas/"])
def test_addresses_are_whole_where_the_site_tells_its_own(url: str) -> None:
    told = cite({**SITE, "url": url}, NETWORK, LAYER, FILTER)
    page = "https://example.org/atlas/my-net/features.1/7.html"
    assert told.url == page
    assert told.text.endswith(f"0.1.0. {page}")
    assert f"  url = {{{page}}}\n}}" in told.bibtex
