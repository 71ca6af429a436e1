"""Networks that are compared, put into a manifest that no build made.

The first layer is unchanged. Of every eight pairs of the others one died, one was born, one has no
correlation, and the rest changed the more the further back they stand. The last layer has filters
without a partner, before and after, and the last network one layer without.
"""

from __future__ import annotations

from typing import Any

from support.synthetic import Manifest, Read

Fact = dict[str, Any]

KEPT = 9


def with_comparison(
    made: tuple[Manifest, Read], match: str = "index", *, timeline: bool = False
) -> tuple[Manifest, Read]:
    """The same manifest and pictures with each network compared to the last, and a timeline.

    Args:
        timeline: Whether two networks have a timeline as well, which takes three.
    """
    manifest, read = made
    networks = manifest["networks"]
    last = networks[-1]
    over_time = {
        "networks": [network["name"] for network in networks],
        "href": f"compare/{networks[0]['slug']}--{last['slug']}/timeline.html",
    }
    manifest["compare"] = {
        "pairs": [_comparison(before, last, match) for before in networks[:-1]],
        "timelines": [over_time] if timeline or len(networks) > 2 else [],
    }
    return manifest, read


def _comparison(before: Fact, after: Fact, match: str) -> Fact:
    folder = f"compare/{before['slug']}--{after['slug']}"
    layers = list(zip(before["layers"], after["layers"], strict=True))
    if len(layers) > 2:
        layers.pop()
    pairs = [
        _layers(*pair, depth, f"{folder}/{pair[0]['slug']}.html", match)
        for depth, pair in enumerate(layers)
    ]
    return {
        "before": before["name"],
        "after": after["name"],
        "match": match,
        "href": f"{folder}/index.html",
        "layers": pairs,
        "unpaired": [
            [each["name"] for each in network["layers"][len(layers) :]]
            for network in (before, after)
        ],
        "images": 1000,
        "accuracy": [0.61, 0.7234],
        "labelled": 500,
        "changed": 130,
        "answered": 1000,
        "expectations": [
            {"what": "died", "expected": "0", "found": 1.0, "holds": False},
            {"what": "median_correlation", "expected": ">= 0.5", "found": 0.82, "holds": True},
            {"what": "accuracy", "expected": ">= 0.5", "found": None, "holds": False},
        ],
    }


def _layers(before: Fact, after: Fact, depth: int, href: str, match: str) -> Fact:
    unchanged = depth == 0
    pairs, single = ([], [[], []]) if unchanged else _pairs(before, after, depth, match)
    known = sorted(pair["correlation"] for pair in pairs if pair["correlation"] is not None)
    return {
        "before": before["name"],
        "after": after["name"],
        "href": href,
        "unchanged": unchanged,
        "filters": [len(before["filters"]), len(after["filters"])],
        "pairs": pairs,
        "unpaired": single,
        "cka": 1.0 if unchanged else 0.9 - depth / 10,
        "correlation": 1.0 if unchanged else (known[len(known) // 2] if known else None),
        "below": sum(each < 0.9 for each in known),
        "compared": len(known),
        "mutual": 0.75 if match == "correlation" and pairs else None,
        "dead": [1, 2],
        "born": sum(bool(pair["before"]["dead"]) and not pair["after"]["dead"] for pair in pairs),
        "died": sum(bool(pair["after"]["dead"]) and not pair["before"]["dead"] for pair in pairs),
    }


def _pairs(before: Fact, after: Fact, depth: int, match: str) -> tuple[list[Fact], Fact]:
    count = min(len(before["filters"]), len(after["filters"]))
    left, right = list(before["filters"]), list(after["filters"])
    if match == "correlation":
        right = right[1:] + right[:1]
    paired = count - (depth > 1)
    pairs = [_pair(left[i], right[i], i, match) for i in range(paired)]
    single = [sorted(filter["index"] for filter in side[paired:]) for side in (left, right)]
    return sorted(pairs, key=lambda pair: -pair["change"]), single


def _pair(before: Fact, after: Fact, place: int, match: str) -> Fact:
    died, born, unknown = (place % 8 == rest for rest in (3, 4, 5))
    correlation = None if died or born or unknown else round(1 - (place % 64) / 40, 4)
    return {
        "before": _state(before, "bannister", dead=born),
        "after": _state(after, "cassette" if place % 3 else "bannister", dead=died),
        "correlation": correlation,
        "cosine": None if unknown else 0.71,
        "norm": None if unknown else 1.25,
        "kept": None if died or born else (KEPT - place) % (KEPT + 1),
        "of": KEPT,
        "mutual": place % 4 > 0 if match == "correlation" else None,
        "change": 2.0 if died or born else 1 - correlation if correlation is not None else 0.0,
    }


def _state(filter: Fact, label: str, dead: bool) -> Fact:
    return {
        "index": filter["index"],
        "dead": dead,
        "best": None if dead else [label, 2.5],
        "effect": filter["effects"] and filter["effects"]["size"],
    }
