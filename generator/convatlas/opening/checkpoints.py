"""An atlas of one network twice, with two files of weights, as its own atlas file configures it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from convatlas.config.checkpoints import Checkpoints
from convatlas.config.custom_content import ATLAS, own_texts
from convatlas.config.filters import network_of
from convatlas.config.raw_values import Place, entries
from convatlas.config.read import Configuration
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import ConfigError, Problem
from convatlas.model.facts import NetworkFacts
from convatlas.model.records import Json
from convatlas.opening.configuration import atlas_schema, check, read
from convatlas.opening.selection import unmatched_settings

KEPT = ("pages", "theme", "logo", "footer")
"""What of `site` holds for a site of its own; the rest is about the whole atlas and its address."""


def read_for_checkpoints(file: Path, environment: Mapping[str, str]) -> Configuration:
    """Read an atlas file whose networks' own weights need not be there.

    Raises:
        ConfigError: the file cannot be read or has mistakes; the error lists all of them.
    """
    return read(file, environment, _check_but_weights)


def _check_but_weights(data: Json, folder: Path) -> Iterator[Problem]:
    return (problem for problem in check(data, folder) if not _of_weights(problem))


def _of_weights(problem: Problem) -> bool:
    return problem.absent and problem.path[0] == "models" and problem.path[-1] == "weights"


def beside(
    configuration: Configuration, network: str | None, checkpoints: Checkpoints
) -> Configuration:
    """Return an atlas of one of a file's networks with both weights, and of what is said of it.

    Args:
        configuration: The file.
        network: The network's name; None if the file configures only one.
        checkpoints: The two files; paths that are not absolute start from the atlas file.

    Raises:
        ConfigError: it is not clear which network is meant, or it cannot be compared.
    """
    index = _chosen(configuration, network)
    derived = _Derived(configuration, index, checkpoints)
    data = derived.data()
    document = configuration.document.rearranged(data, derived.origins)
    found = replace(configuration, atlas=atlas_schema().model_validate(data), document=document)
    problems = list(check(data, configuration.folder))
    if problems:
        found.fail(problems)
    return found


def without_settings_of_others(
    configuration: Configuration, facts: Sequence[NetworkFacts]
) -> Configuration:
    """Return the same atlas without the settings of lenses for layers that its networks lack.

    They are for layers of the other networks of the file.
    """
    data: dict[str, Json] = configuration.document.value
    known = {network.name: network for network in facts}
    for problem in unmatched_settings(configuration.atlas, known):
        data = _without(data, problem.path)
    document = configuration.document.rearranged(data, {})
    return replace(configuration, atlas=atlas_schema().model_validate(data), document=document)


def _without(values: dict[str, Json], path: Place) -> dict[str, Json]:
    """Return values of which the one at a path is left out."""
    key, *rest = map(str, path)
    if rest:
        return {**values, key: _without(values[key], tuple(rest))}
    return {name: value for name, value in values.items() if name != key}


def _chosen(configuration: Configuration, network: str | None) -> int:
    names = [model.name for model in configuration.atlas.models]
    if network is None and len(names) > 1:
        listed = did_you_mean("", names)
        message = f"{configuration.file} configures several networks; say which with --network"
        raise ConfigError([f"{message}; {listed}"])
    if network is not None and network not in names:
        message = f"--network '{network}': {configuration.file} configures no such network"
        raise ConfigError([f"{message}; {did_you_mean(network, names)}"])
    return names.index(network) if network is not None else 0


@dataclass
class _Derived:
    """The values of the new atlas, and where in the file they come from."""

    configuration: Configuration
    index: int  # of the network in the file
    checkpoints: Checkpoints
    origins: dict[Place, Place] = field(default_factory=dict)

    @property
    def file(self) -> dict[str, Json]:
        """The values of the file."""
        value: dict[str, Json] = self.configuration.document.value
        return value

    @property
    def name(self) -> str:
        """What the file calls the network."""
        return self.configuration.atlas.models[self.index].name

    def data(self) -> dict[str, Json]:
        """Return all values; what is about other networks is left out."""
        before, after = self.checkpoints.names
        pair = {"before": before, "after": after, "match": self.checkpoints.match}
        self.origins["compare",] = ()
        made: dict[str, Json] = {
            "title": f"{self.configuration.atlas.title}: {before} and {after}",
            "models": [*self._models()],
            "compare": [pair],
            "hypotheses": [*self._hypotheses()],
            "notes": dict(self._notes()),
            "site": self._site(),
        }
        if isinstance(self.file.get("probes"), list):
            made["probes"] = [*self._probes()]
        return self._unlinked({**self.file, **made})

    def _models(self) -> Iterator[Json]:
        files = (self.checkpoints.before, self.checkpoints.after)
        for at, (name, file) in enumerate(zip(self.checkpoints.names, files, strict=True)):
            self.origins["models", at] = "models", self.index
            yield {**self.file["models"][self.index], "name": name, "weights": str(file)}

    def _probes(self) -> Iterator[Json]:
        at = 0
        for index, probe in entries(self.file, "probes"):
            if any(fnmatchcase(self.name, glob) for glob in probe.get("networks", ["*"])):
                self.origins["probes", at] = "probes", index
                at += 1
                yield {**probe, "networks": ["*"]}

    def _hypotheses(self) -> Iterator[Json]:
        at = 0
        for index, claim in entries(self.file, "hypotheses"):
            for filter in self._renamed(claim["filter"]):
                self.origins["hypotheses", at] = "hypotheses", index
                at += 1
                yield {**claim, "filter": filter}

    def _notes(self) -> Iterator[tuple[str, Json]]:
        for about, note in self.file.get("notes", {}).items():
            for filter in self._renamed(about):
                self.origins["notes", filter] = "notes", about
                yield filter, note

    def _site(self) -> Json:
        given: dict[str, Json] = self.file.get("site", {})
        highlights: list[Json] = []
        for index, each in enumerate(given.get("highlights", [])):
            named = each["filter"] if isinstance(each, dict) else each
            for filter in self._renamed(named):
                place = ("site", "highlights", len(highlights))
                self.origins[place] = "site", "highlights", index
                highlights.append({**each, "filter": filter} if isinstance(each, dict) else filter)
        kept = {key: value for key, value in given.items() if key in KEPT}
        return {**kept, "highlights": highlights}

    def _renamed(self, filter: str) -> Sequence[str]:
        """Return what a filter is called in the new atlas: in both networks, if it is in both."""
        known = [model.name for model in self.configuration.atlas.models]
        if network_of(filter, known) != self.name:
            return []
        names = self.checkpoints.names if self.checkpoints.match == "index" else (self._first,)
        return [name + filter[len(self.name) :] for name in names]

    @property
    def _first(self) -> str:
        return self.checkpoints.names[0]

    def _unlinked(self, data: dict[str, Json]) -> dict[str, Json]:
        """Return values without the texts that link to pages of the whole atlas."""
        for text in own_texts(data, self.configuration.folder):
            if any(target.address.startswith(ATLAS) for target in text.targets):
                *above, key = text.path
                inner = data
                for step in above:
                    inner[str(step)] = inner = {**inner[str(step)]}
                del inner[str(key)]
        notes = {about: note for about, note in data["notes"].items() if note}
        return {**data, "notes": notes}
