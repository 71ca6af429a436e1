"""What the parts of ``accept.py`` share: the device, networks in memory, pictures and checks."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from convatlas.lenses.base import Failed, RenderContext, grouped, layer_of
from convatlas.lenses.maximize import Maximize
from convatlas.model.records import Record, RecordRequest
from convatlas.opening.configuration import parse
from convatlas.opening.network_source import NetworkSource

Made = list[tuple[RecordRequest, Record]]


@dataclass(frozen=True)
class Check:
    """What is expected, and what was found; ``held`` is None where it is not judged."""

    what: str
    found: Any
    expected: Any
    held: bool | None


@dataclass(frozen=True)
class Setting:
    """Where and how much is measured."""

    out: Path
    device: str
    small: bool

    @property
    def options(self) -> Mapping[str, Any]:
        """Options of ``maximize``."""
        return {"preset": "draft", "steps": 3, "size": 40} if self.small else {}

    def filters(self, most: int) -> int:
        """How many filters of a layer are made."""
        return min(most, 2) if self.small else most

    def judged(self, held: bool) -> bool | None:
        """Whether something holds; speed is only judged on a GPU."""
        return None if self.small or self.device == "cpu" else held

    def wait(self) -> None:
        """Wait until the device has done what it was asked for."""
        if self.device.startswith("cuda"):
            torch.cuda.synchronize(self.device)

    def seconds(self, task: Callable[[], object], times: int = 3) -> float:
        """The least seconds of a task."""
        found = []
        for _ in range(times):
            self.wait()
            started = time.perf_counter()
            task()
            self.wait()
            found.append(time.perf_counter() - started)
        return min(found)


def opened(
    network: str,
    weights: str,
    device: str,
    options: Mapping[str, Any],
    photographs: Path | None = None,
) -> RenderContext:
    """A torchvision network on a device, with one attempt at the picture that excites a filter."""
    model = {"name": network, "source": f"torchvision/{network}", "weights": weights}
    alone = {"negative": False, "second": False, "attempts": 1}
    atlas: dict[str, Any] = {
        "models": [model],
        "lenses": {"kernels": False, "maximize": {**alone, **options}},
    }
    if photographs:
        atlas["images"] = [{"name": "photos", "source": f"folder:{photographs}", "credit": "-"}]
    configuration = parse(json.dumps(atlas), Path("atlas.yaml"), os.environ)
    return NetworkSource(configuration, network, device).open()


def requests_of(context: RenderContext, layer: str) -> list[RecordRequest]:
    """The requests for a layer's pictures."""
    return context.once(_by_layer).get(layer, [])


def _by_layer(context: RenderContext) -> dict[str, list[RecordRequest]]:
    return grouped(list(Maximize().requests(context.plan, context.records)), layer_of)


def made(context: RenderContext, requests: Sequence[RecordRequest]) -> Made:
    """The records, none of which may fail, in the order of the requests."""
    found: dict[str, Record] = {}
    for batch in Maximize().render(context, requests):
        assert not isinstance(batch, Failed), batch.reason
        found |= {request.key: record for request, record in batch}
    return [(request, found[request.key]) for request in requests]


def responses(pictures: Made) -> list[float | None]:
    """The responses to pictures."""
    return [record.data["response"] for _, record in pictures]


@contextmanager
def apart(module: ModuleType, *names: str) -> Iterator[Counter[str]]:
    """Add up the seconds in functions of a module, by name."""
    spent: Counter[str] = Counter()
    functions = {name: getattr(module, name) for name in names}

    def timed(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return functions[name](*args, **kwargs)
            finally:
                spent[name] += time.perf_counter() - started  # type: ignore[assignment]

        return call

    for name in names:
        setattr(module, name, timed(name))
    try:
        yield spent
    finally:
        for name, function in functions.items():
            setattr(module, name, function)
