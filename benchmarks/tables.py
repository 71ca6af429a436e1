"""The tables of ``docs/performance.md``, from ``results/*.json``, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from machine import RESULTS


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines) + "\n"


def layers(result: dict[str, Any]) -> str:
    """What came of each layer: dead filters by number, gate, ratio, attempts, seconds."""
    head = ("layer", "filters", "dead", "passed", "median ratio", "attempts", "s a filter")
    rows = [
        (
            row["layer"],
            row["filters"],
            f"{row['dead']}{_named(row['dead_filters'])}",
            f"{row['passed']}{_named(row['failed_filters'], 'not ')}",
            "" if row["median_ratio"] is None else f"{row['median_ratio']:.2f}",
            f"{row['attempts']:.2f}",
            f"{row['seconds_a_filter'].get('positive', 0):.3f}",
        )
        for row in result["layers"]
    ]
    seconds = result["seconds_a_filter"].get("positive", 0)
    total = ("**all**", result["filters"], result["dead"], result["passed"], "", "", seconds)
    return table(head, [*rows, total])


def _named(filters: Sequence[int], word: str = "") -> str:
    return f" ({word}{', '.join(map(str, filters))})" if filters else ""


def peers(result: dict[str, Any]) -> str:
    """Ours against Lucent's."""
    head = ("", "s a filter", "filters an hour", "times Lucent", "highest reached", "mean reached")
    peer = result["lucent"]
    rows: list[Sequence[object]] = [
        ("torch-lucent", peer["seconds_a_filter"], peer["filters_an_hour"], 1, "", "")
    ]
    for name in ("standard", "equal canvas and steps"):
        row = result[name]
        rows.append(
            (
                name,
                row["seconds_a_filter"],
                row["filters_an_hour"],
                row["times_lucent"],
                f"{row['highest_reached']:.1%} (median {row['highest_median_ratio']} times)",
                f"{row['mean_reached']:.1%} (median {row['mean_median_ratio']} times)",
            )
        )
    return table(head, rows)


def limit(result: dict[str, Any]) -> str:
    """The arithmetic of the steps over that of a matrix product."""
    head = ("network", "layer", "batch", "ms a filter-step", "GFLOP/s", "share of the product")
    return table(
        head,
        [
            (
                network,
                row["layer"],
                row["batch"],
                row["ms_a_filter_step"],
                row["gflops"],
                f"{row['share_of_product']:.0%}",
            )
            for network in ("vgg16", "squeezenet1_1")
            for row in result[network]
        ],
    )


def transfer(result: dict[str, Any]) -> str:
    """What networks see in each other's pictures, by recipe."""
    return "\n".join(
        [*_of_classes(result.get("classes", {})), *_of_layers(result.get("layers", {}))]
    )


def _of_layers(networks: dict[str, Any]) -> Iterator[str]:
    """The median percentile at the most similar filter of each judge, layer by layer."""
    for network, found in networks.items():
        for judge, seen in found["judges"].items():
            recipes = list(seen["median"])
            medians = ("**all**", seen["filters"], *(seen["median"][recipe] for recipe in recipes))
            means = ("mean", "", *(seen["mean"][recipe] for recipe in recipes))
            rows = [
                (each["layer"], each["filters"], *(each[recipe] for recipe in recipes))
                for each in seen["layers"]
            ]
            raised = (f"{share:.0%} by {recipe}" for recipe, share in seen["layers_raised"].items())
            told = f"layers of {network} at {judge}; raised over the first: {', '.join(raised)}"
            yield f"{told}\n\n{table(('layer', 'filters', *recipes), [*rows, medians, means])}"


def _of_classes(networks: dict[str, Any]) -> Iterator[str]:
    """What each network with classes sees in the pictures of classes."""
    for network, found in networks.items():
        judges = list(found["rows"]["photographs"]["judges"])
        head = ("recipe", "s a picture", "response", "median ratio", "above 1")
        rows = [
            (
                recipe,
                "" if row["seconds_a_picture"] is None else row["seconds_a_picture"],
                f"{row['response']:.3g}",
                f"{row['median_ratio']:.2f}",
                f"{row['share_above_1']:.1%}",
                *(
                    f"{row['judges'][judge]['top1']:.2f} / {row['judges'][judge]['top5']:.2f}"
                    for judge in judges
                ),
            )
            for recipe, row in found["rows"].items()
        ]
        told = f"{found['classes']} classes of {network}; judges: top-1 / top-5"
        yield f"{told}\n\n{table((*head, *judges), rows)}"


def main() -> None:
    """Every table whose results are there."""
    for name, make in {
        "squeezenet": layers,
        "resnet20": layers,
        "maximize_vs_lucent": peers,
        "limit": limit,
        "transfer": transfer,
    }.items():
        file = RESULTS / f"{name}.json"
        if file.exists():
            print(f"{name}\n\n{make(json.loads(file.read_text()))}")


if __name__ == "__main__":
    main()
