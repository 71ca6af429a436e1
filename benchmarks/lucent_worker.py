"""torch-lucent's pictures of some filters of SqueezeNet 1.1, with its defaults.

Runs in Lucent's own environment and knows nothing of convatlas.

Called with the weights' file, a JSON text ``[[layer, filter], ...]``, the number of torch's threads
and the file to write: the pictures [n, h, w, 3] from 0 to 1, and the seconds that each took.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import torch
from lucent.optvis import render
from torchvision.models import squeezenet1_1


def main(weights: str, filters: str, threads: str, out: str) -> None:
    """Lucent's channel objective, 512 steps, a canvas of 128 px enlarged to 224 px."""
    torch.set_num_threads(int(threads))
    network = squeezenet1_1()
    network.load_state_dict(torch.load(weights, weights_only=True))
    network.eval().to("cuda" if torch.cuda.is_available() else "cpu")  # as Lucent its parameters
    pictures, seconds = [], []
    for layer, index in json.loads(filters):
        objective = f"{layer.replace('.', '_')}:{index}"
        torch.manual_seed(index)
        np.random.seed(index)
        started = time.perf_counter()
        made = render.render_vis(network, objective, show_image=False, progress=False)
        seconds.append(time.perf_counter() - started)
        pictures.append(np.asarray(made[-1][0], np.float32))
        print(f"{layer}/{index}: {seconds[-1]:.1f} s", file=sys.stderr)
    np.savez(out, pictures=np.stack(pictures), seconds=np.array(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
