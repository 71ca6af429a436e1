"""The pages of image sets: the wall of a set, its images, its data."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.site.paging import paged
from convatlas.site.site import Page, Site, data


def image_pages(site: Site) -> Iterator[Page]:
    """The pages of every image set: its wall, its images, its data."""
    for images in site.manifest["image_sets"]:
        folder = f"images/{images['slug']}/"
        parents = [site.top]
        published = [image for image in images["images"].values() if image["pictures"]]
        for path, part, paging in paged(f"{folder}index.html", published):
            yield site.page(
                "set.html",
                path,
                parents,
                images=images,
                tiles=part,
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
                parts=list(site.tiles.parts(image)),
                previous=published[place - 1] if place else None,
                next=published[place + 1] if place + 1 < len(published) else None,
            )
        kept = {key: value for key, value in images.items() if key != "slug"}
        yield f"{folder}images.json", data(kept)
