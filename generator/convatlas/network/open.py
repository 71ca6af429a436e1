"""Open networks: find their layers, and what else is known of them."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from convatlas.config import schema
from convatlas.config.content import content
from convatlas.config.opened_files import data_files, files_opened
from convatlas.config.read import Configuration
from convatlas.config.sources import is_file, parse_source
from convatlas.config.user_code import UserCodeError, call
from convatlas.errors import AtlasError, NetworkError, Problem, located, raised
from convatlas.model.facts import Layer, NetworkFacts, Preprocessing
from convatlas.model.records import digest
from convatlas.network.construct import Constructed, constructed, preprocessing_of
from convatlas.network.copying import compute_weights
from convatlas.network.fingerprints import network_digest
from convatlas.network.mapped_files import mapped_files
from convatlas.network.own_type import in_own_type
from convatlas.network.scores import count_scores
from convatlas.network.trace.layers import record_layers
from convatlas.network.trace.nothing_to_show import nothing_to_show
from convatlas.network.uncopyable import own_modules_only
from convatlas.network.variation import varying

log = logging.getLogger("convatlas.network")

_LARGEST_CLASSES = 2**26
"""The size of the largest file of class names that is read, in bytes."""


@dataclass(frozen=True)
class OpenNetwork:
    """An opened network: its facts, and its module in eval mode on the CPU.

    It computes in float32; in its own type only if it does not run in float32.

    If any of the ``source_files`` changes, the network must be opened again: its code, its weights,
    and everything else that was read meanwhile. Some of them may be folders, or may not exist.
    """

    facts: NetworkFacts
    module: nn.Module
    source_files: tuple[Path, ...]


def open_network(
    model: schema.Model, configuration: Configuration, module: nn.Module | None = None
) -> OpenNetwork:
    """Construct a network, load its weights and find its layers.

    A ``module`` that is already in memory is copied and never changed; ``source``, ``arguments``
    and ``weights`` are then ignored.

    Raises:
        ConfigError: the network cannot be opened; the message gives the position in the file and
            the remedy.
    """
    try:
        with files_opened() as heard, mapped_files(heard):
            return _open(model, configuration, module, heard)
    except (AtlasError, KeyboardInterrupt):
        raise
    except UserCodeError as error:
        configuration.fail([Problem(configuration.place(model), str(error))])
    except BaseException as error:  # the network is the user's code and may raise anything
        log.debug("%s", model.name, exc_info=True)
        what = f"opening it {raised(error)}{located(error)}"
        message = f"{what}; correct its code, or run with -v to see where"
        configuration.fail([Problem(configuration.place(model), message)])


def _open(
    model: schema.Model, configuration: Configuration, module: nn.Module | None, heard: set[str]
) -> OpenNetwork:
    made = constructed(model, configuration, module)
    inputs = preprocessing_of(model, configuration, made.module, made.published)
    classes, files = _classes(model, configuration, made)
    with _alone(made):
        network, layers, skipped = _layers(model, configuration, made, inputs)
    if not layers:
        message = nothing_to_show(network, skipped)
        configuration.fail([Problem((*configuration.place(model), "source"), message)])
    layers, single = varying(network, (inputs.channels, *inputs.size), layers)
    facts = NetworkFacts(
        name=model.name,
        source=model.source,
        weights=made.weights,
        parameters=sum(each.numel() for each in network.parameters() if not is_lazy(each)),
        preprocessing=inputs,
        classes=tuple(classes),
        layers=layers,
        skipped=skipped,
        fingerprint=_whole(model, made, network, layers),
        single=single or any(layer.conditional for layer in layers),
        scores=count_scores(network, (inputs.channels, *inputs.size)),
    )
    named = (*_named_files(model, configuration), *files)
    return OpenNetwork(facts, network, (*made.files, *data_files(heard), *named))


def _alone(made: Constructed) -> contextlib.AbstractContextManager[None]:
    """Refuse that a copied network runs what it was copied from."""
    return contextlib.nullcontext() if made.original is None else own_modules_only(made.original)


def _named_files(model: schema.Model, configuration: Configuration) -> Iterator[Path]:
    """Yield the files that the atlas names for a network, by paths in which links are kept."""
    source = parse_source(model.source)
    if source.kind == "file":
        yield configuration.resolve(source.target)
    for text in _texts(model.arguments):
        path = configuration.resolve(text)
        if is_file(path):
            yield path


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts in a value of the atlas file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _layers(
    model: schema.Model,
    configuration: Configuration,
    made: Constructed,
    inputs: Preprocessing,
) -> tuple[nn.Module, tuple[Layer, ...], tuple[tuple[str, str], ...]]:
    """Return the network in float32 or, where it does not run, in its own type; and its layers."""
    shape = (inputs.channels, *inputs.size)
    try:
        call(lambda: compute_weights(made.module.eval()), "computing its weights")
        own = in_own_type(made.module)
        network = call(lambda: made.module.cpu().float().eval(), "converting it to float32")
        try:
            return network, *record_layers(network, shape, source_digest=_code(made))
        except NetworkError:
            if own is None:
                raise
            with contextlib.suppress(NetworkError):  # what is told is how it fails in float32
                network = own.cpu().eval()
                return network, *record_layers(network, shape, source_digest=_code(made))
            raise
    except (NetworkError, UserCodeError) as error:
        configuration.fail([Problem(configuration.place(model), str(error))])


def _whole(
    model: schema.Model, made: Constructed, network: nn.Module, layers: Sequence[Layer]
) -> str:
    """Return a fingerprint of at least everything that the network's output depends on."""
    source = parse_source(model.source)
    name = source.attribute if source.kind == "file" else model.source  # not a path
    arguments = model.model_dump(mode="json", include={"arguments"})
    upstream = [layer.upstream_digest for layer in layers]
    return network_digest(network, digest([name, arguments, _code(made), upstream]))


def _code(made: Constructed) -> str:
    """Return a digest of the files that contain the network's code."""
    return digest([hashlib.sha256(file.read_bytes()).hexdigest() for file in made.files])


def _classes(
    model: schema.Model, configuration: Configuration, made: Constructed
) -> tuple[Sequence[str], tuple[Path, ...]]:
    """Return the names of a network's classes, and the file they come from, if any."""
    if isinstance(model.classes, list):
        return model.classes, ()
    if model.classes is None:
        known = made.published.meta.get("categories", ()) if made.published else ()
        return (known if made.categories else ()), ()
    file = configuration.resolve(model.classes)
    try:
        lines = content(file, _LARGEST_CLASSES).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        place = (*configuration.place(model), "classes")
        message = f"{model.classes} cannot be read as UTF-8 text ({error}); write a name a line"
        configuration.fail([Problem(place, message)])
    return [line.strip() for line in lines if line.strip()], (file,)
