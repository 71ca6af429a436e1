"""Networks and image sets, opened only where what is remembered of them may have changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from convatlas.config import schema
from convatlas.config.comparisons import pairs_wanted
from convatlas.config.picture_references import references
from convatlas.config.raw_values import Place
from convatlas.config.read import Configuration
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import AtlasError, ConfigError, Problem
from convatlas.images.probe_pictures import ProbePictures, open_probe_pictures
from convatlas.images.sets import OpenSet, open_set
from convatlas.lenses.base import PlanContext, PublishPolicy, RenderContext
from convatlas.model.edits import EditFacts
from convatlas.model.facts import Compared, FunctionFacts, ImageSetFacts, NetworkFacts
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.comparisons import unequal_inputs
from convatlas.opening.edits import Edits, last_edits
from convatlas.opening.functions import Functions, last_facts
from convatlas.opening.probes_and_claims import Named, hypotheses_of, probes_of, unshown
from convatlas.opening.references import unknown_names
from convatlas.opening.selection import chosen, unmatched, unmatched_settings

if TYPE_CHECKING:
    from torch import nn

    from convatlas.network.open import OpenNetwork

log = logging.getLogger("convatlas.opening")

Entry = TypeVar("Entry", schema.Model, schema.ImageSet)
Value = TypeVar("Value")


@dataclass
class Workspace:
    """Opens what an atlas configures, each thing at most once, and remembers what it is."""

    configuration: Configuration
    catalog: OpenCatalog
    networks: Mapping[str, nn.Module] = field(default_factory=dict)
    sets: dict[str, OpenSet] = field(default_factory=dict)
    opened: dict[str, OpenNetwork] = field(default_factory=dict)
    probe_pictures: ProbePictures = field(default_factory=ProbePictures)
    functions: Functions = field(init=False)
    edits: Edits = field(init=False)

    def __post_init__(self) -> None:
        self.functions = Functions(self.configuration, self.catalog)
        self.edits = Edits(self.configuration, self.catalog, self.functions)

    def plan_contexts(self) -> list[PlanContext]:
        """Return what lenses may know of each network.

        Raises:
            ConfigError: naming every mistake that shows only when networks and images are opened.
        """
        atlas, lines = self.configuration.atlas, list[str]()
        self.sets = dict(_collected(atlas.images, self._set, lines))
        facts = dict(_collected(atlas.models, self._network, lines))
        known = [model for model in atlas.models if model.name in facts]
        problems = [
            Problem((*self.configuration.place(model), *path), message)
            for model in known
            for path, message in unmatched(model, facts[model.name])
        ]
        problems += unmatched_settings(atlas, facts)
        problems += self._open_pictures()
        problems += self.edits.problems
        problems += unshown(atlas, facts, self._named, self._images)
        problems += unknown_names(self.configuration, facts)
        problems += unequal_inputs(atlas, facts)
        lines += self._unknown() + _told(self.configuration, problems)
        if lines:
            raise ConfigError(lines)
        for line in _told(self.configuration, self.functions.problems):
            log.warning("%s", line)
        return [self._context(model, facts[model.name]) for model in atlas.models]

    def facts(self) -> list[NetworkFacts]:
        """Return what is known of each network, whatever the atlas chooses of it.

        Raises:
            ConfigError: naming every network that cannot be opened.
        """
        lines: list[str] = []
        facts = dict(_collected(self.configuration.atlas.models, self._network, lines))
        if lines:
            raise ConfigError(lines)
        return list(facts.values())

    def _unknown(self) -> list[str]:
        names = {model.name for model in self.configuration.atlas.models}
        return [
            f"network '{name}' was given, but is not among the models; {did_you_mean(name, names)}"
            for name in self.networks
            if name not in names
        ]

    def render_context(self, name: str, device: str) -> RenderContext:
        """Return all that is needed to render for a network, which is opened if necessary."""
        from convatlas.network.device import choose

        atlas = self.configuration.atlas
        model = next(m for m in atlas.models if m.name == name)
        if model.name not in self.opened:
            self._open(model)
        opened = self.opened[model.name]
        pictures = {name: images.picture for name, images in self.sets.items()}
        where = choose(device)
        return RenderContext(
            self._context(model, opened.facts),
            opened.module.to(where),
            where,
            pictures,
            self.probe_pictures.pictures,
            functions=self.functions.importers,
            edits=self.edits.openers,
        )

    def open_one(self, name: str, device: str) -> RenderContext:
        """Open a single network, with the images of the atlas, to render for it.

        Raises:
            ConfigError: naming everything that cannot be opened.
        """
        lines: list[str] = []
        self.sets = dict(_collected(self.configuration.atlas.images, self._set, lines))
        lines += _told(self.configuration, self._open_pictures())
        if lines:
            raise ConfigError(lines)
        return self.render_context(name, device)

    def close(self, name: str) -> None:
        """Let go of a network, so that its memory is freed."""
        self.opened.pop(name, None)

    @property
    def left_out(self) -> list[tuple[str, str, str]]:
        """Set, image and reason of every image that cannot be used.

        Folders of probes and hypotheses are told as sets of those names.
        """
        of_sets = [
            (name, image, reason)
            for name, opened in self.sets.items()
            for image, reason in opened.facts.left_out
        ]
        return of_sets + self.probe_pictures.left_out

    @property
    def _images(self) -> dict[str, ImageSetFacts]:
        return {name: opened.facts for name, opened in self.sets.items()}

    @property
    def _named(self) -> Named:
        shown = self.probe_pictures.shown.items()
        return {place: [(each.name, each.id) for each in found] for place, found in shown}

    def _context(self, model: schema.Model, facts: NetworkFacts) -> PlanContext:
        found = self._images, self._named, self.functions.facts, self.edits.facts
        return context(self.configuration.atlas, model, facts, *found)

    def _open_pictures(self) -> list[Problem]:
        """Open the pictures of probes and hypotheses; tells what is wrong with them."""
        self.probe_pictures = open_probe_pictures(self.configuration, self.sets, self.catalog)
        named = self._named
        for reference in references(self.configuration.atlas):
            if reference.path in named:
                self.catalog.keep_pictures(reference, named[reference.path])
        return self.probe_pictures.problems

    def _set(self, entry: schema.ImageSet) -> OpenSet:
        opened = open_set(entry, self.configuration, self.catalog)
        self.catalog.keep_images(entry, opened.facts)
        return opened

    def _network(self, model: schema.Model) -> NetworkFacts:
        if model.name in self.networks:
            return self._open(model)
        return self.catalog.network(model, self.configuration.folder) or self._open(model)

    def _open(self, model: schema.Model) -> NetworkFacts:
        from convatlas.network.open import open_network

        log.info("opening %s (%s)", model.name, model.source)
        since = time.time_ns()
        opened = open_network(model, self.configuration, self.networks.get(model.name))
        if model.name in self.networks:
            self.catalog.keep_passing(model, opened.facts)
        else:
            folder = self.configuration.folder
            self.catalog.keep_network(model, folder, opened.facts, opened.source_files, since)
        self.opened[model.name] = opened
        return opened.facts


def remembered(configuration: Configuration, catalog: OpenCatalog) -> list[PlanContext]:
    """Return what lenses may know of each network, from the store alone, however old.

    Raises:
        ConfigError: naming what the store does not remember.
    """
    atlas, lines = configuration.atlas, list[str]()
    images = dict(_collected(atlas.images, catalog.last_images, lines))
    networks = dict(_collected(atlas.models, catalog.last_network, lines))
    functions = last_facts(atlas, catalog)
    named: dict[Place, Sequence[tuple[str, str]]] = {}
    for reference in references(atlas):
        try:
            named[reference.path] = catalog.last_pictures(reference)
        except ConfigError as error:
            lines += error.lines
    edits: Sequence[EditFacts] = ()
    try:
        edits = last_edits(atlas, catalog, functions)
    except ConfigError as error:
        lines += error.lines
    problems = [
        *unshown(atlas, networks, named, images),
        *unknown_names(configuration, networks),
        *unequal_inputs(atlas, networks),
    ]
    lines += _told(configuration, problems)
    if lines:
        raise ConfigError(list(dict.fromkeys(lines)))
    return [
        context(atlas, model, networks[model.name], images, named, functions, edits)
        for model in atlas.models
    ]


def context(
    atlas: schema.Atlas,
    model: schema.Model,
    facts: NetworkFacts,
    images: Mapping[str, ImageSetFacts],
    named: Named,
    functions: Mapping[str, FunctionFacts],
    edits: Sequence[EditFacts],
) -> PlanContext:
    """Return what lenses may know of one network."""
    name = model.images or next(iter(images), None)
    return PlanContext(
        facts,
        chosen(model, facts),
        images[name] if name else None,
        _policy(atlas, name),
        atlas.lenses.switched_on(),
        images,
        tuple(probes_of(atlas, model, facts, named)),
        tuple(hypotheses_of(atlas, model, facts, named, images)),
        functions=functions,
        comparisons=_comparisons(atlas, model),
        edits=edits,
    )


def _comparisons(atlas: schema.Atlas, model: schema.Model) -> tuple[Compared, ...]:
    """Return the comparisons that a network takes part in."""
    return tuple(
        Compared(pair.before, pair.after, pair.match)
        for pair in pairs_wanted(atlas)
        if model.name in (pair.before, pair.after)
    )


def _policy(atlas: schema.Atlas, name: str | None) -> PublishPolicy:
    """Return what of an image set may be shown."""
    for entry in atlas.images:
        if entry.name == name:
            return PublishPolicy(entry.publish, entry.publish != "none" or entry.heatmaps)
    return PublishPolicy()


def _told(configuration: Configuration, problems: Sequence[Problem]) -> list[str]:
    try:
        configuration.fail(problems)
    except ConfigError as error:
        return list(error.lines)


def _collected(
    entries: Sequence[Entry], open_one: Callable[[Entry], Value], lines: list[str]
) -> Iterable[tuple[str, Value]]:
    """Return what can be opened, by name, and lines that say why the rest cannot."""
    for entry in entries:
        try:
            yield entry.name, open_one(entry)
        except ConfigError as error:
            lines += error.lines
        except AtlasError as error:
            lines.append(f"{entry.name}: {error}")
