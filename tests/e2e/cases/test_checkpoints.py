"""Weights files of people: with prefixes, with two networks, or never downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.cases import case, convatlas_in


@pytest.mark.parametrize("name", ["22-checkpoint-backbone", "22-checkpoint-teacher"])
def test_a_prefix_is_taken_off_and_told(tmp_path: Path, name: str) -> None:
    built = convatlas_in(case(name, tmp_path), "build")
    assert built.returncode == 0, built.stderr
    assert "w.pth: 'backbone.' is taken off the names of its tensors" in built.stderr


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("22-checkpoint-html", "w.pth is a web page; download the file itself"),
        ("22-checkpoint-lfs", "w.safetensors is a Git LFS pointer; fetch the file itself with"),
        ("22-checkpoint-lightning", "2 unexpected (loss_fn.weight, criterion.pos_weight)"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(tmp_path: Path, name: str, expected: str) -> None:
    built = convatlas_in(case(name, tmp_path), "build")
    assert built.returncode == 2
    assert expected in built.stderr
    assert "Traceback" not in built.stderr
