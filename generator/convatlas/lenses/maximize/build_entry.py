"""Make the manifest's entry of a filter from the records of its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from convatlas.lenses.maximize.entries import (
    Attempt,
    History,
    MaximizeEntry,
    Optimized,
    Origin,
    RecipeEntry,
    Variant,
)
from convatlas.lenses.maximize.records import (
    AttemptData,
    GroupData,
    HistoryData,
    PictureAnswer,
    as_attempt,
    as_group,
)
from convatlas.lenses.parts.section import Place
from convatlas.model import scores
from convatlas.model.manifest import File
from convatlas.model.records import Picture, RecordOf, RecordRequest, StoredRecord

Made = Sequence[tuple[RecordRequest, StoredRecord]]
"""Records of one filter with their requests, in the order of the attempts."""

RECORD = 16
"""Number of published digits of a record's key, which are enough to find the record."""


@dataclass(frozen=True)
class FilterPictures:
    """Makes the entry of one filter."""

    evidence: scores.Evidence | None  # the results of the image set for the filter
    variants: Mapping[str, str]  # by further recipe, its part of file names
    place: Place

    def entry(self, records: Made) -> MaximizeEntry:
        """Return the entry, with the best picture of each role."""
        roles: dict[str, list[tuple[RecordRequest, StoredRecord]]] = {}
        for request, record in records:
            roles.setdefault(request.role, []).append((request, record))
        diverse = roles.get("diverse")
        return {
            "positive": self._best("positive", roles.get("positive", ())),
            "negative": self._best("negative", roles.get("negative", ())),
            "second": self._best("second", roles.get("second", ())),
            "diverse": self._diverse(*diverse[0]) if diverse else [],
            "diverse_made": _group_origin(*diverse[0]) if diverse else None,
            "variants": {
                name: self._variant(slug, roles.get(f"{name}/positive", ()))
                for name, slug in self.variants.items()
            },
        }

    def _variant(self, slug: str, made: Made) -> Variant:
        return {"positive": self._best(f"{slug}-positive", made)}

    def _best(self, stem: str, made: Made) -> Attempt | None:
        """Return the best attempt for one role; None if none has a finite response."""
        if not made:
            return None
        direction = made[0][0].recipe["direction"]
        attempts = [as_attempt(record) for _, record in made]
        best = scores.best([attempt.data for attempt in attempts], direction)
        request, record = made[best][0], attempts[best]
        optimized = self._optimized(record.data, direction, stem, record.pictures["picture"])
        if optimized is None:
            return None
        return {
            **optimized,
            **_origin(request, record.data),
            "history": self._history(stem, record),
            "attended": self._attended(stem, record),
            "attempts": len(made),
        }

    def _diverse(self, request: RecordRequest, record: StoredRecord) -> list[Optimized]:
        """Return the pictures of one record."""
        direction = request.recipe["direction"]
        pictures = [
            self._optimized(member, direction, f"diverse-{place}", record.pictures[str(place)])
            for place, member in enumerate(as_group(record).data["members"])
        ]
        return [picture for picture in pictures if picture]

    def _optimized(
        self, answer: PictureAnswer, direction: str, stem: str, picture: Picture
    ) -> Optimized | None:
        """Return a picture with its scores against the images; None if not finite."""
        response, evidence = answer["response"], self.evidence
        if response is None:
            return None
        return {
            "response": response,
            "position": answer["position"],
            "map": answer["map"],
            "flat": answer["flat"],
            "ratio": scores.ratio(response, direction, evidence),
            "passed": scores.passes(answer, direction, evidence) if evidence else None,
            "picture": self.place(stem, picture),
        }

    def _history(self, stem: str, record: RecordOf[AttemptData]) -> History | None:
        """Return the history of the shown attempt; None for the oldest records.

        The negative and second pictures have no strip, and fewer steps: no page shows them, and
        they would double the size of the site.
        """
        history, strip = record.data.get("history"), record.pictures.get("history")
        if history is None:
            return None
        if stem in ("negative", "second"):
            return {**_thinned(history), "picture": None}
        return {**history, "picture": self.place(f"{stem}-history", strip) if strip else None}

    def _attended(self, stem: str, record: RecordOf[AttemptData]) -> File | None:
        """Return the picture with its least important parts faded out; None on most canvases."""
        picture = record.pictures.get("attended")
        return self.place(f"{stem}-attended", picture) if picture else None


def _thinned(history: HistoryData) -> HistoryData:
    """Return a history with only every fourth step and the last."""
    steps = history["steps"]
    places = sorted({*range(0, len(steps), 4), len(steps) - 1})
    return {
        "steps": [steps[place] for place in places],
        "responses": [history["responses"][place] for place in places],
        "frames": history["frames"],
    }


def _group_origin(request: RecordRequest, record: StoredRecord) -> Origin:
    """Return how the pictures of a group were made."""
    return _origin(request, as_group(record).data)


def _origin(request: RecordRequest, data: AttemptData | GroupData) -> Origin:
    """Return how the pictures of one record were made, as one attempt without history."""
    made = data.get("made") or request.recipe["made"]
    how = {**made, "attempt": request.recipe["attempt"]}
    recipe = cast("RecipeEntry", how)
    return {
        "objective": recipe["objective"],
        "size": recipe["size"],
        "recipe": recipe,
        "record": request.key[:RECORD],
        "provenance": data["provenance"],
        "history": None,
        "attempts": 1,
    }
