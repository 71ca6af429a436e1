"""What a filter's page shows of its weights."""

from __future__ import annotations

from convatlas.lenses.parts.view import PageSection, View


class KernelsView(View):
    """The kernel as a picture; its template reads the filter's entry alone."""

    sections = (PageSection("lenses/kernels/kernel.html", 500, "kernels"),)
