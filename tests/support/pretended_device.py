"""A pretended accelerator: its tensors hold real values in main memory, but say that they do not.

As with CUDA, an operation on tensors of two devices raises, and so does NumPy. Launches, copies
and waits are counted, and the memory can be made small. Streams, CUDA's rounding and the capture of
graphs are beyond it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

KIND = "pretended"
REGISTER = "_setup_privateuseone_for_python_backend"
MISSING = "this torch has no devices written in Python, which came with 2.11"

WAITING = {
    "_local_scalar_dense",
    "_unique2",
    "bincount",
    "equal",
    "is_nonzero",
    "item",
    "masked_select",
    "nonzero",
    "unique_dim",
}
"""Operations whose result the host must see before it can go on."""
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"}


@dataclass
class PretendedDevice:
    """The device, and what was asked of it since ``clear``.

    ``largest`` is the size in bytes of the largest tensor that fits into its memory.
    """

    device: torch.device
    launches: Counter[str] = field(default_factory=Counter)
    """Kernels, by the name of the operation."""
    copies: Counter[str] = field(default_factory=Counter)
    """Copies "to" the device and "from" it."""
    waits: Counter[str] = field(default_factory=Counter)
    """Times that the host waits for a result, by the name of the operation; copies are apart."""
    largest: float = float("inf")
    on: bool = False
    free: float = 2.0**33
    """Bytes that it says are free."""
    emptied: int = 0
    """How often the cache of free memory was given back, while no exception held some of it."""

    def clear(self) -> None:
        """Start to count anew."""
        for counter in (self.launches, self.copies, self.waits):
            counter.clear()

    def count(self, name: str, args: Sequence[Any]) -> None:
        """Count the waits and copies of an operation that runs on the device."""
        if name in WAITING:
            self.waits[name] += 1
        for index in tree_leaves(args[1]) if name in INDEXING else ():
            if isinstance(index, Tensor) and index.dtype in (torch.bool, torch.uint8):
                self.waits[f"{name} by a mask"] += 1
            if isinstance(index, Tensor) and not isinstance(index, Pretended):
                self.copies["to"] += 1

    def allocate(self, values: Tensor) -> None:
        """Refuse what does not fit."""
        if values.untyped_storage().nbytes() > self.largest:
            raise torch.OutOfMemoryError("pretended out of memory")


class _Module(getattr(backend_registration, "_DummyBackendModule", object)):  # type: ignore[misc]
    """What torch asks of a device's module besides what its own dummy answers."""

    def is_available(self) -> bool:
        """Return whether a test uses it; for the others of the process it is not there."""
        return _pretended().on

    def device_count(self) -> int:
        return int(_pretended().on)

    def manual_seed(self, seed: int) -> None: ...

    def get_rng_state(self, *args: Any) -> Tensor:
        return torch.zeros(1)

    def set_rng_state(self, *args: Any) -> None: ...

    def mem_get_info(self, device: Any) -> tuple[float, float]:
        """Return how much is free, and how much there is."""
        return _pretended().free, _pretended().free

    def empty_cache(self) -> None:
        _pretended().emptied += sys.exception() is None


def available() -> bool:
    """Return whether this torch can pretend."""
    return hasattr(backend_registration, REGISTER)


@cache
def _pretended() -> PretendedDevice:
    """The only device, registered once in a process."""
    # The first backward pass starts a thread for each device there is, after which no process that
    # computes gradients can be forked.
    torch.ones(1, requires_grad=True).sum().backward()
    getattr(backend_registration, REGISTER)(KIND, backend_module=_Module())
    return PretendedDevice(torch.device(KIND, 0))


@contextmanager
def pretended() -> Iterator[PretendedDevice]:
    """Have a device with as much memory as there is, until the end of the context."""
    found = _pretended()
    found.clear()
    found.largest, found.free, found.emptied = float("inf"), 2.0**33, 0
    lifting = torch._C._only_lift_cpu_tensors()
    overwriting = torch.__future__.get_overwrite_module_params_on_conversion()
    torch._C._set_only_lift_cpu_tensors(True)
    found.on = True
    # Networks that change type get new parameters, as ``data`` cannot be set on a wrapper.
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        # The mode is only on in this thread, in which backward passes therefore have to run.
        with torch.autograd.set_multithreading_enabled(False), _Mode():
            yield found
    finally:
        found.on = False
        torch.__future__.set_overwrite_module_params_on_conversion(overwriting)
        torch._C._set_only_lift_cpu_tensors(lifting)


class Pretended(Tensor):
    """A tensor on the device; ``values`` is where its values really are."""

    values: Tensor

    @staticmethod
    def __new__(cls, values: Tensor) -> Pretended:
        made: Pretended = Tensor._make_wrapper_subclass(
            cls,
            values.size(),
            strides=values.stride(),
            storage_offset=values.storage_offset(),
            dtype=values.dtype,
            layout=values.layout,
            device=_pretended().device,
            requires_grad=False,
        )
        made.values = values
        return made

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Any, args: Any = (), kwargs: Any | None = None
    ) -> Any:
        return dispatch(func, args, kwargs or {})

    def __repr__(self, **kwargs: Any) -> str:
        return f"Pretended({self.values})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        with torch.no_grad():
            copy = self.detach().clone()
        copy.requires_grad_(self.requires_grad)
        if getattr(self, "_is_param", False):
            copy._is_param = True  # type: ignore[attr-defined]
        memo[id(self)] = copy
        return copy

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def numpy(self, **kwargs: Any) -> Any:
        raise TypeError(f"can't convert a tensor on {self.device} to numpy; use Tensor.cpu() first")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return self.numpy()


