from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn.utils.parametrize import register_parametrization

from convatlas.demo.convnet import DemoNet
from convatlas.demo.draw import CLASSES
from convatlas.demo.train import Soft, plain, write


def test_what_is_kept_on_the_way_computes_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = DemoNet(len(CLASSES))
    register_parametrization(net.conv1, "weight", Soft())
    pictures = torch.randn(2, 3, 96, 96)
    net(pictures)  # norms take note of them
    kept = plain(net)
    with torch.inference_mode():
        assert torch.equal(kept.eval()(pictures), net.eval()(pictures))
    net.train()(pictures)  # training goes on
    write(kept, tmp_path / "kept.safetensors", torch.float16)
    weights = load_file(tmp_path / "kept.safetensors")
    assert weights.keys() == DemoNet(len(CLASSES)).state_dict().keys()
    assert weights["conv1.weight"].dtype == torch.float16
    assert weights["norm1.num_batches_tracked"] == 1
