"""Operations through which a change of activations passes channel by channel, and all others.

Where every channel of a layer is changed at once, only operations on single channels tell what the
change of each does. All others are held: they compute what they do without the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


POINTWISE = _names(
    "relu relu6 threshold hardtanh clamp clamp_min clamp_max leaky_relu prelu rrelu elu celu selu"
    " silu gelu mish hardswish hardsigmoid sigmoid tanh softplus logsigmoid hardshrink softshrink"
    " tanhshrink softsign dropout alpha_dropout feature_dropout dropout2d add sub rsub mul div"
    " true_divide neg __add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__"
    " __truediv__ __itruediv__ __neg__"
)
BY_CHANNEL = _names(
    "batch_norm instance_norm max_pool2d max_pool2d_with_indices avg_pool2d adaptive_avg_pool2d"
    " adaptive_max_pool2d interpolate upsample upsample_nearest upsample_bilinear pad"
)
MOVING = _names(
    "cat concat concatenate permute transpose movedim contiguous clone detach to float double half"
    " bfloat16 type type_as __getitem__ narrow split split_with_sizes chunk tensor_split unbind"
    " __get__ stack view reshape flatten unflatten squeeze unsqueeze expand expand_as swapaxes"
    " channel_shuffle"
)
PASSING = POINTWISE | BY_CHANNEL | MOVING
"""The names of functions that leave channels apart; in-place variants have the same."""
NORMS = {
    "layer_norm": "input normalized_shape weight bias eps",
    "group_norm": "input num_groups weight bias eps",
}
"""Functions that scale by statistics of several channels, and their parameters."""
MEANS = frozenset({"mean", "sum", "amax", "amin"})
ROWS_AND_COLUMNS = ({2, 3}, {-2, -1})
WRITING = _names("__setitem__ __iadd__ __isub__ __imul__ __itruediv__")
SEPARATE = POINTWISE | BY_CHANNEL | {"cat", "concat", "concatenate"}
"""The names of functions that leave pictures apart, too, if these are rows of all maps."""


def in_place(name: str) -> bool:
    """Return whether a function of this name writes to its first argument."""
    return name in WRITING or (name.endswith("_") and not name.endswith("__"))


def passes(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Return whether a function of this name leaves the channels of its arguments apart."""
    plain = name if name.startswith("__") else name.rstrip("_")
    if plain in MEANS:
        dims = kwargs.get("dim", args[1] if len(args) > 1 else None)
        return isinstance(dims, list | tuple) and set(dims) in ROWS_AND_COLUMNS
    return plain in PASSING


def deviation(plain: Tensor, name: str, arguments: Mapping[str, Any]) -> Tensor:
    """Return the standard deviations that pictures are divided by, to be broadcast over them."""
    eps: float = arguments.get("eps", 1e-5)
    if name == "layer_norm":
        last = [-1 - i for i in range(len(arguments["normalized_shape"]))]
        return (plain.var(last, unbiased=False, keepdim=True) + eps).sqrt()
    number: int = arguments["num_groups"]
    channels = plain.shape[1]
    variance = plain.reshape(len(plain), number, -1).var(-1, unbiased=False)
    spread = variance.repeat_interleave(channels // number, 1)
    return (spread + eps).sqrt().view(*spread.shape, *[1] * (plain.dim() - 2))
