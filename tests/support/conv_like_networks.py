"""Networks that convolve in other words, each with a twin of Conv2d that computes the same."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Pointwise(nn.Module):
    """A 1x1 convolution, written as one or as a linear layer on a map with its channels last."""

    def __init__(self, channels: int, filters: int, *, linear: bool) -> None:
        super().__init__()
        self.mix: nn.Module = (
            nn.Linear(channels, filters) if linear else nn.Conv2d(channels, filters, 1)
        )
        self.linear = linear

    def forward(self, x: Tensor) -> Tensor:
        if not self.linear:
            return self.mix(x)
        return self.mix(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Mixed(nn.Module):
    """Blocks of 1x1 convolutions before and after a norm, in a concatenation, after upsampling."""

    def __init__(self, *, linear: bool) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.first = Pointwise(6, 8, linear=linear)
        self.norm = nn.BatchNorm2d(8)
        self.depth = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.second = Pointwise(8, 5, linear=linear)
        self.block = Joined(5, linear=linear)
        self.last = nn.Conv2d(10, 4, 3, padding=1)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.first(self.stem(x))))
        x = F.gelu(self.second(F.interpolate(self.depth(x), scale_factor=2.0)))
        return self.head(self.last(self.block(x)).mean((2, 3)))


class Joined(nn.Module):
    """Two 1x1 convolutions side by side, after a rectifier each."""

    def __init__(self, channels: int, *, linear: bool) -> None:
        super().__init__()
        self.left = Pointwise(channels, 6, linear=linear)
        self.right = Pointwise(channels, 4, linear=linear)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([F.relu(self.left(x)), F.relu(self.right(x))], 1)


def standardised(weight: Tensor) -> Tensor:
    """Weights with mean 0 and deviation 1 for each filter."""
    mean, std = weight.mean((1, 2, 3), keepdim=True), weight.std((1, 2, 3), keepdim=True)
    return (weight - mean) / (std + 1e-5)


class OwnConvolution(nn.Module):
    """A convolution with a parameter of its own, which a function changes before it convolves."""

    def __init__(
        self, channels: int, filters: int, kernel: int, change: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(filters, channels, kernel, kernel))
        self.bias = nn.Parameter(torch.randn(filters))
        self.change = change

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.change(self.weight), self.bias, stride=2, padding=1)


class OwnTransposed(nn.Module):
    """A transposed convolution with a parameter of its own, as in StyleGAN's upsampling."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, filters // 2, 4, 4))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv_transpose2d(x, self.weight * 0.25, stride=2, padding=1, groups=2)


class Own(nn.Module):
    """Convolutions of its own modules; ``plain`` makes all of them torch's, with equal weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first: nn.Module = OwnConvolution(3, 6, 3, standardised)
        self.norm = nn.BatchNorm2d(6)
        self.up: nn.Module = OwnTransposed(6, 4)
        self.second: nn.Module = OwnConvolution(4, 5, 3, lambda weight: weight)
        self.head = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.first(x)))
        return self.head(F.relu(self.second(self.up(x))).mean((2, 3)))

    @torch.no_grad()
    def plain(self) -> Own:
        """Return a network of torch's modules that computes the same."""
        twin = Own()
        twin.first, twin.second = (_conv(own) for own in (self.first, self.second))
        twin.up = nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1, groups=2, bias=False)
        twin.up.weight.copy_(self.up.weight * 0.25)
        twin.norm, twin.head = self.norm, self.head
        return twin.eval()


def _conv(own: nn.Module) -> nn.Conv2d:
    assert isinstance(own, OwnConvolution)
    filters, channels, kernel, _ = own.weight.shape
    conv = nn.Conv2d(channels, filters, kernel, stride=2, padding=1)
    conv.weight.copy_(own.change(own.weight))
    conv.bias.copy_(own.bias)
    return conv


class Modulated(nn.Module):
    """A convolution whose weight a style modulates, as in StyleGAN 2: a group for each picture."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(filters, channels, 3, 3))
        self.style = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        n, channels, height, width = x.shape
        style = self.style(x.mean((2, 3)))
        weight = (self.weight * style[:, None, :, None, None]).flatten(0, 1)
        maps = F.conv2d(x.reshape(1, n * channels, height, width), weight, padding=1, groups=n)
        return maps.reshape(n, -1, height, width)


class Dynamic(nn.Module):
    """A plain layer, one whose kernels are computed from each picture, and a plain one again."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.modulated = Modulated(4, 6)
        self.last = nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(F.relu(self.modulated(F.relu(self.stem(x)))))


@torch.no_grad()
def mixed() -> tuple[Mixed, Mixed]:
    """Return the network with linear layers, and its twin with Conv2d."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        linear, plain = Mixed(linear=True).eval(), Mixed(linear=False).eval()
        nn.init.normal_(linear.norm.weight)
        linear.norm.running_mean.normal_()
        linear.norm.running_var.uniform_(0.5, 2)
    for value, other in zip(linear.state_dict().values(), plain.state_dict().values(), strict=True):
        other.copy_(value.reshape(other.shape))
    return linear, plain


def own() -> tuple[Own, Own]:
    """Return the network with convolutions of its own, and its twin with torch's."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        network = Own().eval()
        return network, network.plain()
