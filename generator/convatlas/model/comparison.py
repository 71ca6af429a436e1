"""What the manifest says of two networks that are compared, and of timelines of several."""

from __future__ import annotations

from typing import Literal, TypedDict

Match = Literal["index", "correlation"]
"""How filters are paired: by their place, or so that the sum of the correlations is highest."""

Accuracies = tuple[float | None, float | None]


class State(TypedDict):
    """What is known of one of the two filters of a pair."""

    index: int
    dead: bool | None
    best: tuple[str, float] | None
    """The class whose images excite it most, and by how many standard deviations more."""
    effect: float | None
    """The mean absolute effect on the output, in logits; None without effects."""


class Pair(TypedDict):
    """A filter of the one network with the filter of the other that it is compared with."""

    before: State
    after: State
    correlation: float | None
    """Of their highest responses to the images; None where one of them is constant."""
    cosine: float | None
    """Of their kernels, each with its batch norm folded in; None where shapes differ, or where
    the filters that the kernels' channels come from have no partners."""
    norm: float | None
    """Norm of the kernel after over that before."""
    kept: int | None
    """How many of the strongest images before are among the strongest after."""
    of: int
    """How many strongest images were looked at: 9, or fewer."""
    mutual: bool | None
    """Whether each is the other's most similar filter in the layer; None if matched by index."""
    change: float
    """What pairs are sorted by: 1 minus the correlation, 2 where a filter died or was born, 0 where
    that cannot be known, or where both filters are dead, so that nothing sees it."""


class LayerPair(TypedDict):
    """A layer of the one network with the layer of the other that it is compared with."""

    before: str
    """The layer's name in the network before."""
    after: str
    href: str
    """The page of all pairs, from the site's root."""
    unchanged: bool
    """Whether both give the same responses by the fingerprint of all that they are made from. Then
    there are no pairs, correlations and CKA are 1, and nothing was computed."""
    filters: tuple[int, int]
    """How many the atlas shows, before and after."""
    pairs: list[Pair]
    """The most changed first."""
    unpaired: tuple[list[int], list[int]]
    """Filters without a partner, before and after: where the numbers of filters differ."""
    cka: float | None
    """Debiased linear CKA of the highest responses to the images; None for fewer than 4 images, or
    where all filters are constant."""
    correlation: float | None
    """Median over the pairs that have one."""
    below: int
    """Pairs whose correlation is under 0.9."""
    compared: int
    """Pairs that have a correlation."""
    mutual: float | None
    """Share of the pairs that are each other's most similar; None if matched by index."""
    dead: tuple[int | None, int | None]
    born: int
    """Pairs of which the filter before is dead, and the one after is not."""
    died: int


class Expectation(TypedDict):
    """What the atlas file expects of a comparison, and what came out."""

    what: str
    """The key: "died", "median_correlation", ..."""
    expected: str
    """">= 0.9"."""
    found: float | None
    """None where it cannot be known, which fails it."""
    holds: bool


class Comparison(TypedDict):
    """Two networks that saw the same images with the same preprocessing."""

    before: str
    """The network's name."""
    after: str
    match: Match
    href: str
    """Its page, from the site's root: "compare/<before>--<after>/index.html"."""
    layers: list[LayerPair]
    """In the order of the network before."""
    unpaired: tuple[list[str], list[str]]
    """Names of layers without a partner, before and after."""
    images: int
    """How many images the correlations are over."""
    accuracy: Accuracies
    """Share of the labelled images whose class the network says first; None without labels that
    are the network's classes, or without effects."""
    labelled: int
    """How many labelled images that is of."""
    changed: int | None
    """How many images have another first class after than before; None without effects."""
    answered: int
    """How many images that is of: those whose first class is known of both networks."""
    expectations: list[Expectation]


class Timeline(TypedDict):
    """Three networks or more in the order of time; each is compared with the last."""

    networks: list[str]
    href: str
    """Its page, from the site's root: "compare/<first>--<last>/timeline.html"."""


class Comparisons(TypedDict):
    """All that an atlas compares; absent from the manifest of one that compares nothing."""

    pairs: list[Comparison]
    """Those of timelines among them, each network of one with its last."""
    timelines: list[Timeline]