class _Mode(TorchDispatchMode):
    """Sees what makes tensors from none."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any | None = None
    ) -> Any:
        return dispatch(func, args, kwargs or {})


def name_of(func: Any) -> str:
    """Return the name of an operation without that of its library or its overload."""
    return str(func).split(".")[1]


def dispatch(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Run an operation where its tensors are."""
    name = name_of(func)
    special: Callable[..., Any] | None = SPECIAL.get(name)
    if special is not None:
        return special(func, args, kwargs)
    given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    there = [each for each in given if isinstance(each, Pretended)]
    if not there and not _is_ours(kwargs.get("device")):
        return func(*args, **kwargs)
    if there:
        _refuse_mixed(func, name, args, given)
    _pretended().count(name, args)
    return _run(func, args, kwargs, there)


def _run(
    func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], there: Sequence[Pretended]
) -> Any:
    """Run an operation on the values, and return its results as tensors on the device."""
    plain = {key: tree_map(_values, value) for key, value in kwargs.items()}
    stays = "device" not in plain or _is_ours(plain["device"])
    if "device" in plain:
        plain["device"] = torch.device("cpu")
    plain.pop("pin_memory", None)
    known = {id(each.values): each for each in there}

    def wrapped(result: Any) -> Any:
        if not isinstance(result, Tensor) or isinstance(result, Pretended):
            return result
        if id(result) in known:  # written in place
            return known[id(result)]
        _pretended().allocate(result)
        return Pretended(result)

    results = func(*tree_map(_values, args), **plain)
    if _computes(func, there, tree_leaves(results)):
        _pretended().launches[name_of(func)] += 1
    if not stays:
        return results
    # A view is an inference tensor if, and only if, what it is a view of is one.
    viewed = func.is_view and bool(there) and not there[0].is_inference()
    with torch.inference_mode(torch.is_inference_mode_enabled() and not viewed):
        return tree_map(wrapped, results)


def _computes(func: Any, there: Sequence[Pretended], results: Sequence[Any]) -> bool:
    """Return whether an operation writes numbers, and is no view or request for memory."""
    if "empty" in name_of(func) or func._schema.is_mutable:
        return bool(func._schema.is_mutable)
    known = {each.values.untyped_storage().data_ptr() for each in there}
    made = [each for each in results if isinstance(each, Tensor)]
    return any(each.untyped_storage().data_ptr() not in known for each in made)


def _refuse_mixed(func: Any, name: str, args: Sequence[Any], given: Sequence[Tensor]) -> None:
    """Raise as CUDA does; numbers and indices may be in main memory."""
    here = [each for each in given if not isinstance(each, Pretended) and each.dim() > 0]
    if name in INDEXING and isinstance(args[0], Pretended):
        indices = {id(each) for each in tree_leaves(args[1])}
        here = [each for each in here if id(each) not in indices]
    if here:
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices,"
            f" {KIND}:0 and cpu! ({func}, {[tuple(each.shape) for each in here]})"
        )


def _values(item: Any) -> Any:
    return item.values if isinstance(item, Pretended) else item


def _is_ours(device: Any) -> bool:
    return device is not None and torch.device(device).type == KIND


def _to(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Copy only if something changes; torch itself does so unless gradients are inferred."""
    names = [argument.name for argument in func._schema.arguments]
    given = dict(zip(names, args, strict=False)) | dict(kwargs)
    source, other = given["self"], given.get("other")
    like = source if other is None else other
    dtype, device = given.get("dtype") or like.dtype, given.get("device") or like.device
    layout = given.get("memory_format")
    same = dtype == source.dtype and torch.device(device).type == source.device.type
    kept = layout in (None, torch.preserve_format) or source.is_contiguous(memory_format=layout)
    if same and kept and not given.get("copy"):
        return source
    options = {"dtype": dtype, "device": device}
    if layout is not None:
        options["memory_format"] = layout
    return _copied(torch.ops.aten._to_copy.default, (source,), options)


def _copied(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Make a copy, on the device or from one memory to the other."""
    source, device = args[0], kwargs.get("device")
    target = isinstance(source, Pretended) if device is None else _is_ours(device)
    options = {
        key: value
        for key, value in kwargs.items()
        if key not in ("device", "non_blocking", "pin_memory")
    }
    if isinstance(source, Pretended) or target:
        _transfer("_to_copy", isinstance(source, Pretended), target)
    made = func(_values(source), **options)
    if made is _values(source):
        made = made.clone()
    if not target:
        return made
    _pretended().allocate(made)
    return Pretended(made)


def _written(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Write one tensor into another, which may be in another memory."""
    target, source = args[0], args[1]
    if isinstance(target, Pretended) or isinstance(source, Pretended):
        _transfer("copy_", isinstance(source, Pretended), isinstance(target, Pretended))
    func(_values(target), _values(source), *args[2:], **kwargs)
    return target


def _transfer(name: str, source: bool, target: bool) -> None:
    """Count a copy from or to the device, or within it."""
    if source and target:
        _pretended().launches[name] += 1
    else:
        _pretended().copies["from" if source else "to"] += 1


SPECIAL = {
    "to": _to,
    "_to_copy": _copied,
    "copy_": _written,
    "device": lambda func, args, kwargs: _pretended().device,
}
"""Operations that may pass from one memory to the other."""
