"""What a filter's page shows of its weights."""

from __future__ import annotations

from convatlas.lenses.kernels.entries import kernels
from convatlas.lenses.parts.view import PageSection, ThumbnailSource, View
from convatlas.ui.thumbnails import Thumbnail, ThumbnailRequest


def _picture(asked: ThumbnailRequest) -> Thumbnail | None:
    """Return the kernel, if it is a picture."""
    entry = kernels(asked.filter)
    if entry is None or entry["mode"] == "slices":
        return None
    return Thumbnail(entry["picture"], look="px")


def _first_slice(asked: ThumbnailRequest) -> Thumbnail | None:
    entry = kernels(asked.filter)
    if entry is None:
        return None
    height, width = entry["size"]
    return Thumbnail(entry["picture"], (0, 0, width, height), look="px")


class KernelsView(View):
    """The kernel as a picture; its template reads the filter's entry alone."""

    sections = (PageSection("lenses/kernels/kernel.html", 500, "kernels"),)
    thumbnails = (ThumbnailSource(200, _picture), ThumbnailSource(400, _first_slice))
