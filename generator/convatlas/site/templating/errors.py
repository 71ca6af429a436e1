"""Errors in a theme's templates, reported with file and line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from jinja2 import Environment, TemplateError, TemplateSyntaxError, nodes

from convatlas.config.suggestions import did_you_mean
from convatlas.errors import SiteError

DEFAULT = "!default/"
"""The prefix by which a theme refers to our template of the same name as one of its own."""


def check_templates(env: Environment, theme: Path) -> None:
    """Check a theme's templates as far as possible without making a page.

    Raises:
        SiteError: all mistakes, one per line: bad syntax, missing templates and blocks.
    """
    ours = {name.removeprefix(DEFAULT) for name in env.list_templates() if DEFAULT in name}
    root = theme / "templates"
    own = {file.relative_to(root).as_posix(): file for file in sorted(root.rglob("*.html"))}
    mistakes, used = list[str](), set[str]()
    for name, file in own.items():
        try:
            tree = _parse(env, name, file)
        except TemplateSyntaxError as error:
            mistakes.append(f"{error.filename or file}:{error.lineno}: {error.message}; correct it")
            continue
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append(f"{file}: {error}; save it as UTF-8")
            continue
        used |= {target for _, target in _references(tree)}
        mistakes += [f"{file}:{each}" for each in _mistakes(tree, name, own.keys() | ours, env)]
    for name in sorted(own.keys() - ours - used):
        message = f"no page is made from a template of this name; {did_you_mean(name, ours)}"
        mistakes.append(f"{own[name]}: {message}")
    if mistakes:
        raise SiteError("\n".join(mistakes))


@contextmanager
def template_errors_located(ours: Path) -> Iterator[None]:
    """Report errors raised while pages are made as mistakes in the template that raised them.

    Other errors than Jinja's in ``ours``, the folder of our templates, are bugs, and are raised as
    they are.

    Raises:
        SiteError: with the template's file and line.
    """
    try:
        yield
    except Exception as error:
        location = _location(error)
        foreign = location is not None and not location[0].is_relative_to(ours)
        if location is None or not (foreign or isinstance(error, TemplateError)):
            raise
        kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
        message = f"{location[0]}:{location[1]}: the template fails: {kind}{error}; correct it"
        raise SiteError(message) from error


def _parse(env: Environment, name: str, file: Path) -> nodes.Template:
    text = file.read_text("utf-8")
    env.compile(text, name, str(file))  # only this finds unknown filters and tests
    return env.parse(text, name, str(file))


def _references(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Yield the templates that a template refers to by name, as (line, name)."""
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        target = getattr(node, "template", None)
        if isinstance(target, nodes.Const):
            yield node.lineno, str(target.value)


def _mistakes(tree: nodes.Template, name: str, known: Set[str], env: Environment) -> Iterator[str]:
    """Yield the mistakes in a template whose syntax is correct, as "line: message"."""
    for line, target in _references(tree):
        if target == name:
            yield f"{line}: the template refers to itself; write {DEFAULT}{name}"
            return
        if target.removeprefix(DEFAULT) not in known:
            yield f"{line}: there is no template {target}; {did_you_mean(target, known)}"
            return
    parent = tree.find(nodes.Extends)
    if parent and isinstance(parent.template, nodes.Const):
        blocks = _blocks(env, str(parent.template.value), {name})
        for node in tree.body:
            if isinstance(node, nodes.Block) and node.name not in blocks:
                message = f"{parent.template.value} has no block '{node.name}'"
                yield f"{node.lineno}: {message}; {did_you_mean(node.name, blocks)}"


def _blocks(env: Environment, name: str, seen: set[str]) -> set[str]:
    """Return the names of the blocks of a template and of those that it extends."""
    if name in seen or env.loader is None:
        return set()
    text, _, _ = env.loader.get_source(env, name)
    tree = env.parse(text)
    found = {block.name for block in tree.find_all(nodes.Block)}
    parent = tree.find(nodes.Extends)
    if parent and isinstance(parent.template, nodes.Const):
        found |= _blocks(env, str(parent.template.value), {*seen, name})
    return found


def _location(error: BaseException) -> tuple[Path, int] | None:
    """Return the file and line of the template that raised an error; None if no template did."""
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        file = frame.f_code.co_filename
        if template is not None and template.filename:
            found = Path(template.filename), template.get_corresponding_lineno(line)
        elif file.endswith(".html"):  # Jinja has already rewritten the frame
            found = Path(file), line
    return found
