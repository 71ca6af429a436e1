"""Load weights files into networks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from convatlas.config.suggestions import did_you_mean
from convatlas.network.state_dicts import Candidate, State, candidates, shape
from convatlas.network.weights_files import RESAVE, WeightsError, read_tensors

log = logging.getLogger(__name__)

_FAMILIAR = ("model", "net", "network")
"""Parts of prefixes that are taken off without a word."""
_SHOWN = 10


@dataclass(frozen=True)
class Misfit:
    """The differences between a state dict and the tensors that a network expects."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]  # names with both shapes
    complex: tuple[str, ...] = ()  # names of those that are real in the network

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.misshapen or self.complex)

    def __str__(self) -> str:
        kinds = {
            "missing": self.missing,
            "unexpected": self.unexpected,
            "of another shape": self.misshapen,
            "of complex numbers where the network has real ones": self.complex,
        }
        return ", ".join(
            f"{len(names)} {kind} ({_listed(names)})" for kind, names in kinds.items() if names
        )


def load_weights(module: nn.Module, path: Path, strict: bool, key: str | None = None) -> None:
    """Load the tensors of a file into a network.

    State dicts are found under any key, and any prefix of their names that the network's names lack
    is taken off, which a warning tells unless it is one that wrappers add. Other content, such as
    an optimiser's state, is ignored. If several state dicts fit equally well, a warning says which
    one is taken. If ``strict`` is false, everything that fits is loaded and a warning lists the
    rest.

    Args:
        module: The network.
        path: The file.
        strict: Whether all tensors have to fit.
        key: Which state dict to take: the keys that lead to it and the prefix of its names, or only
            the first ones of them, joined by dots.

    Raises:
        WeightsError: the file cannot be read, is refused, or does not fit.
    """
    target = {name: value for name, value in module.state_dict().items() if _is_tensor(value)}
    chosen = _chosen(read_tensors(path), target, path.name, key)
    misfit = compare(chosen, target)
    loadable = {
        name: value
        for name, value in chosen.state.items()
        if name in target
        and shape(target[name]) in (value.shape, None)
        and not _loses_imaginary(value, target[name])
    }
    if not loadable:
        raise WeightsError(f"{path.name} fits nowhere: {misfit}; correct `source` or `weights`")
    if misfit and strict:
        without = f", without '{chosen.prefix}'," if chosen.prefix else ""
        raise WeightsError(
            f"{path.name}{without} does not fit the network: {misfit}; correct `source` or"
            " `arguments`, or set `strict: false` to load what fits"
        )
    if misfit:
        log.warning("%s fits in part: %s", path.name, misfit)
    # What is on the meta device has no memory to copy into.
    module.load_state_dict(loadable, strict=False, assign=any(t.is_meta for t in target.values()))


def _chosen(loaded: Any, target: Mapping[str, Tensor], name: str, key: str | None) -> Candidate:
    """Return the best candidate of a loaded file, and tell what was decided.

    Raises:
        WeightsError: the file has no state dict, or none under that key.
    """
    found = candidates(loaded, target)
    if not found:
        raise WeightsError(f"{name} holds no tensors by name; {RESAVE}")
    if key is not None:
        known = [each.address for each in found if each.address]
        found = [each for each in found if each.is_at(key)]
        if not found:
            message = f"{name} has no state dict at '{key}', which is the `weights_key`"
            raise WeightsError(f"{message}; {did_you_mean(key, known)}")
    best = found[0]
    if best.fitting:
        _tell_rivals(found, name)
    if best.prefix and set(best.prefix[:-1].split(".")) - set(_FAMILIAR):
        log.warning("%s: '%s' is taken off the names of its tensors", name, best.prefix)
    return best


def _tell_rivals(found: Sequence[Candidate], name: str) -> None:
    """Warn of state dicts that fit as well as the first one, and would load other values."""
    best, *others = found
    rivals = [
        each
        for each in others
        if each.fitting == best.fitting and not each.same_tensors(best) and each.address
    ]
    if rivals:
        log.warning(
            "%s has several state dicts that fit: %s is taken; for %s, set `weights_key: %s`",
            name,
            f"'{best.address}'" if best.address else "the outermost",
            " or ".join(f"'{each.address}'" for each in rivals[:_SHOWN]),
            rivals[0].address,
        )


def compare(chosen: Candidate, target: Mapping[str, Tensor]) -> Misfit:
    """Compare a candidate with a network; batch norms' counters of batches may be missing."""
    state: State = chosen.state
    counters = {name for name in target if name.endswith("num_batches_tracked")}
    shapes = {
        name: (state[name].shape, shape(value)) for name, value in target.items() if name in state
    }
    return Misfit(
        tuple(name for name in target if name not in state and name not in counters),
        (*(name for name in state if name not in target), *chosen.beside),
        tuple(
            f"{name}: {list(theirs)} in the file, {list(ours)} in the network"
            for name, (theirs, ours) in shapes.items()
            if ours is not None and theirs != ours
        ),
        tuple(
            name
            for name, value in target.items()
            if name in state and _loses_imaginary(state[name], value)
        ),
    )


def _loses_imaginary(theirs: Tensor, ours: Tensor) -> bool:
    """Return whether copying a tensor into another one would drop its imaginary part."""
    return theirs.is_complex() and not ours.is_complex()


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
