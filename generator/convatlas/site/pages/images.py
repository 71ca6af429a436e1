"""The pages of image sets: the wall of a set, its images, its data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from convatlas.model.manifest import Image
from convatlas.site.exports.layer_json import images_json
from convatlas.ui.page import Page, Site, data
from convatlas.ui.paging import numbers, paged


def image_pages(site: Site) -> Iterator[Page]:
    """The pages of every image set: its wall, its images, its data."""
    for images in site.manifest["image_sets"]:
        folder = f"images/{images['slug']}/"
        parents = [site.top]
        published = sorted(filter(_shown, images["images"].values()), key=_by_label)
        name = partial(_between, published)
        for path, part, paging in paged(f"{folder}index.html", published, name):
            yield site.page(
                "set.html",
                path,
                parents,
                images=images,
                groups=_labelled(part, published),
                paging=paging,
                count=len(published),
            )
        crumbs = [*parents, (f"{folder}index.html", images["name"])]
        for place, image in enumerate(published):
            yield site.page(
                "image.html",
                f"{folder}{image['id']}.html",
                crumbs,
                images=images,
                image=image,
                groups=site.tiles.groups(image),
                several=len(site.manifest["networks"]) > 1,
                previous=published[place - 1] if place else None,
                next=published[place + 1] if place + 1 < len(published) else None,
            )
        yield f"{folder}images.json", data(images_json(images))


def _shown(image: Image) -> bool:
    return bool(image["pictures"])


def _by_label(image: Image) -> tuple[bool, str, str, str]:
    """Images of one label stand together, in the order of a dictionary; those without come last."""
    label = image["label"] or ""
    return image["label"] is None, label.casefold(), label, image["id"]


def _between(published: Sequence[Image], first: int, last: int) -> str:
    """The name of a page of a set: "abacus – goldfinch"; by numbers where labels are missing."""
    names = [label for place in (first, last) if (label := published[place]["label"])]
    return " – ".join(names) if len(names) == 2 else numbers(first, last)


def _labelled(
    part: Sequence[Image], published: Sequence[Image]
) -> list[tuple[str, int, list[Image]]]:
    """The images of a page under their labels; under none where most labels have one image.

    With each label stands how many images have it, on this page or another.
    """
    counts = Counter(image["label"] for image in published)
    if 2 * len(counts) > len(published):
        return [("", len(part), list(part))]
    return [
        (label or "without a label", counts[label], list(images))
        for label, images in groupby(part, key=lambda image: image["label"])
    ]
