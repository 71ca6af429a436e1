"""The pairs and timelines that an atlas asks for."""

from __future__ import annotations

from convatlas.config.comparisons import Wanted, pairs_wanted, timelines_wanted
from convatlas.config.schema import Atlas, Expect
from convatlas.opening.configuration import atlas_schema

NETWORKS = [{"name": name, "source": "nets.py:make"} for name in "abcd"]


def atlas(*entries: dict[str, object]) -> Atlas:
    return atlas_schema().model_validate({"models": NETWORKS, "compare": list(entries)})


def test_an_atlas_that_compares_nothing_wants_no_pairs() -> None:
    assert pairs_wanted(atlas()) == []
    assert timelines_wanted(atlas()) == []


def test_pairs_come_in_the_order_of_the_file_with_each_network_of_a_timeline_and_its_last() -> None:
    found = atlas(
        {"before": "d", "after": "a", "match": "correlation", "expect": {"died": 0}},
        {"networks": ["a", "b", "c"], "expect": {"cka": ">= 0.5"}},
    )
    assert pairs_wanted(found) == [
        Wanted("d", "a", "correlation", Expect(died=0), ("compare", 0)),
        Wanted("a", "c", "index", Expect(cka=">= 0.5"), ("compare", 1)),
        Wanted("b", "c", "index", Expect(), ("compare", 1)),
    ]
    assert timelines_wanted(found) == [("a", "b", "c")]
