"""What templates were compiled to is used again, and only for the same text."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest
from jinja2.nodes import Template

from convatlas.ui.fast_jinja import CompiledTemplates, Environment


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of the templates that were compiled, in order."""
    names: list[str | None] = []
    generate = Environment._generate

    def noted(
        self: Environment, source: Template, name: str | None, *more: Any, **options: Any
    ) -> str:
        names.append(name)
        return generate(self, source, name, *more, **options)

    monkeypatch.setattr(Environment, "_generate", noted)
    return names


def rendered(texts: dict[str, str], cache: CompiledTemplates, name: str) -> str:
    """What a new environment makes of a template."""
    environment = Environment(loader=jinja2.DictLoader(texts), bytecode_cache=cache)
    return environment.get_template(name).render(word="fish")


def test_a_template_is_compiled_once_for_all_environments(compiled: list[str | None]) -> None:
    cache = CompiledTemplates()
    texts = {"a": "one {{ word }}{% include 'b' %}", "b": " and {{ word }}s"}
    for _ in range(3):
        assert rendered(texts, cache, "a") == "one fish and fishs"
    assert compiled == ["a", "b"]


def test_another_text_is_compiled_anew(compiled: list[str | None]) -> None:
    cache = CompiledTemplates()
    for text in ("one {{ word }}", "two {{ word }}", "one {{ word }}"):
        assert rendered({"a": text}, cache, "a") == text.replace("{{ word }}", "fish")
    assert compiled == ["a"] * 3


def test_a_mistake_is_told_each_time() -> None:
    cache = CompiledTemplates()
    for _ in range(2):
        with pytest.raises(jinja2.TemplateSyntaxError, match="Unexpected end"):
            rendered({"a": "one\n{% if word %}"}, cache, "a")
    with pytest.raises(jinja2.UndefinedError):
        rendered({"a": "{{ words.one }}"}, cache, "a")
