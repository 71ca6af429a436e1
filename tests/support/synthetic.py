"""A manifest with small generated pictures: every kind of filter, layer and image set in one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from convatlas.lenses.maximize.recipe_tables import recipe_tables
from convatlas.site.image_sets import add_filter
from support import synthetic_made
from support.synthetic_examples import Finder, identify, near
from support.synthetic_pictures import Pictures
from support.synthetic_probes import hypotheses as synthetic_hypotheses
from support.synthetic_probes import probes as synthetic_probes
from support.synthetic_sprites import add_sprites

Manifest = dict[str, Any]
Read = Callable[[str], bytes]
Make = Callable[[synthetic_made.Place, Manifest, int], Manifest]

LABELS: tuple[str | None, ...] = ("remote control", "bannister", "cassette", "<beagle> & co", None)


def synthetic_manifest(
    networks: int = 1,
    layers: int = 3,
    filters: int = 8,
    images: int = 12,
    *,
    size: tuple[int, int] = (64, 64),
    made: int = 48,
    publish: str = "full",
    heatmaps: bool = False,
    labels: tuple[str | None, ...] = LABELS,
    variety: int = 16,
    top: int = 9,
    variants: bool = True,
    diverse: int = 4,
    probes: int = 0,
    hypotheses: int = 0,
    sprites: bool = False,
) -> tuple[Manifest, Read]:
    """A manifest, and what reads a picture by its digest.

    Of every eight filters one is dead and one, in the first two layers, has no record at all. The
    first layer has colour kernels, and with four layers or more the last is one that the forward
    pass never reaches, the one before it sees the whole image. ``synthetic_made`` tells of the made
    pictures, ``synthetic_examples`` of what the filters show of the images.

    Args:
        size: Height and width of the network's input.
        made: Side of the made pictures.
        diverse: How many different pictures there are of a filter.
        variety: How many different pictures of one size there are.
        sprites: Whether layers have sprites and an order, and filters hues and notes.
    """
    pictures = Pictures(variety)
    image_set = _image_set(pictures, images, size, publish, labels) | {"heatmaps": heatmaps}
    make = partial(synthetic_made.made, side=made, variants=variants, diverse=diverse)
    finder = Finder(pictures, image_set, size, top)
    nets: list[Manifest] = []
    for number in range(networks):
        others = [layer for net in nets for layer in net["layers"]]
        nets.append(_network(f"net{number}", layers, filters, size, make, finder, others))
    _show(image_set, nets)
    manifest = {
        "title": "Filters of a test",
        "description": "",
        "version": "0.1.0",
        "url": None,
        "logo": None,
        "footer": "",
        "pages": [],
        "highlights": [],
        "networks": nets,
        "image_sets": [image_set],
        "lenses": {
            "kernels": {"slices": 16},
            "examples": {"top": top, "lowest": 3},
            "maximize": {"seed": 0},
        },
        "recipes": recipe_tables(nets),
        "probes": synthetic_probes(pictures, nets, probes),
        "hypotheses": synthetic_hypotheses(pictures, nets, hypotheses),
        "filter_pages": "filter",
        "inside": {},
        "files": pictures.files,
    }
    if sprites:
        add_sprites(manifest, pictures)
    return manifest, pictures.bytes.__getitem__


def set_receptive_fields(manifest: Manifest, side: int) -> None:
    """Let every filter see squares of ``side`` pixels."""
    for network in manifest["networks"]:
        for layer in network["layers"]:
            layer["local_receptive_field"] = layer["receptive_field"] = [side, side]


def _image_set(
    pictures: Pictures,
    count: int,
    size: tuple[int, int],
    publish: str,
    labels: tuple[str | None, ...],
) -> Manifest:
    """The set; ``shown`` are all its images, in their order, and go once the filters are made."""
    entries = []
    for number in range(count):
        id = identify(number, publish)
        picture = None
        if publish == "full":
            picture = pictures.place("images/", "p", size[1], size[0], number)
            picture["file"] = f"images/{picture['file']}"
        entries.append(
            {
                "id": id,
                "label": labels[number % len(labels)] if labels else None,
                "pictures": [picture] if picture else [],
                "excites": [],
                "drawn": False,
            }
        )
    return {
        "name": "photos",
        "slug": "photos",
        "count": count,
        "publish": publish,
        "credit": "Drawn by the test.",
        "left_out": 1,
        "images": {},
        "shown": entries,
    }


def _show(images: Manifest, networks: list[Manifest]) -> None:
    """Tell the published images which filters show them, as the manifest does."""
    shown = images.pop("shown")
    images["images"] = {entry["id"]: entry for entry in shown if entry["pictures"]}
    for network in networks:
        for layer in network["layers"]:
            del layer["count"]
            for filter in layer["filters"]:
                add_filter(layer, filter, images["images"])


def _network(
    name: str,
    layers: int,
    filters: int,
    size: tuple[int, int],
    make: Make,
    finder: Finder,
    others: list[Manifest],
) -> Manifest:
    images = finder.images
    network: Manifest = {
        "name": name,
        "slug": name,
        "href": f"{name}/index.html",
        "source": "tests/net.py:net",
        "weights": "none",
        "parameters": 1235496,
        "classes": 10,
        "preprocessing": {
            "size": list(size),
            "resize": [72],
            "channels": 3,
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "interpolation": "bilinear",
        },
        "images": images["name"],
        "filters": layers * filters,
        "layers": [],
        "skipped": [["head.conv1d", "a convolution of one dimension"]],
        "photographs": {
            entry["id"]: entry["pictures"][0] for entry in images["shown"] if entry["pictures"]
        },
    }
    for depth in range(layers):
        layer = _layer(name, depth, layers, size) | {"count": filters}
        network["layers"].append(layer)
        for index in range(filters):
            alike = near(network["layers"], depth, index, others)
            layer["filters"].append(_filter(layer, index, make, finder, alike))
        _reference(layer)
    network["health"] = _total([layer["health"] for layer in network["layers"]])
    return network


def _reference(layer: Manifest) -> None:
    """Count the layer's filters, and let some of them be always on or double."""
    health, count = layer["health"], len(layer["filters"])
    known = layer["reached"] and all(filter["examples"] for filter in layer["filters"])
    health["filters"] = count
    health["dead"] = sum(bool(filter["dead"]) for filter in layer["filters"])
    if layer["reached"] and count > 6:
        health["duplicates"] = [[0, 1, 0.9957], [2, 6, 0.9811]]
    if known:
        health["never"] = health["dead"]
        health["always"] = sum(filter["index"] % 8 == 4 for filter in layer["filters"])
        health["scale"] = {"low": 0.21, "median": 1.37, "high": 4.6}
        health["shares"] = _shares()


