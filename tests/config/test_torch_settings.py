"""What the user's code sets for the whole process is undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from convatlas.config.sources import parse_source
from convatlas.config.torch_settings import torch_defaults, torch_settings_kept
from convatlas.config.user_code import make


def settings() -> tuple[torch.dtype, torch.device, bool]:
    return torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled()


def test_what_a_models_file_sets_is_undone(tmp_path: Path) -> None:
    before = settings()
    (tmp_path / "net.py").write_text(
        "import torch\n"
        "torch.set_default_dtype(torch.float64)\n"
        "torch.set_default_device('meta')\n"
        "torch.set_grad_enabled(False)\n"
        "def net():\n"
        "    return torch.zeros(1)\n"
    )
    made = make(parse_source("net.py:net"), {}, tmp_path)
    assert (made.value.dtype, made.value.device.type) == (torch.float64, "meta")
    assert settings() == before


def test_what_fails_is_undone_too() -> None:
    before = settings()
    with pytest.raises(ValueError, match="half way"), torch_settings_kept():
        torch.set_default_dtype(torch.float64)
        raise ValueError("half way")
    assert settings() == before


def test_a_notebooks_settings_are_set_aside_and_come_back() -> None:
    with torch_settings_kept():
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        with torch_defaults():
            assert settings() == (torch.float32, torch.device("cpu"), True)
        assert settings() == (torch.float64, torch.device("cpu"), False)


def test_torch_is_imported_only_by_those_who_need_it() -> None:
    code = (
        "import sys\n"
        "from convatlas.config.torch_settings import torch_defaults, torch_settings_kept\n"
        "with torch_settings_kept(), torch_defaults():\n"
        "    pass\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def numerics() -> tuple[object, ...]:
    deterministic = torch.are_deterministic_algorithms_enabled()
    return torch.get_float32_matmul_precision(), torch.get_num_threads(), deterministic


def test_precision_threads_and_algorithms_are_undone(tmp_path: Path) -> None:
    before = numerics()
    (tmp_path / "net.py").write_text(
        "import torch\n"
        "torch.set_float32_matmul_precision('medium')\n"
        "torch.set_num_threads(torch.get_num_threads() + 1)\n"
        "torch.use_deterministic_algorithms(True)\n"
        "net = list\n"
    )
    make(parse_source("net.py:net"), {}, tmp_path)
    assert numerics() == before


def test_half_precision_and_inference_mode_around_a_build_are_set_aside() -> None:
    with torch_settings_kept():
        torch.set_float32_matmul_precision("medium")
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            with torch_defaults():
                weight = torch.ones(2, 2, requires_grad=True)
                (weight @ weight).sum().backward()
                assert weight.grad is not None
                assert (weight @ weight).dtype == torch.float32
                assert torch.get_float32_matmul_precision() == "highest"
            assert torch.is_inference_mode_enabled() and torch.is_autocast_enabled("cpu")
        assert torch.get_float32_matmul_precision() == "medium"
