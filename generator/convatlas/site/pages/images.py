"""The pages of image sets: the grid of a set, its images, its data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TypedDict

from convatlas.model.manifest import Image, ImageSet
from convatlas.site.exports.layer_json import images_json
from convatlas.ui.filter_tiles import Group
from convatlas.ui.page import Page, Site, data
from convatlas.ui.paging import PageLink, numbers, paged


class SetContext(TypedDict):
    """The context of ``set.html``, in addition to that of all pages."""

    images: ImageSet
    groups: Sequence[tuple[str, int, Sequence[Image]]]
    """(label, number of the set's published images with it, those on this page)."""
    paging: Sequence[PageLink]
    count: int
    """The number of published images."""


class ImageContext(TypedDict):
    """The context of ``image.html``, in addition to that of all pages."""

    images: ImageSet
    image: Image
    groups: Sequence[Group]
    """The filters that show the image, layer by layer."""
    several: bool
    """Whether the atlas has several networks."""
    previous: Image | None
    next: Image | None


def image_pages(site: Site) -> Iterator[Page]:
    """Yield the pages of every image set: its grid, its images, its data."""
    for images in site.manifest["image_sets"]:
        published = sorted(filter(_shown, images["images"].values()), key=_by_label)
        yield from _wall(site, images, published)
        for place in range(len(published)):
            yield _image(site, images, published, place)
        yield f"images/{images['slug']}/images.json", data(images_json(images))


def _wall(site: Site, images: ImageSet, published: Sequence[Image]) -> Iterator[Page]:
    name = partial(_between, published)
    for path, part, paging in paged(_href(images), published, name):
        context: SetContext = {
            "images": images,
            "groups": _labelled(part, published),
            "paging": paging,
            "count": len(published),
        }
        yield site.page("set.html", path, [site.top], **context)


def _image(site: Site, images: ImageSet, published: Sequence[Image], place: int) -> Page:
    image = published[place]
    context: ImageContext = {
        "images": images,
        "image": image,
        "groups": site.tiles.groups(image),
        "several": len(site.manifest["networks"]) > 1,
        "previous": published[place - 1] if place else None,
        "next": published[place + 1] if place + 1 < len(published) else None,
    }
    path = f"images/{images['slug']}/{image['id']}.html"
    return site.page("image.html", path, [site.top, (_href(images), images["name"])], **context)


def _href(images: ImageSet) -> str:
    return f"images/{images['slug']}/index.html"


def _shown(image: Image) -> bool:
    return bool(image["pictures"])


def _by_label(image: Image) -> tuple[bool, str, str, str]:
    """Return a sort key: by label, ignoring case at first; images without a label come last."""
    label = image["label"] or ""
    return image["label"] is None, label.casefold(), label, image["id"]


def _between(published: Sequence[Image], first: int, last: int) -> str:
    """Return the name of a page: "abacus – goldfinch", or numbers if labels are missing."""
    names = [label for place in (first, last) if (label := published[place]["label"])]
    return " – ".join(names) if len(names) == 2 else numbers(first, last)


def _labelled(
    part: Sequence[Image], published: Sequence[Image]
) -> list[tuple[str, int, Sequence[Image]]]:
    """Return the images of a page grouped by label, or in one group if most labels have one image.

    The number with each label counts its published images on all pages.
    """
    counts = Counter(image["label"] for image in published)
    if 2 * len(counts) > len(published):
        return [("", len(part), part)]
    return [
        (label or "without a label", counts[label], list(images))
        for label, images in groupby(part, key=lambda image: image["label"])
    ]
