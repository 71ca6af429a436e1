"""What filters do, and the classes of networks, put into a manifest that no build made.

The classes are the labels of the set, and one more that images are only taken for. Of every three
images with a label one is taken for the next class. Of every three filters one does nothing for any
class, and the second layer's effects are not to be relied on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convatlas.lenses.effects.class_choice import strongest
from convatlas.lenses.effects.class_names import class_pages
from convatlas.lenses.effects.entries import ClassFilter
from support.synthetic import Manifest, Read

Fact = dict[str, Any]

UNSEEN = "no label <at all>"
"""The class that no image has as its label."""
RAISED, LOWERED = 4, 3
"""How many classes a filter raises and lowers."""
RAISING, LOWERING = 4, 2
"""How many filters of a layer are listed for a class, and against it."""


def with_effects(made: tuple[Manifest, Read]) -> tuple[Manifest, Read]:
    """The same manifest and pictures, with the lens on for all filters that have examples."""
    manifest, read = made
    manifest["lenses"]["effects"] = {"baseline": "mean"}
    images = list(manifest["image_sets"][0]["images"].values())
    labels = list(dict.fromkeys(image["label"] for image in images if image["label"]))
    names = dict(enumerate([*labels, UNSEEN]))
    for network in manifest["networks"]:
        pages = class_pages(network["slug"], names)
        network["class_pages"] = {names[number]: page for number, page in pages.items()}
        _filters(network, names)
    manifest["classes"] = {
        network["name"]: list(_classes(network, names, images)) for network in manifest["networks"]
    }
    return manifest, read


def effect(depth: int, index: int, number: int) -> float:
    """What the lead of a class loses without a filter."""
    if index % 3 == 2:
        return 0.0
    return round(((37 * index + 11 * number + 5 * depth) % 41 - 20) / 16, 4)


def _filters(network: Fact, names: dict[int, str]) -> None:
    rank = 0
    for depth, layer in enumerate(network["layers"]):
        known = [filter for filter in layer["filters"] if filter["examples"]]
        for place, filter in enumerate(known, 1):
            rank += 1
            filter["effects"] = _effects(depth, filter["index"], names, place, rank)
        if known:
            layer["effects"] = {
                "audit": {
                    "filters": min(len(known), 16),
                    "images": 16,
                    "spearman": 0.71 if depth == 1 else 0.98,
                    "spearman_filters": 0.83 if depth == 1 else 0.99,
                    "slope": 1.02,
                    "size": 0.25,
                },
                "half": max(len(known) // 4, 1),
                "filters": len(layer["filters"]),
            }


def _effects(depth: int, index: int, names: dict[int, str], rank: int, overall: int) -> Fact:
    some = [(7 * index + step) % len(names) for step in range(min(len(names), 12))]
    told = sorted(((effect(depth, index, number), number) for number in some), reverse=True)
    raised = [pair for pair in told if pair[0] > 0][:RAISED]
    lowered = [pair for pair in reversed(told) if pair[0] < 0][:LOWERED]
    return {
        "raises": [_class(names, *pair) for pair in raised],
        "lowers": [_class(names, *pair) for pair in lowered],
        "mean": 0.0123456 + index / 7919,
        "size": 0.123456 + index / 7919,
        "share_images": 0.0123456 if index % 2 else 1.0,
        "importance": 0.000123456 / rank,
        "rank": rank,
        "network_rank": overall,
        "images": 1000,
        "sampled": 1000,
    }


def _class(names: dict[int, str], logit: float, number: int) -> Fact:
    return {"class": names[number], "number": number, "logit": logit, "images": 1 + number % 3}


def _classes(network: Fact, names: dict[int, str], images: Sequence[Fact]) -> Iterator[Fact]:
    numbers = {name: number for number, name in names.items()}
    last = len(names) - 1
    labelled: dict[int, list[Fact]] = {number: [] for number in names}
    taken: dict[int, list[Fact]] = {number: [] for number in names}
    for place, image in enumerate(images):
        target = numbers.get(image["label"])
        predicted = last if target is None else (target + (place % 3 == 0)) % (last + 1)
        entry = {"image": image["id"], "predicted": predicted}
        if target not in (None, predicted):
            entry["behind"] = _behind(network, place)
        if target is not None:
            labelled[target].append(entry)
        if target != predicted:
            taken[predicted].append(entry)
    for number, name in names.items():
        yield {
            "name": name,
            "number": number,
            "href": network["class_pages"][name],
            "images": len(labelled[number]) or len(taken[number]),
            "labelled": labelled[number],
            "taken": taken[number],
            "filters": strongest(list(_serving(network, number))),
        }


def _behind(network: Fact, place: int) -> list[Fact]:
    """Four filters of all layers, the strongest first; the same one is behind every other image."""
    count = len(network["layers"])
    told = [(place + step) % count for step in range(4)]
    indices = [place % 2, *((3 * place + step) % 16 for step in range(3))]
    return [
        {"layer": layer["name"], "index": index % len(layer["filters"]), "logit": 2.0 - step / 2}
        for step, (layer, index) in enumerate(
            (network["layers"][depth], index) for depth, index in zip(told, indices, strict=True)
        )
    ]


def _serving(network: Fact, number: int) -> Iterator[ClassFilter]:
    for depth, layer in enumerate(network["layers"]):
        count = len(layer["filters"])
        some = {(11 * number + 13 * step) % count for step in range(16)}
        told = sorted(
            (-effect(depth, i, number), i) for i in some if layer["filters"][i]["effects"]
        )
        chosen = [*told[:RAISING], *reversed(told[RAISING:][-LOWERING:])]
        for logit, index in chosen:
            if logit:
                yield {"layer": layer["name"], "index": index, "logit": -logit}
