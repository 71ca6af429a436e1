"""Records steps as CUDA graphs."""

from __future__ import annotations

import torch
from torch import Tensor

from convatlas.lenses.maximize.replays import Step


class CudaGraphs:
    """Records what is launched on a device, on a stream of its own.

    Untried on a real device: its steps are therefore compared with plain ones before they are used.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def wait(self) -> None:
        """Wait until the device has nothing to do."""
        torch.cuda.synchronize(self.device)

    def record(self, step: Step) -> Step:
        """Return what replays a step, which is launched but not performed now."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self.device):
            current = torch.cuda.current_stream(self.device)
            try:
                with torch.cuda.graph(graph, stream=self.stream):
                    result = step()
            finally:
                # Torch goes on with the stream of a recording that has failed.
                torch.cuda.set_stream(current)

        def replay() -> Tensor:
            graph.replay()
            return result

        return replay
