"""Find a network's tensors in what a weights file holds, under any key and any prefix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

State = dict[str, Tensor]

_KEYS = (
    "state_dict model_state_dict model_state model net network module weights params teacher "
    "state_dict_ema model_ema ema_state_dict ema params_ema"
)
_LIKELY = {key: rank for rank, key in enumerate(_KEYS.split())}
"""Keys under which checkpoints commonly store a state dict, most likely first."""
_WRAPPERS = {"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
"""Parts of names that DataParallel, torch.compile and others insert, wherever they wrap."""
_DEEPEST = 3
_MOST = 20  # prefixes of one state dict that are tried


@dataclass(frozen=True)
class Candidate:
    """The tensors that stand under one prefix in a state dict of a file, by the network's names."""

    keys: tuple[str, ...]  # where the state dict is in the file
    prefix: str  # what was taken off the names: "backbone.", or ""
    state: State
    beside: tuple[str, ...]  # the names in the same state dict that do not begin with the prefix
    named: int  # how many tensors of the network are in ``state``
    fitting: int  # how many of them have their shape

    @property
    def address(self) -> str:
        """The keys and the prefix as one text: ``teacher.backbone``."""
        return ".".join([*self.keys, *([self.prefix[:-1]] if self.prefix else [])])

    def is_at(self, address: str) -> bool:
        """Return whether an address is this one, or its beginning."""
        return f"{self.address}.".startswith(f"{address}.")

    def same_tensors(self, other: Candidate) -> bool:
        """Return whether two candidates would load the same values."""
        return self.state.keys() == other.state.keys() and all(
            value is other.state[name] or torch.equal(value, other.state[name])
            for name, value in self.state.items()
        )


def candidates(loaded: Any, target: Mapping[str, Tensor]) -> list[Candidate]:
    """Return every place in a loaded object that has tensors of a network, the best one first.

    A place is a state dict (in mappings and lists, up to three deep) and a prefix of its names. The
    best has the most tensors with the name and shape of the network's; of equals, the one under the
    likeliest key. A state dict of which no name fits counts as it is.
    """
    found = [
        candidate
        for keys, state in state_dicts(loaded)
        for candidate in _in_state(keys, state, target)
    ]
    return sorted(
        found, key=lambda each: (-each.fitting, -each.named, _rank(each.keys), -len(each.state))
    )


def state_dicts(loaded: Any) -> Iterator[tuple[tuple[str, ...], State]]:
    """Yield the mappings of names to tensors inside an object, each once, with their keys."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), loaded)]
    seen = set[int]()
    while waiting:
        keys, value = waiting.pop(0)
        if id(value) in seen:
            continue
        seen.add(id(value))
        inner = value.items() if isinstance(value, Mapping) else _numbered(value)
        tensors = {key: each for key, each in inner if isinstance(each, Tensor)}
        if tensors and all(isinstance(key, str) for key in tensors):
            yield keys, tensors
        if len(keys) < _DEEPEST:
            deeper = (Mapping, list, tuple)
            waiting += [((*keys, str(k)), each) for k, each in inner if isinstance(each, deeper)]


def _numbered(value: Any) -> Iterable[tuple[Any, Any]]:
    return list(enumerate(value)) if isinstance(value, list | tuple) else ()


def _in_state(
    keys: tuple[str, ...], state: State, target: Mapping[str, Tensor]
) -> Iterator[Candidate]:
    """Yield the ways to read a state dict as a network's, one for each prefix that fits.

    A prefix that all names of the network share, because a module wraps it, may be absent.
    """
    theirs, ours = _unwrapped(state), _unwrapped(target)
    head = _common_head(ours)
    spellings = [ours, *([{name.removeprefix(head): ours[name] for name in ours}] if head else [])]
    unwrapped = {name: state[full] for name, full in theirs.items()}
    read = [
        _candidate(keys, prefix, unwrapped, names, target)
        for names in spellings
        for prefix in _prefixes(unwrapped, names)
    ]
    yield from read or [Candidate(keys, "", state, (), 0, 0)]


def _candidate(
    keys: tuple[str, ...],
    prefix: str,
    theirs: State,
    ours: Mapping[str, str],
    target: Mapping[str, Tensor],
) -> Candidate:
    """Return what a state dict has under a prefix, by the names of the network."""
    state = State()
    for name, value in theirs.items():
        if name.startswith(prefix):
            short = name.removeprefix(prefix)
            state[ours.get(short, short)] = value
    # Checkpoints may lack batch norms' counters of batches.
    common = [n for n in state if n in target and not n.endswith("num_batches_tracked")]
    fitting = sum(shape(target[name]) in (state[name].shape, None) for name in common)
    beside = tuple(name for name in theirs if not name.startswith(prefix))
    return Candidate(keys, prefix, state, beside, len(common), fitting)


def _prefixes(theirs: Iterable[str], ours: Mapping[str, str]) -> Sequence[str]:
    """Return what stands before a network's names in those of a file, the most common first.

    Names without a dot, such as ``weight``, end those of every module: what stands before them
    counts only if it stands before all names.
    """
    theirs = list(theirs)
    parts = 1 + max((name.count(".") for name in ours), default=0)
    head, found = _common_head(theirs), Counter[str]()
    for name in theirs:
        pieces = name.rsplit(".", parts)
        for start in range(len(pieces)):
            short = ".".join(pieces[start:])
            prefix = name[: len(name) - len(short)]
            if short in ours and ("." in short or prefix in ("", head)):
                found[prefix] += 1
    return [prefix for prefix, _ in found.most_common(_MOST)]


def _common_head(names: Iterable[str]) -> str:
    """Return the prefix up to a dot that all names share: ``backbone.``."""
    modules = zip(*(name.split(".")[:-1] for name in names), strict=False)
    return "".join(
        f"{parts[0]}." for parts in takewhile(lambda parts: len(set(parts)) == 1, modules)
    )


def _unwrapped(names: Iterable[str]) -> dict[str, str]:
    """Return names by their spelling without wrappers, or as they are if two would be one."""
    names = list(names)
    spelled = {
        ".".join(part for part in name.split(".") if part not in _WRAPPERS): name for name in names
    }
    return spelled if len(spelled) == len(names) else {name: name for name in names}


def _rank(keys: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(_LIKELY.get(key, len(_LIKELY)) for key in keys)


def shape(value: Tensor) -> torch.Size | None:
    """Return a tensor's shape, or None for a lazy parameter, which takes any shape."""
    return None if is_lazy(value) else value.shape
