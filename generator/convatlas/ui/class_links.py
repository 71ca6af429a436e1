"""Names of classes as links to their pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from convatlas.model.manifest import Network


def class_link(network: Network, name: str, root: str, number: int | None = None) -> Markup:
    """Return the name of a class, as a link if it has a page, on a page ``root`` away from home.

    Args:
        number: The class's index, if known: of several classes with this name, it tells which.
    """
    page = class_page(network, name, number)
    return Markup('<a href="{}">{}</a>').format(root + page, name) if page else escape(name)


def near_class_link(network: Network, name: str) -> Markup:
    """Return the same on a page in the folder of one of the network's layers, in fewer bytes."""
    page = class_page(network, name)
    near = page and ".." + page[page.index("/") :]
    return Markup("<a href={}>{}</a>").format(near, name) if near else escape(name)


def class_page(network: Network, name: str, number: int | None = None) -> str | None:
    """Return the page of a class from the site's root; None if it has none."""
    pages = network.get("class_pages", {})
    return pages.get(name) or pages.get(f"{name} ({number})")


def label_links(networks: Sequence[Network], images: str, label: str, root: str) -> Markup:
    """Return the label of an image as a link to the class of that name.

    If it is a class of several networks, their names follow, and these are the links.

    Args:
        networks: All networks of the atlas.
        images: The name of the image's set; only networks that are shown it count.
        root: Leads from the page to the site's root.
    """
    shown = [network for network in networks if network["images"] == images]
    own = [(network, page) for network in shown if (page := class_page(network, label))]
    if len(own) < 2:
        return class_link(own[0][0], label, root) if own else escape(label)
    links = (
        Markup('<a href="{}">{}</a>').format(root + page, network["name"]) for network, page in own
    )
    return Markup("{} ({})").format(label, Markup(", ").join(links))


def linked(text: str, network: Network, name: str, root: str) -> Markup:
    """Return a sentence in which the name of a class is a link; all as text if it has no page."""
    page = class_page(network, name)
    found = re.search(re.escape(name), text, re.IGNORECASE) if page else None
    if not page or not found:
        return escape(text)
    before, named, after = text[: found.start()], found[0], text[found.end() :]
    return Markup('{}<a href="{}">{}</a>{}').format(before, root + page, named, after)
