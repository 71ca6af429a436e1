"""What the maximize lens made of one filter, as the manifest tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict, cast

from convatlas.lenses.maximize.records import answers, as_attempt
from convatlas.model import scores as scores
from convatlas.model.manifest import File, Filter, Size, lens_entry
from convatlas.model.records import Json, Picture, RecordRequest, StoredRecord

Made = Sequence[tuple[RecordRequest, StoredRecord]]
"""Records of one filter, each with what was asked, in the order of their attempts."""

Place = Callable[[str, Picture], Json]
"""Gives a picture a file whose name has this stem, and tells of it."""

RECORD = 16
"""Digits of a record's key that are told: enough to find it by."""


class Provenance(TypedDict):
    """What a picture was made with."""

    torch: str
    """The version of torch."""
    device: str
    """The processor's name."""
    precision: str
    """In which the network was computed: "float32", ..."""


class Colours(TypedDict):
    """The image statistics by which the colours of a canvas are decorrelated."""

    set: str
    """The name of an image set, or "imagenet"."""
    digest: str
    """Of the statistics."""


class RecipeEntry(TypedDict):
    """How a picture is optimised; ``recipe.Recipe`` with what every part means.

    Records of earlier versions lack parts that came later: those are neutral.
    """

    objective: str
    canvas: str
    size: Size
    """[height, width] of the first canvas, in pixels."""
    steps: int
    rate: float
    jitter: NotRequired[float]
    rotate: NotRequired[float]
    scale: NotRequired[float]
    pad: NotRequired[int]
    crop: NotRequired[float]
    noise: NotRequired[float]
    at: NotRequired[list[float]]
    colours: NotRequired[Colours | None]
    optimiser: NotRequired[str]
    tolerance: NotRequired[float]
    l2: NotRequired[float]
    variation: NotRequired[float]
    gradients: NotRequired[float]
    growths: NotRequired[int]
    growth: NotRequired[float]
    blur: NotRequired[float]
    members: NotRequired[int]
    seed: NotRequired[int]
    attempt: int
    """Which attempt it is of, from 0."""


class History(TypedDict):
    """How a picture came to be."""

    steps: list[int]
    """[n] steps of the curve."""
    responses: list[float | None]
    """[n] values of the objective before these steps; None where not finite."""
    frames: list[int]
    """The steps whose canvas is kept."""
    picture: File | None
    """The kept canvases side by side."""


class Optimized(TypedDict):
    """An optimised picture, and what the network responds to it as published."""

    response: float
    """The highest over the map; for an inhibiting picture the lowest."""
    position: list[int]
    """[row, column] of the response in the map."""
    map: Size
    """[height, width] of the response to a picture of this size, in positions."""
    flat: bool
    """Whether the picture shows nothing: its standard deviation is tiny in every channel."""
    ratio: float | None
    """The response over that to the strongest image; None where that says nothing."""
    passed: bool | None
    """Whether it is not flat and beats every image; None without images."""
    picture: File


class Origin(TypedDict):
    """How a picture, or a group of them, was made."""

    objective: str
    """"channel", "neuron" or "rms"."""
    size: Size
    """[height, width] of the first canvas, in pixels."""
    recipe: RecipeEntry
    record: str
    """The first digits of its record's key."""
    provenance: Provenance
    history: History | None
    attempts: int
    """How many were made at it."""


class Attempt(Optimized, Origin):
    """The best of the attempts at a picture."""

    attended: File | None
    """The picture with what counted least faded out; only phase canvases have one."""


class Variant(TypedDict):
    """The picture by a further recipe."""

    positive: Attempt | None


class MaximizeEntry(TypedDict):
    """The pictures that were optimised for a filter; None where no attempt was finite."""

    positive: Attempt | None
    """Excites it."""
    negative: Attempt | None
    """Inhibits it."""
    second: Attempt | None
    """Excites it by the other objective: one position, or the whole map."""
    diverse: list[Optimized]
    """Different pictures that excite it, optimised together."""
    diverse_made: Origin | None
    """How the diverse ones were made."""
    variants: dict[str, Variant]
    """By the name of the recipe."""


def maximized(filter: Filter) -> MaximizeEntry | None:
    """Return the pictures that were optimised for a filter; None where none was asked for."""
    return cast("MaximizeEntry | None", lens_entry(filter, "maximize"))


