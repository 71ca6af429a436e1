"""Trace every operation of a forward pass, in place or not, and build its graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from convatlas.model.records import Json
from convatlas.network.fingerprints import tensor_digest
from convatlas.network.receptive_fields.axis import Axis
from convatlas.network.receptive_fields.call import Call, Fields, Look, Operand
from convatlas.network.receptive_fields.rules import FULL, LOCAL, followed, rule_for, unknown
from convatlas.network.tensors import tensors
from convatlas.network.trace.graph import BLIND, Frame, Graph, Node, input_fields


class Follower(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Intercepts every ATen operation and gives each tensor its node in the graph.

    ``where`` returns the function and the module that are running. The network's own parameters and
    buffers are leaves, which are read only when needed; any other unknown tensor is a constant.
    """

    def __init__(
        self,
        graph: Graph,
        parameters: Sequence[Tensor],
        where: Callable[[], tuple[str | None, Frame | None]],
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.graph = graph
        self._where = where
        self._size: Sequence[int] = ()
        for parameter in parameters:
            leaf = graph.node("leaf", {}, shape=parameter.shape, leaf=parameter.detach())
            graph.define(parameter, leaf)

    def enter_input(self, tensor: Tensor) -> None:
        """Add the network's input, the only leaf that has no bytes."""
        self._size = tensor.shape[-2:]
        node = self.graph.node("input", {}, shape=tensor.shape, fields=input_fields(tensor.shape))
        self.graph.define(tensor, node)

    def node_of(self, tensor: Tensor) -> Node:
        """Return the node of a tensor; a tensor of unknown origin is a constant."""
        node = self.graph.find(tensor)
        if node is None:
            fields = self._everything(tensor.dim()) if self.graph.escaped else BLIND
            leaf = tensor_digest(tensor)
            node = self.graph.node("constant", {}, shape=tensor.shape, fields=fields, leaf=leaf)
            self.graph.define(tensor, node)
        return node

    def _everything(self, rank: int) -> Fields:
        """Return the fields of a tensor that may depend on the picture via code outside torch."""
        rows, columns = (Axis.whole(rank, length) for length in self._size)
        return rows, columns, rows, columns

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run the operation and add its results to the graph."""
        kwargs = kwargs or {}
        if torch.is_inference_mode_enabled():  # composite operations are not decomposed yet
            with self:
                result = func.decompose(*args, **kwargs)
            if result is not NotImplemented:
                return result
        named = _named(func, args, kwargs)
        written = [t for name in _written(func) for t in tensors(named.get(name))]
        read = {name: value for name, value in named.items() if name not in _outs(func)}
        sources: list[Node] = []
        arguments = {name: self._operands(value, sources) for name, value in read.items()}
        result = func(*args, **kwargs)
        if _tells(func, named) and any(source.seen for source in sources):
            self.graph.conditional = True
        outputs = list(tensors(result))
        extra = [t for t in written if not any(t is other for other in outputs)]
        call = Call(_name(func), arguments, tuple(tuple(t.shape) for t in (*outputs, *extra)))
        pointwise = torch.Tag.pointwise in func.tags
        fields = _fields(call, pointwise, len(outputs))
        settings = {name: _setting(value) for name, value in read.items()}
        function, frame = self._where()
        for i, tensor in enumerate((*outputs, *extra)):
            changed = any(tensor is other for other in written)
            if not changed and self.graph.find(tensor) is not None:
                continue
            node = self.graph.node(
                call.op,
                settings,
                sources,
                shape=call.outputs[i],
                output=i,
                fields=fields[i],
                function=function,
                frame=frame,
            )
            (self.graph.write if changed else self.graph.define)(tensor, node)
        return result

    def _operands(self, value: Any, sources: list[Node]) -> Any:
        """Replace tensors in a value with operands, and append their nodes to ``sources``."""
        if isinstance(value, Tensor):
            node = self.node_of(value)
            sources.append(node)
            return Operand(value, tuple(value.shape), node.fields)
        if isinstance(value, list | tuple):
            return [self._operands(item, sources) for item in value]
        return value


def _name(func: OpOverload) -> str:
    """Return an operation's name, the same for its in-place and ``out`` variants."""
    packet: str = func.overloadpacket.__name__
    name = packet if packet.endswith("__") else packet.rstrip("_")
    return name if func.namespace == "aten" else f"{func.namespace}.{name}"


def _named(func: OpOverload, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments by their names in the schema, including defaults."""
    named = {}
    for i, argument in enumerate(func._schema.arguments):
        if i < len(args):
            named[argument.name] = args[i]
        elif argument.name in kwargs:
            named[argument.name] = kwargs[argument.name]
        elif argument.has_default_value():
            named[argument.name] = argument.default_value
    return named


def _written(func: OpOverload) -> Iterator[str]:
    """Yield the names of the arguments that the operation writes."""
    if func._schema.is_mutable:
        for argument in func._schema.arguments:
            if argument.alias_info is not None and argument.alias_info.is_write:
                yield argument.name


def _tells(func: OpOverload, named: Mapping[str, Any]) -> bool:
    """Return whether an operation tells Python the values of a tensor, or how many are true."""
    if func.overloadpacket is torch.ops.aten.index:  # by a mask or by numbers
        return any(t.dtype in (torch.bool, torch.uint8) for t in tensors(named["indices"]))
    return bool({torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape} & set(func.tags))


def _outs(func: OpOverload) -> set[str]:
    """Return the names of the arguments that the operation writes without reading."""
    return {a.name for a in func._schema.arguments if a.is_out}


def _setting(value: Any) -> Json:
    """Return an argument as JSON; tensors are inputs, and devices do not affect the result."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else repr(value)
    if isinstance(value, list | tuple):
        return [_setting(item) for item in value]
    if isinstance(value, Tensor | torch.device | torch.Generator):
        return None
    return str(value)


def _fields(call: Call, pointwise: bool, known: int) -> list[Fields]:
    """Return what each output sees; outputs from index ``known`` on get the safe answer."""
    columns: list[Sequence[Axis | None]] = []
    for i, table in enumerate((FULL, FULL, LOCAL, LOCAL)):
        look = _look(i)
        rule = rule_for(call.op, table, pointwise)
        if i >= 2 and rule is FULL.get(call.op, rule) and _no_local(call, i):
            columns.append(columns[i - 2])
            continue
        seen = list(followed(rule, call, look))[:known]
        if len(call.outputs) > known:
            seen += followed(unknown, call, look)[known:]
        columns.append(seen)
    return [(a, b, c, d) for a, b, c, d in zip(*columns, strict=True)]


def _look(i: int) -> Look:
    return lambda operand: operand.fields[i]


def _no_local(call: Call, i: int) -> bool:
    """Return whether every operand's local field equals its full one."""
    return all(operand.fields[i] is operand.fields[i - 2] for operand in call.operands())
