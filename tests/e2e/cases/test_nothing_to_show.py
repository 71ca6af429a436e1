"""Networks of which nothing can be shown as they are: the reason and the remedy are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.cases import case, convatlas_in

REMEDIES = {
    "13-scripted-whole": "are compiled by TorchScript, and cannot be looked into; build it from",
    "13c-quantised": "are quantised (1, 3); show the network as it was before it was converted",
    "15-four-channels": "takes 4 channels, and only pictures of 1 or 3 channels can be shown",
    "16-two-inputs": "forward takes more than one input (left, right)",
    "16b-keyword-input": "forward takes its input by keyword (pixel_values)",
}


@pytest.mark.parametrize("name", REMEDIES)
def test_the_reason_and_the_remedy_are_one_sentence(tmp_path: Path, name: str) -> None:
    built = convatlas_in(case(name, tmp_path), "build")
    assert built.returncode == 2
    (line,) = [line for line in built.stderr.splitlines() if line.startswith("atlas.yaml:")]
    assert REMEDIES[name] in line
    assert name.startswith("13") or "docs/how-to/detectors.md" in line
    assert "Traceback" not in built.stderr


def test_a_lazy_network_is_shown(tmp_path: Path) -> None:
    built = convatlas_in(case("13d-lazy", tmp_path), "build")
    assert built.returncode == 0, built.stderr
    assert "4 filters in 2 layers" in built.stdout