def maximized_positive(filter: Filter) -> Attempt | None:
    """Return the picture that was optimised to excite a filter, or None."""
    entry = maximized(filter)
    return entry["positive"] if entry else None


def tried(records: Made) -> Iterator[scores.Answer]:
    """Every picture that was made to excite the filter, by whatever recipe."""
    for request, record in records:
        if request.recipe["direction"] == "positive":
            yield from answers(record)


@dataclass(frozen=True)
class MaximizeSection:
    """Tells of the records of one filter; ``variants`` maps names to their part of a file name."""

    evidence: scores.Evidence | None  # what the image set says of the filter
    variants: Mapping[str, str]
    place: Place

    def tell(self, records: Made) -> Json:
        """The shown picture of each role; None where nothing was made at all."""
        roles: dict[str, list[tuple[RecordRequest, StoredRecord]]] = {}
        for request, record in records:
            roles.setdefault(request.role, []).append((request, record))
        if not roles:
            return None
        own = {
            role: self._best(role, roles.get(role, ()))
            for role in ("positive", "negative", "second")
        }
        variants = {
            name: {"positive": self._best(f"{slug}-positive", roles.get(f"{name}/positive", ()))}
            for name, slug in self.variants.items()
        }
        return {**own, **self._diverse(roles.get("diverse", ())), "variants": variants}

    def _best(self, stem: str, made: Made) -> Json:
        """The best of the attempts at one role; None where none gave a finite response."""
        if not made:
            return None
        direction = made[0][0].recipe["direction"]
        attempts = [as_attempt(record).data for _, record in made]
        request, record = made[scores.best(attempts, direction)]
        answer = as_attempt(record).data
        if answer["response"] is None:
            return None
        return {
            **answer,
            **self._judged(answer, direction),
            **_origin(request),
            "picture": self.place(stem, record.pictures["picture"]),
            "history": self._history(stem, record),
            "attended": self._attended(stem, record),
            "attempts": len(made),
        }

    def _history(self, stem: str, record: StoredRecord) -> Json:
        """How the shown attempt came to be; older records do not tell.

        What stands beside the first picture has no strip of its own, and tells fewer steps: no page
        shows them, and they would double the site.
        """
        history, strip = record.data.get("history"), record.pictures.get("history")
        if history is None:
            return None
        if stem in ("negative", "second"):
            return {**_thinned(history), "picture": None}
        return {**history, "picture": strip and self.place(f"{stem}-history", strip)}

    def _attended(self, stem: str, record: StoredRecord) -> Json:
        """The picture with what counted least faded out; only some canvases have one."""
        picture = record.pictures.get("attended")
        return picture and self.place(f"{stem}-attended", picture)

    def _diverse(self, made: Made) -> Mapping[str, Json]:
        """The different pictures of one record, and what they have in common."""
        if not made:
            return {"diverse": [], "diverse_made": None}
        request, record = made[0]
        shown = [
            {
                **member,
                **self._judged(member, request.recipe["direction"]),
                "picture": self.place(f"diverse-{number}", record.pictures[str(number)]),
            }
            for number, member in enumerate(record.data["members"])
            if member["response"] is not None
        ]
        provenance = record.data["provenance"]
        shared = {"provenance": provenance, "attempts": 1, "history": None, **_origin(request)}
        return {"diverse": shown, "diverse_made": shared}

    def _judged(self, made: scores.Answer, direction: str) -> Mapping[str, Json]:
        """How a picture stands beside the image set."""
        evidence, response = self.evidence, made["response"]
        assert response is not None, "what is not finite is not shown"
        return {
            "ratio": scores.ratio(response, direction, evidence),
            "passed": scores.passes(made, direction, evidence) if evidence else None,
        }


def _thinned(history: Json) -> Json:
    """A history with every fourth of its steps, and the last."""
    steps = history["steps"]
    places = sorted({*range(0, len(steps), 4), len(steps) - 1})
    return {
        **history,
        "steps": [steps[place] for place in places],
        "responses": [history["responses"][place] for place in places],
    }


def _origin(request: RecordRequest) -> Mapping[str, Json]:
    recipe = request.recipe["made"]
    return {
        "objective": recipe["objective"],
        "size": recipe["size"],
        "recipe": {**recipe, "attempt": request.recipe["attempt"]},
        "record": request.key[:RECORD],
    }
