"""Jinja environment and static files: a theme's take precedence over ours, ours over lenses'."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path, PurePosixPath

import jinja2

import convatlas
from convatlas.errors import SiteError
from convatlas.images.codecs.registry import media_type
from convatlas.lenses.registry import lenses
from convatlas.site import comparison_text
from convatlas.site.templating.errors import DEFAULT, check_templates
from convatlas.site.templating.own_folders import own_folder
from convatlas.ui import text as words
from convatlas.ui.class_links import class_link, label_links, linked, near_class_link
from convatlas.ui.fast_jinja import CompiledTemplates, Environment
from convatlas.ui.thin_html import ThinHtml

FINGERPRINTED = {".css", ".js", ".svg"}
"""Suffixes of files whose published name contains a digest, since hosts let browsers cache them."""

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
"""Files that every page loads are published as one file per kind, which saves requests."""

OF_FILTERS = "filter"
"""The style sheet and the script of filters' pages, without suffix. Before the style sheet is what
the lenses' views share with other pages; behind both are those of the lenses themselves,
``lenses/<lens>.css`` and ``lenses/<lens>.js``."""

_COMPILED = CompiledTemplates()


def folders(kind: str) -> list[Path]:
    """Return our own ``templates`` or ``static``, and those beside the lenses of other packages."""
    beside = [Path(inspect.getfile(type(lens))).parent / kind for lens in lenses()]
    return [own_folder(kind), *dict.fromkeys(place for place in beside if place.is_dir())]


def static(theme: Path | None) -> dict[str, tuple[str, bytes]]:
    """Return the published path and the bytes of each static file, by name."""
    contents: dict[str, bytes] = {}
    for root in (*folders("static"), *([theme / "static"] if theme else [])):
        for file in sorted(root.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                name = file.relative_to(root).as_posix()
                contents[name] = file.read_bytes()
    for name, parts in BUNDLES.items():
        contents[name] = b"\n".join([contents.pop(part) for part in parts])
    names = dict.fromkeys(f"{style}.css" for lens in lenses() for style in lens.view.styles)
    for suffix, shared in ((".css", [contents[name] for name in names]), (".js", [])):
        own = [name for lens in lenses() if (name := f"lenses/{lens.name}{suffix}") in contents]
        bundled = [*shared, contents[OF_FILTERS + suffix], *map(contents.pop, own)]
        contents[OF_FILTERS + suffix] = b"\n".join(bundled)
    return {name: (_published_path(name, data), data) for name, data in sorted(contents.items())}


def environment(theme: Path | None) -> jinja2.Environment:
    """Return the Jinja environment of all pages.

    A theme's template extends ours of the same name as ``!default/filter.html``.

    Raises:
        SiteError: the theme is not a folder, or one of its templates has mistakes.
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
        bytecode_cache=_COMPILED,
        extensions=[ThinHtml],
    )
    for function in (
        words.amount,
        words.count,
        words.form,
        words.number,
        words.plural,
        words.setting,
        words.sides,
    ):
        env.filters[function.__name__] = function
    env.filters["media_type"] = media_type
    for lens in lenses():
        env.globals.update(lens.view.globals)
    env.globals.update(words=words, changes=comparison_text, version=convatlas.__version__)
    env.globals.update(class_link=class_link, label_links=label_links, linked=linked)
    env.globals.update(near_class_link=near_class_link)
    if theme is not None:
        check_templates(env, theme)
    return env


def _published_path(name: str, data: bytes) -> str:
    path = PurePosixPath("static", name)
    if path.suffix not in FINGERPRINTED:
        return str(path)
    return str(path.with_name(f"{path.stem}.{hashlib.sha256(data).hexdigest()[:8]}{path.suffix}"))
