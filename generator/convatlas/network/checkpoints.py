"""Read weights from files and load them into a network."""

from __future__ import annotations

import logging
import pickle
import re
import struct
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

log = logging.getLogger(__name__)

_KEYS = (
    "state_dict model_state_dict model_state model net network module weights params "
    "state_dict_ema model_ema ema_state_dict ema params_ema"
)
_WRAPPERS = _KEYS.split()
"""Keys under which checkpoints commonly store a state dict, most likely first."""
_PREFIXES = ("module.", "model.", "_orig_mod.", "net.", "network.")
_DEEPEST = 3
_SHOWN = 10

_RESAVE = (
    "re-save it where you trained: torch.save(model.state_dict(), 'weights.pth'), or as safetensors"
)
DAMAGED = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    MemoryError,
    ImportError,
    struct.error,
)
"""Exceptions that torch's reader raises on damaged or foreign files."""

State = dict[str, Tensor]


class WeightsError(Exception):
    """A weights file that cannot be used; the message gives the reason and the remedy."""


@dataclass(frozen=True)
class Misfit:
    """The differences between a state dict and the tensors that a network expects."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]  # names with both shapes

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.misshapen)

    def __str__(self) -> str:
        kinds = {
            "missing": self.missing,
            "unexpected": self.unexpected,
            "of another shape": self.misshapen,
        }
        return ", ".join(
            f"{len(names)} {kind} ({_listed(names)})" for kind, names in kinds.items() if names
        )


def load_weights(module: nn.Module, path: Path, strict: bool) -> None:
    """Load the tensors of a file into a network.

    State dicts are found under the usual keys (``state_dict``, ``model``, ...), and prefixes such
    as ``module.`` are removed if more names match without them. Other content, such as an
    optimiser's state, is ignored. If ``strict`` is false, everything that fits is loaded and a
    warning lists the rest.

    Raises:
        WeightsError: the file cannot be read, is refused, or does not fit.
    """
    target = {name: value for name, value in module.state_dict().items() if _is_tensor(value)}
    state = fitting(read_tensors(path), target, path.name)
    misfit = compare(state, target)
    loadable = {
        name: value
        for name, value in state.items()
        if name in target and _shape(target[name]) in (value.shape, None)
    }
    if not loadable:
        raise WeightsError(f"{path.name} fits nowhere: {misfit}; correct `source` or `weights`")
    if misfit and strict:
        raise WeightsError(
            f"{path.name} does not fit the network: {misfit}; correct `source` or `arguments`, "
            "or set `strict: false` to load what fits"
        )
    if misfit:
        log.warning("%s fits in part: %s", path.name, misfit)
    module.load_state_dict(loadable, strict=False)


def read_tensors(path: Path) -> Any:
    """Load a .safetensors or ``torch.save`` file onto the CPU, without running code from it.

    Raises:
        WeightsError: the file is refused or damaged.
    """
    try:
        if path.stat().st_size == 0:
            raise WeightsError(f"{path.name} is empty; {_RESAVE}")
        if path.suffix.lower() == ".safetensors":
            return load_file(path, device="cpu")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about archives that are refused anyway
            return torch.load(path, map_location="cpu", weights_only=True)
    except SafetensorError as error:
        raise WeightsError(f"{path.name} is no safetensors file ({error}); {_RESAVE}") from error
    except DAMAGED as error:
        raise WeightsError(f"{path.name} {refusal(str(error))}; {_RESAVE}") from error


def refusal(message: str) -> str:
    """Return why torch refused to read a file, from its error message."""
    name = re.search(r"(?:Unsupported global: GLOBAL|Unsupported class|GLOBAL) `?([\w.]+)", message)
    if name:
        return f"holds more than tensors: unpickling would call {name[1]}, which is refused"
    if "TorchScript" in message:
        return "is a TorchScript archive, which holds code and is refused"
    lines = [line for line in message.strip().splitlines() if line] or ["nothing inside"]
    return f"is no file of tensors that torch can read ({lines[0][:120].rstrip('.')})"


def fitting(loaded: Any, target: Mapping[str, Tensor], name: str) -> State:
    """Return the best-fitting state dict in a loaded object, under any of the usual prefixes.

    Raises:
        WeightsError: the object contains no state dict.
    """
    best: State = {}
    score, rivals = -1, 0
    for state in _state_dicts(loaded, _DEEPEST):
        for spelled in _spellings(state):
            fits = sum(key in target for key in spelled)
            if fits > score:
                best, score, rivals = spelled, fits, 0
        rivals += state is not best and sum(key in target for key in state) == score > 0
    if not best:
        raise WeightsError(f"{name} holds no tensors by name; {_RESAVE}")
    if rivals:
        log.warning("%s holds several state dicts that fit; the first is taken", name)
    return best


def compare(state: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> Misfit:
    """Compare a state dict with a network's; batch norms' counters of batches may be missing."""
    counters = {name for name in target if name.endswith("num_batches_tracked")}
    shapes = {
        name: (state[name].shape, _shape(value)) for name, value in target.items() if name in state
    }
    return Misfit(
        tuple(name for name in target if name not in state and name not in counters),
        tuple(name for name in state if name not in target),
        tuple(
            f"{name}: {list(theirs)} in the file, {list(ours)} in the network"
            for name, (theirs, ours) in shapes.items()
            if ours is not None and theirs != ours
        ),
    )


def _state_dicts(loaded: Any, depth: int) -> Iterator[State]:
    """Yield the mappings of names to tensors inside an object, most likely first."""
    if not isinstance(loaded, Mapping) or depth < 0:
        return
    tensors = {key: value for key, value in loaded.items() if _is_tensor(value)}
    if tensors and all(isinstance(key, str) for key in tensors):
        yield tensors
    likely = {key: rank for rank, key in enumerate(_WRAPPERS)}
    inner = [key for key, value in loaded.items() if isinstance(value, Mapping)]
    for key in sorted(inner, key=lambda key: likely.get(key, len(likely))):
        yield from _state_dicts(loaded[key], depth - 1)


def _spellings(state: State) -> Iterator[State]:
    """Yield a state dict as it is, then without the prefixes that wrappers add."""
    waiting, seen = [state], {frozenset(state)}
    while waiting:
        current = waiting.pop(0)
        yield current
        for prefix in _PREFIXES:
            names = {name: _without(name, prefix) for name in current}
            stripped = {names[name]: value for name, value in current.items()}
            if len(stripped) == len(current) and frozenset(stripped) not in seen:
                seen.add(frozenset(stripped))
                waiting.append(stripped)


def _without(name: str, prefix: str) -> str:
    # torch.compile of an inner module inserts its prefix in the middle of names
    if prefix == "_orig_mod.":
        return name.replace(prefix, "")
    return name.removeprefix(prefix)


def _shape(value: Tensor) -> torch.Size | None:
    """Return a tensor's shape, or None for a lazy parameter, which takes any shape."""
    return None if is_lazy(value) else value.shape


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
