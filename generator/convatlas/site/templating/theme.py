"""Where templates and static files come from: a theme's folder, ours, then those of lenses."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path, PurePosixPath

import jinja2

import convatlas
from convatlas.errors import SiteError
from convatlas.images.codecs.registry import media_type
from convatlas.lenses.registry import lenses
from convatlas.site.templating.errors import DEFAULT, check_templates
from convatlas.ui import text as words
from convatlas.ui.fast_jinja import Environment

FINGERPRINTED = {".css", ".js", ".svg"}
"""Kinds whose published name carries a digest: hosts let browsers keep them for long."""

BUNDLES = {
    "atlas.css": ("atlas.css", "overlay.css"),
    "atlas.js": (
        "atlas.js",
        "keys.js",
        "query.js",
        "search.js",
        "preview.js",
        "lightbox.js",
    ),
}
"""What every page loads is published as one file of each kind: a request costs more than a line."""


def folder(kind: str) -> Path:
    """Our own ``templates`` or ``static``: beside the package (a wheel), else in the checkout."""
    package = Path(convatlas.__file__).resolve().parent
    places = (package / kind, package.parents[1] / kind)
    for place in places:
        if place.is_dir():
            return place
    raise SiteError(f"there is no folder {places[0]} or {places[1]}; install convatlas again")


def folders(kind: str) -> list[Path]:
    """Return our own ``templates`` or ``static``, and those beside the lenses of other packages."""
    beside = [Path(inspect.getfile(type(lens))).parent / kind for lens in lenses()]
    return [folder(kind), *dict.fromkeys(place for place in beside if place.is_dir())]


def static(theme: Path | None) -> dict[str, tuple[str, bytes]]:
    """Each static file's name to the name that it is published under, and its bytes."""
    found: dict[str, bytes] = {}
    for root in (*folders("static"), *([theme / "static"] if theme else [])):
        for file in sorted(root.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                name = file.relative_to(root).as_posix()
                found[name] = file.read_bytes()
    for name, parts in BUNDLES.items():
        found[name] = b"\n".join([found.pop(part) for part in parts])
    return {name: (_published(name, data), data) for name, data in sorted(found.items())}


def environment(theme: Path | None) -> jinja2.Environment:
    """Jinja as all pages use it; a theme's template extends ours as ``!default/filter.html``.

    Raises:
        SiteError: the theme is no folder, or one of its templates is broken.
    """
    if theme is not None and not theme.is_dir():
        raise SiteError(f"the theme {theme} is no folder; correct site.theme")
    ours = jinja2.FileSystemLoader(folders("templates"))
    loaders: list[jinja2.BaseLoader] = [ours, jinja2.PrefixLoader({DEFAULT.rstrip("/"): ours})]
    if theme is not None:
        loaders.insert(0, jinja2.FileSystemLoader(theme / "templates"))
    env = Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    for speak in (
        words.amount,
        words.count,
        words.form,
        words.number,
        words.plural,
        words.setting,
        words.sides,
    ):
        env.filters[speak.__name__] = speak
    env.filters["media_type"] = media_type
    for lens in lenses():
        env.globals.update(lens.view.globals)
    env.globals.update(words=words, version=convatlas.__version__)
    if theme is not None:
        check_templates(env, theme)
    return env


def _published(name: str, data: bytes) -> str:
    path = PurePosixPath("static", name)
    if path.suffix not in FINGERPRINTED:
        return str(path)
    return str(path.with_name(f"{path.stem}.{hashlib.sha256(data).hexdigest()[:8]}{path.suffix}"))
