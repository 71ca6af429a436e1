"""What a search has to find, worked out the long way: the oracle for the browser's search."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from convatlas.site.exports import search_index as search

Manifest = dict[str, Any]


def folded(text: str) -> str:
    """Letters as they are compared: small, without accents."""
    split = unicodedata.normalize("NFD", text)
    return "".join(c for c in split if not unicodedata.category(c).startswith("M")).lower()


def begins(text: str, word: str) -> bool:
    """Whether the word begins a word of the text."""
    return re.search(rf"(?<![^\W_]){re.escape(word)}", folded(text)) is not None


def fits(filter: Manifest, word: str) -> bool:
    """Whether a word fits a filter itself: its number, its note, or a label."""
    note = filter["note"] or {}
    told = [note.get("name") or "", note.get("remark") or "", *search.labels(filter)]
    number = re.fullmatch(r"[0-9]+", word) and int(word) == filter["index"]
    return bool(number) or any(begins(text, word) for text in told)


def classes(manifest: Manifest, query: str) -> list[str]:
    """The pages of the classes that a query is to find, the best first."""
    words = [word for word in re.split(r"[\s/]+", folded(query)) if word]
    named = [
        (network, entry)
        for network in manifest["networks"]
        for entry in manifest.get("classes", {}).get(network["name"], ())
    ]
    hits = []
    for network, entry in named if words else ():
        own = [begins(entry["name"], word) for word in words]
        path = folded(network["name"])
        if any(own) and all(fit or word in path for fit, word in zip(own, words, strict=True)):
            hits.append(entry)
    text = folded(query).strip()
    names = [folded(entry["name"]) for entry in hits]
    exact = [entry["href"] for entry, name in zip(hits, names, strict=True) if name == text]
    first = [
        entry["href"] for entry, name in zip(hits, names, strict=True) if name.startswith(text)
    ]
    return list(dict.fromkeys([*exact, *first, *(entry["href"] for entry in hits)]))


def found(manifest: Manifest, query: str) -> tuple[set[str], set[str]]:
    """The addresses of the layers and of the filters that a query is to find."""
    words = [word for word in re.split(r"[\s/]+", folded(query)) if word]
    layers, filters = set(), set()
    for network in manifest["networks"]:
        for layer in network["layers"] if words else ():
            path = folded(f"{network['name']}/{layer['name']}")
            if all(word in path for word in words):
                layers.add(layer["href"])
            for filter in layer["filters"]:
                own = [fits(filter, word) for word in words]
                every = all(fit or word in path for fit, word in zip(own, words, strict=True))
                if any(own) and every:
                    filters.add(layer["href"].removesuffix("index.html") + filter["href"])
    return layers, filters
