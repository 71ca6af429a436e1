"""What is wrong with a theme's templates, told with file and line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from jinja2 import Environment, TemplateError, TemplateSyntaxError, nodes

from convatlas.config.suggestions import did_you_mean
from convatlas.errors import SiteError

DEFAULT = "!default/"
"""Before the name of one of our templates, for a theme that has one of that name itself."""


def check_templates(env: Environment, theme: Path) -> None:
    """Find what can be found in a theme's templates without making a page.

    Raises:
        SiteError: every mistake, a line each: bad syntax, templates and blocks that are not there.
    """
    ours = {name.removeprefix(DEFAULT) for name in env.list_templates() if DEFAULT in name}
    root = theme / "templates"
    own = {file.relative_to(root).as_posix(): file for file in sorted(root.rglob("*.html"))}
    mistakes, used = list[str](), set[str]()
    for name, file in own.items():
        try:
            tree = _parsed(env, name, file)
        except TemplateSyntaxError as error:
            mistakes.append(f"{error.filename or file}:{error.lineno}: {error.message}; correct it")
            continue
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append(f"{file}: {error}; save it as UTF-8")
            continue
        used |= {target for _, target in _references(tree)}
        mistakes += [f"{file}:{told}" for told in _mistakes(tree, name, own.keys() | ours, env)]
    for name in sorted(own.keys() - ours - used):
        message = f"no page is made from a template of this name; {did_you_mean(name, ours)}"
        mistakes.append(f"{own[name]}: {message}")
    if mistakes:
        raise SiteError("\n".join(mistakes))


@contextmanager
def templates_told(ours: Path) -> Iterator[None]:
    """Tells what fails while pages are made as a mistake in the template that fails.

    What fails in ``ours`` is a mistake of ours, unless a theme does not give them what they need.

    Raises:
        SiteError: with the template's file and line.
    """
    try:
        yield
    except Exception as error:
        place = _place(error)
        foreign = place is not None and not place[0].is_relative_to(ours)
        if place is None or not (foreign or isinstance(error, TemplateError)):
            raise
        kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
        told = f"{place[0]}:{place[1]}: the template fails: {kind}{error}; correct it"
        raise SiteError(told) from error


def _parsed(env: Environment, name: str, file: Path) -> nodes.Template:
    text = file.read_text("utf-8")
    env.compile(text, name, str(file))  # for what only shows there: unknown filters and tests
    return env.parse(text, name, str(file))


def _references(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """The templates that one refers to by name, with the lines."""
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        target = getattr(node, "template", None)
        if isinstance(target, nodes.Const):
            yield node.lineno, str(target.value)


def _mistakes(tree: nodes.Template, name: str, known: Set[str], env: Environment) -> Iterator[str]:
    """Lines and sentences about a template that can be read."""
    for line, target in _references(tree):
        if target == name:
            yield f"{line}: the template refers to itself; write {DEFAULT}{name}"
            return
        if target.removeprefix(DEFAULT) not in known:
            yield f"{line}: there is no template {target}; {did_you_mean(target, known)}"
            return
    parent = tree.find(nodes.Extends)
    if parent and isinstance(parent.template, nodes.Const):
        there = _blocks(env, str(parent.template.value), {name})
        for node in tree.body:
            if isinstance(node, nodes.Block) and node.name not in there:
                message = f"{parent.template.value} has no block '{node.name}'"
                yield f"{node.lineno}: {message}; {did_you_mean(node.name, there)}"


def _blocks(env: Environment, name: str, seen: set[str]) -> set[str]:
    """The blocks of a template and of those that it extends."""
    if name in seen or env.loader is None:
        return set()
    text, _, _ = env.loader.get_source(env, name)
    tree = env.parse(text)
    found = {block.name for block in tree.find_all(nodes.Block)}
    parent = tree.find(nodes.Extends)
    if parent and isinstance(parent.template, nodes.Const):
        found |= _blocks(env, str(parent.template.value), {*seen, name})
    return found


def _place(error: BaseException) -> tuple[Path, int] | None:
    """The line of the template in which something failed; None where no template was at work."""
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        file = frame.f_code.co_filename
        if template is not None and template.filename:
            found = Path(template.filename), template.get_corresponding_lineno(line)
        elif file.endswith(".html"):  # Jinja has translated the frame already
            found = Path(file), line
    return found
