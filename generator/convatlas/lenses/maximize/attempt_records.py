"""The records of finished pictures, with the responses to what was encoded."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from convatlas.lenses.base import Batch
from convatlas.lenses.maximize.encode_and_score import auxiliary_images, encode_and_score
from convatlas.lenses.maximize.encoders import Encoders, done
from convatlas.lenses.maximize.in_turn import Waiting
from convatlas.lenses.maximize.optimization_batch import Job, Made
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.lenses.maximize.records import (
    AttemptData,
    GroupData,
    Instead,
    PictureAnswer,
    Provenance,
)
from convatlas.model.records import EncodedPicture, Record, RecordRequest
from convatlas.network.own_type import type_of


@dataclass(frozen=True)
class Attempts:
    """Requests of one layer and recipe, whose pictures are optimised together."""

    requests: Sequence[RecordRequest]
    how: Recipe
    target: OptimizationTarget
    reference: OptimizationTarget
    """The layer of the original network in float32, whose responses are recorded."""
    count: int
    """How many pictures are optimised at once."""

    @cached_property
    def jobs(self) -> list[Job]:
        """The pictures to make, member by member."""
        return [job for request in self.requests for job in _jobs(request, self.how.members)]

    def records(
        self, finished: Sequence[tuple[int, Made]], encoders: Encoders
    ) -> Generator[Waiting, None, Batch]:
        """Return the records of finished pictures, with responses measured in full batches.

        Args:
            finished: The pictures, with the numbers of their jobs.
            encoders: What encodes them.
        """
        made, jobs = [one for _, one in finished], [self.jobs[number] for number, _ in finished]
        alone = self.how.members == 1
        more = auxiliary_images(made, encoders) if alone else []
        published = yield from encode_and_score(self.reference, made, jobs, encoders, self.count)
        if alone:
            beside = yield from done(more)
            return [
                self._record(number, one, picture, answer, pictures)
                for (number, one), (picture, answer), pictures in zip(
                    finished, published, beside, strict=True
                )
            ]
        return [
            self._group_record(finished[first][0], published[first : first + self.how.members])
            for first in range(0, len(finished), self.how.members)
        ]

    def _record(
        self,
        number: int,
        made: Made,
        picture: EncodedPicture,
        answer: PictureAnswer,
        beside: dict[str, EncodedPicture],
    ) -> tuple[RecordRequest, Record]:
        data: AttemptData = {
            **answer,
            **self._instead,
            "provenance": self._provenance,
            "history": made.history.json,
        }
        return self.requests[number], Record(data, {"picture": picture, **beside})

    def _group_record(
        self, number: int, group: Sequence[tuple[EncodedPicture, PictureAnswer]]
    ) -> tuple[RecordRequest, Record]:
        members = [answer for _, answer in group]
        data: GroupData = {"members": members, **self._instead, "provenance": self._provenance}
        pictures = {str(number): picture for number, (picture, _) in enumerate(group)}
        return self.requests[number // self.how.members], Record(data, pictures)

    @property
    def _instead(self) -> Instead:
        """The recipe, where it is not the one that was asked for."""
        return {} if self.how.json == self.requests[0].recipe["made"] else {"made": self.how.json}

    @cached_property
    def _provenance(self) -> Provenance:
        device = self.target.device
        kind = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
        precision = str(type_of(self.target.module)).removeprefix("torch.")
        return {"device": kind, "precision": precision, "torch": torch.__version__}


def _jobs(request: RecordRequest, members: int) -> list[Job]:
    """Return one job per picture of a record; the first uses the record's own key."""
    sign = 1 if request.recipe["direction"] == "positive" else -1
    # The key is a digest, so adding to its upper half gives each member its own random numbers.
    keys = [f"{(int(request.key[:16], 16) + member) % 2**64:016x}" for member in range(members)]
    return [Job(key, int(request.item), sign) for key in keys]
