"""Digests of tensors, of whole networks, and of everything that a tensor is computed from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convatlas.model.records import digest
from convatlas.network.trace.graph import Node


def tensor_digest(tensor: Tensor) -> str:
    """Return the SHA-256 of a tensor's type, shape and bytes, as 64 hexadecimal digits."""
    plain = dense(tensor.detach()).resolve_conj().resolve_neg().cpu().contiguous()
    result = hashlib.sha256(f"{plain.dtype}{list(plain.shape)}".encode())
    result.update(plain.view(-1).view(torch.uint8).numpy().data)
    return result.hexdigest()


def dense(tensor: Tensor) -> Tensor:
    """Return a sparse, nested or quantised tensor as an ordinary one; others as they are."""
    if tensor.is_nested:
        return tensor.to_padded_tensor(0.0)
    if tensor.layout is not torch.strided:
        return tensor.to_dense()
    return tensor.dequantize() if tensor.is_quantized else tensor


def network_digest(network: nn.Module, source: str) -> str:
    """Return a fingerprint of all weights and the source, for use if no finer one is available."""
    state = {
        name: tensor_digest(value)
        for name, value in network.state_dict().items()
        if isinstance(value, Tensor) and not is_lazy(value)
    }
    return digest({"state": state, "source": source})


def fingerprints(targets: Iterable[Node]) -> dict[Node, str]:
    """Map each node to a digest of the operations, arguments and weights it is computed from.

    Only weights that a target depends on are read, so those of a large classifier never are.
    """
    needed, stack = set[Node](), list(targets)
    while stack:
        node = stack.pop()
        if node not in needed:
            needed.add(node)
            stack.extend(node.inputs)
    result: dict[Node, str] = {}
    for node in sorted(needed, key=lambda node: node.index):
        result[node] = _leaf(node.leaf) if node.leaf is not None else _digest(node, result)
    return result


def _leaf(leaf: str | Tensor) -> str:
    return leaf if isinstance(leaf, str) else tensor_digest(leaf)


def _digest(node: Node, known: dict[Node, str]) -> str:
    inputs = [known[source] for source in node.inputs]
    return digest([node.op, dict(node.settings), inputs, node.output])
