"""What every template reads is declared: of its page, by its lens, or as a global."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any, get_type_hints, is_typeddict

import jinja2
import pytest
from jinja2 import meta, nodes

from convatlas.site.pages import (
    compare,
    compare_layer,
    custom,
    filter,
    filter_groups,
    filter_units,
    home,
    images,
    layer,
    network,
    open_site,
    search,
    timeline,
)
from support.synthetic import synthetic_manifest

PAGES: dict[str, tuple[Any, ...]] = {
    "404.html": (),
    "about.html": (home.AboutContext,),
    "compare/index.html": (compare.ComparisonContext,),
    "compare/layer.html": (compare_layer.ComparedLayerContext,),
    "compare/timeline.html": (timeline.TimelineContext,),
    "filter.html": (filter_units.LayerContext, filter_units.UnitContext, filter.FilterContext),
    "filters.html": (filter_units.LayerContext, filter_groups.FilterGroupContext),
    "glossary.html": (),
    "help.html": (search.HelpContext,),
    "home.html": (home.HomeContext,),
    "image.html": (images.ImageContext,),
    "layer.html": (layer.LayerContext, layer.GridContext),
    "network.html": (network.NetworkContext,),
    "page.html": (custom.CustomPageContext,),
    "search.html": (search.SearchContext,),
    "set.html": (images.SetContext,),
    "unit.html": (filter_units.LayerContext, filter_units.UnitContext),
}
"""Templates that are rendered, with what is declared of their contexts."""

EVERY_PAGE = {"root", "path", "crumbs"}
"""What ``Site.page`` adds to each context."""


@cache
def environment() -> jinja2.Environment:
    return open_site(synthetic_manifest(layers=1, filters=1)[0], None).env


@cache
def parsed(name: str) -> nodes.Template:
    env = environment()
    assert env.loader is not None
    return env.parse(env.loader.get_source(env, name)[0])


def templates() -> list[str]:
    return sorted(name for name in environment().list_templates() if not name.startswith("!"))


def reads(name: str) -> set[str]:
    """The names that a template and all that sees its context have to be given."""
    tree = parsed(name)
    others = (reads(other) for other, seeing in related(tree) if seeing)
    own = meta.find_undeclared_variables(tree) - set(guarded(tree))
    return own.union(*others) - set(bound(tree))


def related(tree: nodes.Template) -> Iterator[tuple[str, bool]]:
    """The others that a template names, and whether they see its context."""
    for kind in (nodes.Extends, nodes.Include, nodes.FromImport, nodes.Import):
        for node in tree.find_all(kind):
            if isinstance(node.template, nodes.Const):
                yield node.template.value, getattr(node, "with_context", True)


def bound(tree: nodes.Template) -> Iterator[str]:
    """The names that a template gives itself, wherever in it that is."""
    for name in tree.find_all(nodes.Name):
        if name.ctx in ("store", "param"):
            yield name.name
    for macro in tree.find_all(nodes.Macro):
        yield macro.name
    for imported in tree.find_all(nodes.FromImport):
        yield from (each if isinstance(each, str) else each[1] for each in imported.names)


def guarded(tree: nodes.Template) -> Iterator[str]:
    """What a template can do without."""
    for test in tree.find_all(nodes.Test):
        if test.name == "defined" and isinstance(test.node, nodes.Name):
            yield test.node.name
    for default in tree.find_all(nodes.Filter):
        if default.name == "default" and isinstance(default.node, nodes.Name):
            yield default.node.name


def declared(shapes: tuple[Any, ...]) -> set[str]:
    return {name for shape in shapes for name in get_type_hints(shape)}


@cache
def contexts(lens: str) -> tuple[Any, ...]:
    """The contexts that the modules of a lens declare."""
    package = importlib.import_module(f"convatlas.lenses.{lens}")
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    wanted = {"overview", "pages", "table", "view"} & set(names)
    modules = [importlib.import_module(f"convatlas.lenses.{lens}.{name}") for name in wanted]
    return tuple(
        value
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("Context") and is_typeddict(value)
    )


def known(name: str) -> set[str]:
    """What a template may read."""
    shared = EVERY_PAGE | environment().globals.keys()
    if name in PAGES:
        return shared | declared(PAGES[name])
    pages = declared(tuple(shape for shapes in PAGES.values() for shape in shapes))
    _, lens, _ = f"{name}/".split("/", 2)
    return shared | pages | declared(contexts(lens))


LENS_TEMPLATES = [name for name in templates() if name.count("/") > 1]
MACROS = {other for name in templates() for other, seeing in related(parsed(name)) if not seeing}
"""What others import, without their context."""


@pytest.mark.parametrize("name", [*PAGES, *sorted({*LENS_TEMPLATES} - MACROS)])
def test_what_a_template_reads_is_declared(name: str) -> None:
    assert reads(name) - known(name) == set()


@pytest.mark.parametrize("name", sorted(MACROS))
def test_macros_read_their_arguments_and_globals_alone(name: str) -> None:
    assert reads(name) - environment().globals.keys() == set()


def test_every_other_template_is_a_part_of_these() -> None:
    seen: set[str] = set()

    def look(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for other, _ in related(parsed(name)):
                look(other)

    for name in [*PAGES, *LENS_TEMPLATES]:
        look(name)
    assert set(templates()) - seen == set()
