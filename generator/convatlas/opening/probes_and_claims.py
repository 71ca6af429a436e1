"""The pictures that each network is shown: those of probes, and those that test hypotheses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from convatlas.config import schema
from convatlas.config.check_probes import unpublished
from convatlas.config.filters import Identity, identity
from convatlas.config.picture_references import references, tested_by
from convatlas.config.raw_values import Place
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.facts import Hypothesis, ImageSetFacts, Layer, NetworkFacts, Probe
from convatlas.opening.references import left_out, no_filter
from convatlas.opening.selection import chosen, matches

Named = Mapping[Place, Sequence[tuple[str, str]]]
"""Names and ids of the pictures that each path of the atlas file names."""

_EVERY = schema.Probe(name="each picture of a folder", image=".")


def probes_of(
    atlas: schema.Atlas, model: schema.Model, facts: NetworkFacts, named: Named
) -> Iterator[Probe]:
    """Yield the probes that are followed through at least one layer of a network."""
    for place, entry in _probes(atlas):
        layers = tuple(each.name for each in _followed(model, facts, entry.layers))
        if not matches(model.name, entry.networks) or not layers:
            continue
        methods = tuple(dict.fromkeys(entry.methods))
        for name, picture in named.get(place, ()):
            own = name if entry is _EVERY else entry.name
            yield Probe(own, picture, layers, entry.top, entry.from_, methods)


def hypotheses_of(
    atlas: schema.Atlas,
    model: schema.Model,
    facts: NetworkFacts,
    named: Named,
    images: Mapping[str, ImageSetFacts],
) -> Iterator[Hypothesis]:
    """Yield the claims about filters that a network has and the atlas shows."""
    secret = _secret(atlas, images)
    for index, entry in enumerate(atlas.hypotheses):
        about = _claimed_filter(entry, atlas)
        if about.network != model.name or _wrong(about, model, facts):
            continue
        places = [reference.path for reference in tested_by(entry, index)]
        pictures = tuple(dict.fromkeys(id for place in places for _, id in named.get(place, ())))
        hidden = tuple(each for each in pictures if each in secret)
        yield Hypothesis(
            index + 1,
            about.layer,
            about.index,
            entry.claim,
            pictures,
            entry.top,
            entry.expect,
            hidden,
        )


def unshown(
    atlas: schema.Atlas,
    facts: Mapping[str, NetworkFacts],
    named: Named,
    images: Mapping[str, ImageSetFacts],
) -> Iterator[Problem]:
    """Yield what is wrong with probes and hypotheses, given what could be opened."""
    known = {
        model.name: (model, facts[model.name])
        for model in atlas.models
        if model.name in facts and any(chosen(model, facts[model.name]).values())
    }
    for place, entry in _probes(atlas):
        seeing = [known.get(m.name) for m in atlas.models if matches(m.name, entry.networks)]
        networks = [network for network in seeing if network]
        if len(networks) == len(seeing):
            yield from _lost(place, entry, networks)
    for index, hypothesis in enumerate(atlas.hypotheses):
        about = _claimed_filter(hypothesis, atlas)
        message = _wrong(about, *known[about.network]) if about.network in known else ""
        if message:
            yield Problem(("hypotheses", index, "filter"), message)
    yield from _given_away(atlas, named, images)


def _probes(atlas: schema.Atlas) -> list[tuple[Place, schema.Probe]]:
    """Return the probes with the paths of their pictures; a folder counts as one probe."""
    if isinstance(atlas.probes, str):
        return [(("probes",), _EVERY)]
    return [(("probes", index, "image"), probe) for index, probe in enumerate(atlas.probes)]


def _followed(model: schema.Model, facts: NetworkFacts, globs: Sequence[str]) -> list[Layer]:
    shown = chosen(model, facts)
    return [
        layer
        for layer in facts.layers
        if layer.reached and layer.name in shown and matches(layer.name, globs)
    ]


def _lost(
    place: Place, entry: schema.Probe, networks: Sequence[tuple[schema.Model, NetworkFacts]]
) -> Iterator[Problem]:
    """Yield a problem for each glob of a probe that matches no layer of its networks."""
    for number, glob in enumerate(entry.layers):
        message = _unfollowed(glob, networks)
        if message:
            path: Place = place if entry is _EVERY else (*place[:-1], "layers", number)
            yield Problem(path, message)


def _unfollowed(glob: str, networks: Sequence[tuple[schema.Model, NetworkFacts]]) -> str:
    """Return why a glob matches no layer that a probe can pass through, or an empty string."""
    if any(_followed(model, facts, [glob]) for model, facts in networks):
        return ""
    names = list(dict.fromkeys(layer.name for _, facts in networks for layer in facts.layers))
    of = " or ".join(model.name for model, _ in networks)
    if not any(fnmatchcase(name, glob) for name in names):
        return f"'{glob}' matches no layer of {of}; {did_you_mean(glob, names)}"
    if any(matches(name, [glob]) for model, facts in networks for name in chosen(model, facts)):
        return f"'{glob}' matches only layers that {of} never reaches; choose others"
    return f"'{glob}' matches only layers that `layers` of {of} leaves out; choose them there, too"


def _claimed_filter(hypothesis: schema.Hypothesis, atlas: schema.Atlas) -> Identity:
    return identity(hypothesis.filter, [model.name for model in atlas.models])


def _wrong(about: Identity, model: schema.Model, facts: NetworkFacts) -> str:
    """Return why a claim about a filter cannot be tested, or an empty string."""
    message = no_filter(about.layer, about.index, facts)
    if message:
        return message
    if not next(layer.reached for layer in facts.layers if layer.name == about.layer):
        return f"{model.name} never reaches {about.layer}; take a filter of another layer"
    return left_out(about.layer, about.index, model, facts)


def _given_away(
    atlas: schema.Atlas, named: Named, images: Mapping[str, ImageSetFacts]
) -> Iterator[Problem]:
    """Yield a problem for each probe whose image may not be published in full, under any name."""
    secret = _secret(atlas, images)
    for reference in references(atlas):
        found = [id for _, id in named.get(reference.path, ()) if id in secret]
        if found and reference.kind == "probes":
            yield Problem(reference.path, unpublished(*secret[found[0]]))


def _secret(atlas: schema.Atlas, images: Mapping[str, ImageSetFacts]) -> dict[str, tuple[str, str]]:
    """Map the ids of images that may not be published in full to their set and its ``publish``."""
    sets = [entry for entry in atlas.images if entry.name in images]
    open_ = {i.id for e in sets if e.publish == "full" for i in images[e.name].images}
    return {
        image.id: (entry.name, entry.publish)
        for entry in sets
        if entry.publish != "full"
        for image in images[entry.name].images
        if image.id not in open_
    }
