"""What a comparison of two networks comes to, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from convatlas.model.comparison import Comparison, LayerPair, Pair
from convatlas.site.expectations import CHANGED
from convatlas.ui.text import count, number, percent, plural

THIRDS = ("early", "middle", "late")


def summary(comparison: Comparison) -> list[str]:
    """Return what changed between two networks, in sentences."""
    layers = comparison["layers"]
    if layers and all(each["unchanged"] for each in layers):
        return ["Nothing changed: all filters give the same responses.", *_answers(comparison)]
    sentences = [_changed(layers), _mutual(layers), _where(layers), *_answers(comparison)]
    return [sentence for sentence in sentences if sentence]


def unchanged(comparison: Comparison) -> str:
    """Return a sentence on the layers that are unchanged, or ""."""
    layers = comparison["layers"]
    same = [each for each in layers if each["unchanged"]]
    if not same:
        return ""
    those = plural(len(same), "layer")
    if len(same) == len(layers):
        those = f"All {those}" if len(same) > 1 else "The only layer"
    elif same == layers[: len(same)]:
        those = f"The first {those}" if len(same) > 1 else "The first layer"
    else:
        those = f"{those} ({', '.join(each['before'] for each in same)})"
    are = "is" if len(same) == 1 else "are"
    return (
        f"{those} {are} unchanged: all that the responses are made from has the same fingerprint."
    )


def state(pair: Pair) -> str:
    """Return whether a filter "died" or was "born"; "" for all others, and where it is unknown."""
    before, after = pair["before"]["dead"], pair["after"]["dead"]
    if before is None or after is None or before == after:
        return ""
    return "born" if before else "died"


def best_classes(pair: Pair) -> str:
    """Return the class that excites a filter most, then and now: "dog → cat", "dog", or ""."""
    before, after = (side["best"] and side["best"][0] for side in (pair["before"], pair["after"]))
    if before == after:
        return before or ""
    return f"{before or 'none'} → {after or 'none'}"


def class_changed(pair: Pair) -> bool:
    """Return whether another class excites a filter most after; not where either is unknown."""
    before, after = pair["before"]["best"], pair["after"]["best"]
    return bool(before and after and before[0] != after[0])


def how_changed(pair: Pair, name: str = "correlation ") -> str:
    """Return how much a pair changed, in a word or a number, with the name of the number."""
    if pair["correlation"] is None:
        return state(pair) or f"{name}unknown"
    told = f"{name}{number(pair['correlation'], 2)}"
    return f"{state(pair)}, {told}" if state(pair) else told


def line(pair: Pair) -> str:
    """Return the further numbers of a pair, after ``how_changed``, as short as can be."""
    kernels = f"kernel {number(pair['cosine'], 2)} × {number(pair['norm'], 2)}"
    told = [
        "kernel –" if pair["cosine"] is None or pair["norm"] is None else kernels,
        "kept –" if pair["kept"] is None else f"kept {pair['kept']} of {pair['of']}",
        best_classes(pair) or "–",
    ]
    effects = [side["effect"] for side in (pair["before"], pair["after"])]
    if any(effect is not None for effect in effects):
        values = ["–" if effect is None else number(effect, 2) for effect in effects]
        told.append(f"effect {' → '.join(dict.fromkeys(values))}")
    return ", ".join(told)


def _changed(layers: Sequence[LayerPair]) -> str:
    total, below = _filters(layers), sum(each["below"] for each in layers)
    died, born = (sum(each[name] for each in layers) for name in ("died", "born"))
    if not total:
        return "No filters could be paired."
    told = f"{count(below)} of {plural(total, 'filter')} changed ({percent(below / total)}): their"
    what = f"{told} responses correlate less than {CHANGED:g} with those before."
    if not below:
        what = f"None of {plural(total, 'filter')} changed beyond a correlation of {CHANGED:g}."
    ends = [f"{count(died)} died" if died else ("None died" if not born else "")]
    ends.append(f"{count(born)} {'was' if born == 1 else 'were'} born" if born else "")
    return f"{what} {' and '.join(filter(None, ends))}."


def _mutual(layers: Sequence[LayerPair]) -> str:
    """Return how alike pairs are that were sought; "" if filters were matched by index."""
    pairs = [pair for each in layers for pair in each["pairs"] if each["mutual"] is not None]
    known = [pair["correlation"] for pair in pairs if pair["correlation"] is not None]
    if not known:
        return ""
    share = percent(sum(bool(pair["mutual"]) for pair in pairs) / len(pairs))
    middle = f"the median of all correlations is {number(median(known), 2)}"
    return f"{share} of the pairs are each other’s most similar filters; {middle}."


def _filters(layers: Sequence[LayerPair]) -> int:
    """Return how many filters were compared."""
    return sum(min(each["filters"]) if each["unchanged"] else len(each["pairs"]) for each in layers)


def _where(layers: Sequence[LayerPair]) -> str:
    """Return the shares of the first, the middle and the last third of the layers."""
    if len(layers) < len(THIRDS) or not sum(each["below"] for each in layers):
        return ""
    return f"By thirds of the network: {', '.join(_thirds(layers))}."


def _thirds(layers: Sequence[LayerPair]) -> Iterator[str]:
    for place, name in enumerate(THIRDS):
        some = layers[place * len(layers) // 3 : (place + 1) * len(layers) // 3]
        total = _filters(some)
        below = sum(each["below"] for each in some)
        yield f"{name} layers {percent(below / total) if total else 'unknown'}"


def _answers(comparison: Comparison) -> Iterator[str]:
    before, after = comparison["accuracy"]
    if before is not None and after is not None:
        of = plural(comparison["labelled"], "labelled image")
        if before == after:
            yield f"The accuracy is {percent(after)} on {of}, as before."
        else:
            yield f"The accuracy went from {percent(before)} to {percent(after)} on {of}."
    changed, answered = comparison["changed"], comparison["answered"]
    if changed is not None and answered:
        share = percent(changed / answered)
        of = plural(answered, "image")
        yield f"The first class of {count(changed)} of {of} ({share}) changed."