def _total(healths: list[Manifest]) -> Manifest:
    names = ("filters", "dead", "never", "always", "passed", "failed")
    counts = {name: sum(health[name] or 0 for health in healths) for name in names}
    return {**counts, "duplicates": sum(len(health["duplicates"] or ()) for health in healths)}


def _shares() -> Manifest:
    edges = [tenth / 10 for tenth in range(11)]
    return {"edges": edges, "counts": [12, 9, 7, 5, 4, 3, 2, 2, 1, 3]}


def _layer(network: str, depth: int, layers: int, size: tuple[int, int]) -> Manifest:
    name = f"features.{depth}"
    reached = not (layers > 3 and depth == layers - 1)
    whole = layers > 3 and depth == layers - 2
    field = [min(3 + 8 * depth, 2 * size[0])] * 2
    return {
        "name": name,
        "slug": name,
        "href": f"{network}/{name}/index.html",
        "network": network,
        "module": name,
        "kind": "Conv2d",
        "activation": "relu" if reached else None,
        "rectified": reached,
        "norm": f"{name}.norm" if depth else None,
        "kernel": [3, 3],
        "stride": [1, 1],
        "padding": [1, 1],
        "dilation": [1, 1],
        "groups": 1,
        "transposed": False,
        "dynamic": False,
        "channels": 3 if depth == 0 else 48,
        "reached": reached,
        "map": [size[0] // 2, size[1] // 2] if reached else None,
        "units": [{"module": "features", "first": 192}] if depth == 1 else [],
        "receptive_field": field if reached and not whole else None,
        "local_receptive_field": field if reached else None,
        "sprites": {},
        "order": None,
        "health": {
            "filters": 0,
            "dead": 0,
            "passed": 5 if reached else 0,
            "failed": 1 if reached else 0,
            "median_ratio": 2.2 if reached else None,
            "attempts": 1.375 if reached else None,
            "never": None,
            "always": None,
            "duplicates": [] if reached else None,
            "reach": None,
            "scale": None,
            "shares": None,
        },
        "filters": [],
    }


def _filter(
    layer: Manifest, index: int, make: Make, finder: Finder, alike: list[Manifest]
) -> Manifest:
    pictures, folder = finder.pictures, layer["href"].removesuffix("index.html")
    seed = index * 7 + len(layer["name"])
    bare, dead = index % 8 == 5, index % 8 == 3
    seen = layer["reached"] and not (bare and layer["name"] in ("features.0", "features.1"))
    return {
        "index": index,
        "href": f"{index}.html",
        "dead": dead if seen else None,
        "kernels": None if bare else _kernels(pictures, folder, layer, index, seed),
        "maximize": None
        if bare or index % 16 == 3 or not layer["reached"]
        else make(partial(pictures.place, folder), layer, index),
        "examples": finder.examples(layer, index, alike) if seen else None,
        "attribution": None,
        "effects": None,
        "circuits": None,
        "transfer": None,
        "hue": None,
        "note": None,
    }


def _kernels(
    pictures: Pictures, folder: str, layer: Manifest, index: int, seed: int
) -> dict[str, Any]:
    colour = layer["channels"] == 3
    shown = 1 if colour else min(16, layer["channels"])
    height, width = layer["kernel"]
    slices = [] if colour else [{"channel": 3 * i, "norm": 0.4 / (i + 1)} for i in range(shown)]
    return {
        "picture": pictures.place(folder, f"{index}-kernel", width * shown, height, seed),
        "mode": "colour" if colour else "slices",
        "size": layer["kernel"],
        "inputs": layer["channels"],
        "slices": slices,
    }
