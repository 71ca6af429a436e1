"""Comparisons of a few filters, as the manifest has them, for tests of what is said of them."""

from __future__ import annotations

from convatlas.model.comparison import Comparison, LayerPair, Pair, State


def state(index: int, dead: bool | None) -> State:
    return {"index": index, "dead": dead, "best": None, "effect": None, "importance": None}


def pair(
    correlation: float | None, before: bool | None = False, after: bool | None = False
) -> Pair:
    """Two filters; ``before`` and ``after`` say whether they are dead."""
    return {
        "before": state(0, before),
        "after": state(0, after),
        "correlation": correlation,
        "cosine": None,
        "norm": None,
        "kept": 9,
        "of": 9,
        "mutual": None,
        "change": 2.0 if {before, after} == {True, False} else 1 - (correlation or 1),
    }


def layer(name: str, *pairs: Pair, cka: float | None = 0.99, after: str = "") -> LayerPair:
    """A layer of these pairs; without any, one that is unchanged, of four filters."""
    known = sorted(each["correlation"] for each in pairs if each["correlation"] is not None)
    dead = [(each["before"]["dead"], each["after"]["dead"]) for each in pairs]
    return {
        "before": name,
        "after": after or name,
        "href": f"compare/a--b/{name}.html",
        "unchanged": not pairs,
        "filters": (len(pairs) or 4, len(pairs) or 4),
        "pairs": list(pairs),
        "unpaired": ([], []),
        "cka": cka if pairs else 1.0,
        "correlation": (known[len(known) // 2] if known else None) if pairs else 1.0,
        "below": sum(value < 0.9 for value in known),
        "compared": len(known),
        "mutual": None,
        "dead": (0, 0),
        "born": dead.count((True, False)),
        "died": dead.count((False, True)),
    }


def comparison(*layers: LayerPair, accuracy: float | None = None) -> Comparison:
    return {
        "before": "a",
        "after": "b",
        "match": "index",
        "href": "compare/a--b/index.html",
        "layers": list(layers),
        "unpaired": ([], []),
        "images": 48,
        "accuracy": (accuracy, accuracy),
        "labelled": 0 if accuracy is None else 48,
        "changed": None,
        "expectations": [],
    }
