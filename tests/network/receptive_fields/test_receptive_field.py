"""Receptive fields against gradients, on networks made by hand and by chance."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from convatlas.model.facts import Layer, Spans
from convatlas.network.trace.layers import record_layers


class Apply(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Branches(nn.Module):
    """Several ways from one tensor, joined again."""

    def __init__(self, join: Callable[[list[Tensor]], Tensor], *ways: nn.Module) -> None:
        super().__init__()
        self.join = join
        self.ways = nn.ModuleList(ways)

    def forward(self, x: Tensor) -> Tensor:
        return self.join([way(x) for way in self.ways])


def concatenate(tensors: list[Tensor]) -> Tensor:
    return torch.cat(tensors, 1)


def add(tensors: list[Tensor]) -> Tensor:
    return torch.stack(tensors).sum(0)


def averaged(network: nn.Module) -> nn.Module:
    """The network with positive weights, and means for maxima, which hide gradients."""
    for name, child in network.named_children():
        if isinstance(child, nn.MaxPool2d):
            pool = nn.AvgPool2d(child.kernel_size, child.stride, child.padding, child.ceil_mode)
            setattr(network, name, pool)
        else:
            averaged(child)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.rand_like(parameter) + 0.1)
    return network


def spans_by_gradient(network: nn.Module, shape: tuple[int, int, int], dim: int) -> Spans:
    """For each index of the output along ``dim`` the input's pixels with a gradient."""
    network = averaged(network).double().eval()
    with torch.no_grad():
        count = network(torch.rand(1, *shape, dtype=torch.float64)).shape[dim]
    inputs = torch.rand(count, *shape, dtype=torch.float64) + 0.1
    inputs.requires_grad_()
    # One copy of the picture for each index, so that one backward pass serves them all.
    picked = network(inputs).diagonal(dim1=0, dim2=dim)
    picked.sum().backward()
    assert inputs.grad is not None
    others = tuple(d for d in range(1, 4) if d != dim)
    spans = []
    for touched in (inputs.grad != 0).sum(others) > 0:
        places = touched.nonzero().flatten().tolist()
        spans.append((places[0], places[-1] + 1) if places else (0, 0))
    return tuple(spans)


def last(network: nn.Module, shape: tuple[int, int, int]) -> Layer:
    layers, _ = record_layers(network, shape)
    return [layer for layer in layers if layer.reached][-1]


def agrees(network: nn.Module, shape: tuple[int, int, int]) -> None:
    """The last layer's fields are what gradients say; it must be the network's output."""
    layer = last(network, shape)
    assert layer.field is not None
    assert layer.field.rows == spans_by_gradient(network, shape, 2)
    assert layer.field.columns == spans_by_gradient(network, shape, 3)


def conv(channels: int = 2, filters: int = 2, kernel: object = 3, **options: object) -> nn.Module:
    return nn.Conv2d(channels, filters, kernel, **options)  # type: ignore[arg-type]


