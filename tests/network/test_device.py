"""Which device is chosen, and that it computes in float32."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from click.testing import CliRunner

from convatlas.cli import cli
from convatlas.errors import AtlasError
from convatlas.network.device import choose


@pytest.mark.parametrize("name", ["cuda:1", "cuda:17"])
def test_a_device_that_is_not_there_is_told(name: str) -> None:
    if torch.cuda.device_count() > int(name[5:]):
        pytest.skip("there is one")
    with pytest.raises(AtlasError, match=f"--device {name}: ") as caught:
        choose(name)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("name", ["cuda:", "cuda:x", "cpu:0", "gpu", "cuda1", "", "CPU"])
def test_what_is_no_device_is_a_usage_error(name: str) -> None:
    with pytest.raises(AtlasError, match="give auto, cpu, cuda, cuda:N"):
        choose(name)
    result = CliRunner().invoke(cli, ["build", "--device", name])
    assert result.exit_code == 2
    assert f"'{name}' is no device; give auto, cpu, cuda, cuda:N (cuda:1" in result.stderr


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda:1"])
def test_devices_are_accepted(name: str) -> None:
    result = CliRunner().invoke(cli, ["build", "-c", "nowhere.yaml", "--device", name])
    assert "nowhere.yaml: there is no such file" in str(result.exception)


SETTINGS = """
import torch
from convatlas.network.device import choose
torch.backends.fp32_precision = "tf32"
torch.backends.mkldnn.conv.fp32_precision = "bf16"
choose("cpu")
backends = torch.backends.cudnn.conv, torch.backends.mkldnn.conv, torch.backends.cuda.matmul
assert all(each.fp32_precision == "ieee" for each in backends), [b.fp32_precision for b in backends]
assert torch.get_float32_matmul_precision() == "highest"
"""


@pytest.mark.skipif(not hasattr(torch.backends.cudnn, "conv"), reason="torch has old settings only")
def test_fewer_digits_are_switched_off_however_they_were_switched_on() -> None:
    """In a process of its own, because the settings cannot be put back as they were."""
    subprocess.run([sys.executable, "-c", SETTINGS], check=True)


def test_the_settings_of_a_fresh_process_can_still_be_read_in_the_old_way() -> None:
    code = (
        "import torch; from convatlas.network.device import choose; choose('cpu');"
        " assert not torch.backends.cudnn.allow_tf32"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
