"""From the records of one filter's pictures to what the manifest says of them."""

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
    HistoryData,
    PictureAnswer,
    Provenance,
    as_attempt,
    as_group,
)
from convatlas.lenses.parts.section import Place
from convatlas.model import scores
from convatlas.model.manifest import File
from convatlas.model.records import Picture, RecordOf, RecordRequest, StoredRecord

Made = Sequence[tuple[RecordRequest, StoredRecord]]
"""Records of one filter, each with what was asked, in the order of their attempts."""

RECORD = 16
"""Digits of a record's key that are published: enough to find it by."""


@dataclass(frozen=True)
class FilterPictures:
    """Makes the entry of one filter."""

    evidence: scores.Evidence | None  # what the image set says of the filter
    variants: Mapping[str, str]  # the part of a file name that each further recipe is
    place: Place

    def entry(self, records: Made) -> MaximizeEntry:
        """Return the picture to show in each role."""
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
        """The best of the attempts at one role; None where none gave a finite response."""
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
            **_origin(request, record.data["provenance"]),
            "history": self._history(stem, record),
            "attended": self._attended(stem, record),
            "attempts": len(made),
        }

    def _diverse(self, request: RecordRequest, record: StoredRecord) -> list[Optimized]:
        """The different pictures of one record."""
        direction = request.recipe["direction"]
        pictures = [
            self._optimized(member, direction, f"diverse-{place}", record.pictures[str(place)])
            for place, member in enumerate(as_group(record).data["members"])
        ]
        return [picture for picture in pictures if picture]

    def _optimized(
        self, answer: PictureAnswer, direction: str, stem: str, picture: Picture
    ) -> Optimized | None:
        """A picture, and how it stands beside the image set; None if the response is not finite."""
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
        """How the shown attempt came to be; the oldest records do not say.

        What stands beside the first picture has no strip of its own, and fewer steps: no page shows
        them, and they would double the site.
        """
        history, strip = record.data.get("history"), record.pictures.get("history")
        if history is None:
            return None
        if stem in ("negative", "second"):
            return {**_thinned(history), "picture": None}
        return {**history, "picture": self.place(f"{stem}-history", strip) if strip else None}

    def _attended(self, stem: str, record: RecordOf[AttemptData]) -> File | None:
        """The picture with what counted least faded out; only some canvases have one."""
        picture = record.pictures.get("attended")
        return self.place(f"{stem}-attended", picture) if picture else None


def _thinned(history: HistoryData) -> HistoryData:
    """A history with every fourth of its steps, and the last."""
    steps = history["steps"]
    places = sorted({*range(0, len(steps), 4), len(steps) - 1})
    return {
        "steps": [steps[place] for place in places],
        "responses": [history["responses"][place] for place in places],
        "frames": history["frames"],
    }


def _group_origin(request: RecordRequest, record: StoredRecord) -> Origin:
    """How the pictures of a group were made."""
    return _origin(request, as_group(record).data["provenance"])


def _origin(request: RecordRequest, provenance: Provenance) -> Origin:
    """How the pictures of one record were made; of a single attempt, without history."""
    how = {**request.recipe["made"], "attempt": request.recipe["attempt"]}
    recipe = cast("RecipeEntry", how)
    return {
        "objective": recipe["objective"],
        "size": recipe["size"],
        "recipe": recipe,
        "record": request.key[:RECORD],
        "provenance": provenance,
        "history": None,
        "attempts": 1,
    }