NETWORKS = {
    "plain": lambda: [conv()],
    "padded": lambda: [conv(padding=1), conv(padding=2)],
    "strided": lambda: [conv(stride=2), conv(kernel=2, stride=3)],
    "oblong": lambda: [conv(kernel=(1, 4), stride=(2, 1), padding=(0, 3)), conv(kernel=(3, 1))],
    "dilated": lambda: [conv(dilation=2, padding=2), conv(dilation=(3, 1), padding=(3, 0))],
    "same, even kernel": lambda: [conv(kernel=4, padding="same"), conv()],
    "reflected": lambda: [conv(padding=2, padding_mode="reflect"), conv(padding=1)],
    "replicated": lambda: [conv(padding=2, padding_mode="replicate"), conv(padding=1)],
    "circular": lambda: [conv(padding=1, padding_mode="circular"), conv()],
    "grouped after different branches": lambda: [
        Branches(concatenate, conv(padding=1), conv(kernel=5, padding=2)),
        conv(4, 4, groups=2),
        conv(4, 2, kernel=1),
    ],
    "cut after different branches": lambda: [
        Branches(concatenate, conv(padding=1), conv(kernel=5, padding=2)),
        Apply(lambda x: x.chunk(2, 1)[0]),
        conv(kernel=1),
    ],
    "shuffled channels": lambda: [
        Branches(concatenate, conv(padding=1), conv(kernel=5, padding=2)),
        Apply(lambda x: x.view(-1, 2, 2, *x.shape[2:]).transpose(1, 2).reshape(x.shape)[:, ::2]),
        conv(kernel=1),
    ],
    "transposed": lambda: [nn.ConvTranspose2d(2, 2, 3, stride=2, padding=1, output_padding=1)],
    "transposed with gaps": lambda: [nn.ConvTranspose2d(2, 2, 2, stride=3), conv(kernel=2)],
    "transposed, dilated": lambda: [
        nn.ConvTranspose2d(2, 2, (3, 2), stride=(2, 1), dilation=(2, 3)),
        conv(stride=2),
    ],
    "max pool": lambda: [nn.MaxPool2d(3, 2, 1), conv(padding=1)],
    "pool over the end": lambda: [nn.MaxPool2d(3, 2, ceil_mode=True), conv(kernel=1)],
    "average pool": lambda: [nn.AvgPool2d(2, ceil_mode=True), conv(padding=1)],
    "adaptive pool": lambda: [nn.AdaptiveAvgPool2d((5, 4)), conv(kernel=2)],
    "global pool": lambda: [conv(), nn.AdaptiveAvgPool2d(1), conv(kernel=1)],
    "nearest": lambda: [nn.Upsample(scale_factor=2), conv(kernel=2)],
    "nearest to a size": lambda: [nn.Upsample(size=(17, 5)), conv(kernel=2)],
    "bilinear": lambda: [nn.Upsample(scale_factor=2, mode="bilinear"), conv(kernel=1)],
    "bilinear, corners": lambda: [
        nn.Upsample(size=(19, 16), mode="bilinear", align_corners=True),
        conv(kernel=1),
    ],
    "bicubic": lambda: [nn.Upsample(scale_factor=1.5, mode="bicubic"), conv(kernel=1)],
    "pixel shuffle": lambda: [conv(2, 8), nn.PixelShuffle(2), conv(kernel=2)],
    "pixel unshuffle": lambda: [nn.PixelUnshuffle(2), conv(8, 2, kernel=2)],
    "space to depth by hand": lambda: [
        Apply(
            lambda x: (
                x.reshape(-1, 2, x.shape[2] // 2, 2, x.shape[3] // 2, 2)
                .permute(0, 1, 3, 5, 2, 4)
                .flatten(1, 3)
            )
        ),
        conv(8, 2, kernel=2),
    ],
    "padded by hand": lambda: [Apply(lambda x: functional.pad(x, (1, 2, -1, 3))), conv()],
    "cropped": lambda: [conv(), Apply(lambda x: x[:, :, 1:-2, 3:]), conv(padding=1)],
    "every second": lambda: [Apply(lambda x: x[:, :, ::2, 1::3]), conv(padding=1)],
    "picked": lambda: [Apply(lambda x: x[:, :, [5, 1, 1, 7]]), conv(kernel=(2, 3))],
    "flipped": lambda: [conv(stride=2), Apply(lambda x: x.flip(2)), conv(kernel=2)],
    "rolled": lambda: [Apply(lambda x: x.roll((1, 2), (2, 3))), conv(kernel=2)],
    "residual": lambda: [Branches(add, nn.Identity(), conv(padding=1)), conv(kernel=1)],
    "side by side": lambda: [
        Apply(lambda x: torch.cat([x, x[:, :, :3]], 2)),
        conv(kernel=(2, 1)),
    ],
    "mean of rows": lambda: [Apply(lambda x: x + x.mean(2, keepdim=True)), conv(kernel=2)],
    "channels last linear": lambda: [
        Apply(lambda x: x.permute(0, 2, 3, 1)),
        nn.Linear(2, 2),
        nn.LayerNorm(2),
        Apply(lambda x: x.permute(0, 3, 1, 2).abs()),
        conv(padding=1),
    ],
    "flattened and back": lambda: [
        Apply(lambda x: (x.flatten(2).transpose(1, 2) * 2).transpose(1, 2).reshape(x.shape)),
        conv(padding=1),
    ],
    "written slice": lambda: [Apply(lambda x: write_slice(x)), conv(padding=1)],
    "written channel": lambda: [Apply(lambda x: write_channel(x)), conv(kernel=(1, 3))],
    "written base": lambda: [conv(), Apply(lambda x: write_base(x)), conv()],
    "written view": lambda: [conv(), Apply(lambda x: write_view(x)), conv()],
    "local response norm": lambda: [nn.LocalResponseNorm(3), conv()],
    "grouped linear units": lambda: [conv(2, 4), nn.GLU(1), conv()],
}


def write_slice(x: Tensor) -> Tensor:
    """A canvas into which two pieces of the picture are put, one on the other."""
    canvas = x.new_zeros(x.shape[0], x.shape[1], x.shape[2] + 3, x.shape[3])
    canvas[:, :, 2:-1] = x
    canvas[:, :, :2].add_(x[:, :, -2:])
    return canvas


def write_channel(x: Tensor) -> Tensor:
    """One channel replaced by itself moved down, by way of a view that selects it."""
    y = x.clone()
    y[:, 0, 4:] = x[:, 0, :-4]
    return y


def write_base(x: Tensor) -> Tensor:
    """A view that sees what is written to its base."""
    part = x[:, :, 2:, 1::2]
    x.add_(x.flip(3))
    return part


def write_view(x: Tensor) -> Tensor:
    """A base that sees what is written to a view of another shape."""
    x.flatten(2).add_(x.flip(2).flatten(2))
    return x


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize("name", NETWORKS)
def test_intervals_are_where_the_gradient_is(name: str) -> None:
    torch.manual_seed(0)
    agrees(nn.Sequential(*NETWORKS[name]()), (2, 14, 12))


def stage() -> st.SearchStrategy[Callable[[], nn.Module]]:
    """Makers of modules of two channels in and out that do not shrink a map by much."""
    small = st.integers(1, 3)
    convolution = st.builds(
        lambda k, s, p, d: lambda: conv(kernel=k, stride=s, padding=(p * 2, p), dilation=d),
        st.tuples(small, small),
        st.integers(1, 2),
        st.integers(0, 1),
        st.integers(1, 2),
    )
    pool = st.builds(
        lambda k, s, p, ceil: lambda: nn.MaxPool2d(k, s, p * (k // 2), ceil_mode=ceil),
        st.integers(2, 3),
        st.integers(1, 2),
        st.integers(0, 1),
        st.booleans(),
    )
    transposed = st.builds(
        lambda k, s, p: lambda: nn.ConvTranspose2d(2, 2, k + s, s, p),
        small,
        st.integers(1, 2),
        st.integers(0, 1),
    )
    even = st.builds(
        lambda half, d: lambda: conv(kernel=2 * half + 1, padding=half * d, dilation=d),
        st.integers(0, 2),
        st.integers(1, 2),
    )
    joined = st.builds(
        lambda ways, mixed: (
            lambda: (
                nn.Sequential(
                    Branches(concatenate, *(way() for way in ways)),
                    conv(2 * len(ways), 2, kernel=1),
                )
                if mixed
                else Branches(add, nn.Identity(), *(way() for way in ways))
            )
        ),
        st.lists(even, min_size=1, max_size=3),
        st.booleans(),
    )
    return st.one_of(convolution, pool, transposed, joined)


@settings(max_examples=40, deadline=None)
@given(st.lists(stage(), min_size=1, max_size=4), st.integers(13, 20), st.integers(13, 20))
def test_intervals_of_random_networks(
    stages: list[Callable[[], nn.Module]], height: int, width: int
) -> None:
    network = nn.Sequential(*(make() for make in stages), conv(kernel=1))
    try:
        network(torch.zeros(1, 2, height, width))
    except RuntimeError:
        return  # the map has shrunk to nothing
    agrees(network, (2, height, width))


@settings(max_examples=25, deadline=None)
@given(st.lists(stage(), min_size=1, max_size=3))
def test_the_size_is_that_of_a_field_in_a_picture_large_enough(
    stages: list[Callable[[], nn.Module]],
) -> None:
    network = nn.Sequential(*(make() for make in stages), conv(kernel=1))
    small, large = last(network, (2, 24, 24)).field, last(network, (2, 120, 120)).field
    assert small is not None and large is not None
    longest = tuple(max(b - a for a, b in spans) for spans in (large.rows, large.columns))
    assert small.size == large.size == longest


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        ([conv(3, 4, 11, stride=4, padding=2), nn.MaxPool2d(3, 2), conv(4, 4, 5, padding=2)], 51),
        ([conv(3, 2), conv(), nn.MaxPool2d(2), conv(), conv(), nn.MaxPool2d(2), conv()], 24),
    ],
)
def test_sizes_known_from_the_literature(layers: list[nn.Module], size: int) -> None:
    field = last(nn.Sequential(*layers), (3, 96, 64)).field
    assert field is not None
    assert field.size == (size, size)


GLOBAL = {
    "mean": lambda x: x - x.mean((2, 3), keepdim=True),
    "softmax": lambda x: x.flatten(2).softmax(-1).view_as(x),
    "attention": lambda x: (
        ((x.flatten(2).transpose(1, 2) @ x.flatten(2)).softmax(-1) @ x.flatten(2).transpose(1, 2))
        .transpose(1, 2)
        .reshape(x.shape)
    ),
    "unknown operation": lambda x: torch.fft.fft2(x).real,
    "fully connected": lambda x: functional.linear(
        x.flatten(1), torch.ones(x[0].numel(), x[0].numel())
    ).view_as(x),
}


@pytest.mark.parametrize("name", GLOBAL)
def test_global_operations_make_it_the_whole_image(name: str) -> None:
    layer = last(nn.Sequential(conv(3, 2), Apply(GLOBAL[name]), conv()), (3, 12, 9))
    assert layer.field is not None
    assert layer.field.size is None
    assert set(layer.field.rows) == {(0, 12)}
    assert set(layer.field.columns) == {(0, 9)}


class Gate(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.inner(x.mean((2, 3), keepdim=True)))


@pytest.mark.parametrize(
    "module",
    [
        Gate(2),
        nn.GroupNorm(1, 2),
        nn.InstanceNorm2d(2),
        nn.LayerNorm((10, 10)),
        nn.BatchNorm2d(2, track_running_stats=False),
    ],
)
def test_the_local_field_leaves_gates_and_statistics_out(module: nn.Module) -> None:
    layer = last(nn.Sequential(conv(3, 2), module, conv()), (3, 12, 12))
    assert layer.field is not None and layer.local_field is not None
    assert layer.field.size is None
    assert layer.local_field.size == (5, 5)
    assert layer.local_field.rows[3] == (3, 8)


def test_a_gate_along_one_axis_leaves_the_other_local() -> None:
    strip = Apply(lambda x: x * torch.sigmoid(x.mean(3, keepdim=True)))
    layer = last(nn.Sequential(conv(3, 2), strip, conv()), (3, 12, 12))
    assert layer.field is not None and layer.local_field is not None
    assert layer.field.size is None
    assert layer.field.rows[0] == (0, 5)
    assert layer.field.columns[0] == (0, 12)
    assert layer.local_field.size == (5, 5)


def test_a_layer_that_sees_nothing_of_the_picture() -> None:
    class Constant(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.start = nn.Parameter(torch.rand(1, 2, 4, 4))
            self.conv = conv()

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(self.start) * x.mean()  # type: ignore[no-any-return]

    layer = last(Constant(), (3, 8, 8))
    assert layer.field is not None
    assert layer.field.size == (0, 0)
    assert layer.field.rows == ((0, 0), (0, 0))


def above(x: Tensor) -> Tensor:
    """What is above 1000: nothing."""
    return x.flatten()[x.flatten() > 1000]


@pytest.mark.parametrize(
    "join",
    [
        lambda parts: torch.cat([above(part) for part in parts]),
        lambda parts: torch.cat([above(parts[0]), torch.ones(3)]),
        lambda parts: torch.cat([above(parts[0]), parts[1].flatten()]),
        lambda parts: torch.cat([torch.empty(0), torch.empty(0)]),
        lambda parts: torch.cat([part[:, :, :0, :4] for part in parts], 2),
        lambda parts: torch.cat([(part > 1000).nonzero() for part in parts]),
    ],
)
def test_fields_are_followed_past_empty_tensors(
    join: Callable[[list[Tensor]], Tensor], caplog: pytest.LogCaptureFixture
) -> None:
    network = Branches(join, nn.Conv2d(3, 2, 3), nn.Conv2d(3, 2, 5))
    layers, _ = record_layers(network, (3, 12, 12))
    assert [layer.field.size for layer in layers if layer.field] == [(3, 3), (5, 5)]
    assert not caplog.records
