"""What says that memory has run out, and what follows from it."""

from __future__ import annotations

import pytest
import torch

from convatlas.errors import RenderError
from convatlas.network.memory import Capacity, device_failed, out_of_memory

CPU = torch.device("cpu")
ACCELERATOR_ERROR = getattr(torch, "AcceleratorError", RuntimeError)
EXHAUSTED = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
    RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("MPS backend out of memory (MPS allocated: 9.06 GB, max allowed: 9.07 GB)"),
    ACCELERATOR_ERROR("CUDA error: out of memory\nCUDA kernel errors might be reported later"),
    MemoryError(),
]
OTHERS = [
    RuntimeError("cuFFT error: CUFFT_INVALID_SIZE"),
    ValueError("out of memory, says a network"),
    RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"),
    ACCELERATOR_ERROR("CUDA error: device-side assert triggered"),
]


@pytest.mark.parametrize("error", EXHAUSTED, ids=str)
def test_whatever_says_that_memory_has_run_out_is_understood(error: Exception) -> None:
    assert out_of_memory(error)


@pytest.mark.parametrize("error", OTHERS, ids=str)
def test_other_failures_are_something_else(error: Exception) -> None:
    assert not out_of_memory(error)
    assert device_failed(error) == str(error).startswith("CUDA")


def test_main_memory_that_does_not_suffice_is_understood() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert out_of_memory(caught.value)


def test_half_as_many_are_tried_until_it_works_and_remembered() -> None:
    tried: list[int] = []

    def task(count: int) -> str:
        tried.append(count)
        if count > 3:
            raise torch.OutOfMemoryError
        return f"{count} at once"

    capacity = Capacity(13, CPU)
    assert capacity.run(task, 100) == "3 at once"
    assert capacity.run(task, 100) == "3 at once"
    assert capacity.run(task, 2) == "2 at once"
    assert tried == [13, 6, 3, 3, 2]


def test_no_more_are_tried_than_there_are() -> None:
    tried: list[int] = []

    def task(count: int) -> None:
        tried.append(count)
        if count > 3:
            raise torch.OutOfMemoryError

    capacity = Capacity(64, CPU)
    capacity.run(task, 5)
    assert (tried, capacity.count) == ([5, 2], 2)


def test_not_even_one_is_told_and_other_failures_pass() -> None:
    def exhausted(count: int) -> None:
        raise torch.OutOfMemoryError

    def broken(count: int) -> None:
        raise ValueError("no")

    capacity = Capacity(4, CPU)
    with pytest.raises(ValueError, match="no"):
        capacity.run(broken, 9)
    assert capacity.count == 4
    with pytest.raises(RenderError, match="not even one picture fits into memory"):
        capacity.run(exhausted, 9)
