"""The workflows: YAML that asks for little, with commands that there are."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from convatlas.cli import cli
from convatlas.opening.configuration import read

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / ".github" / "workflows" / "tests.yml"
FILES = [
    ROOT / "examples" / "github-pages.yml",
    *sorted(file for file in (ROOT / ".github").rglob("*.yml") if file != TESTS),
]


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(yaml.safe_load(request.param.read_text()))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_every_command_of_ours_can_be_run(workflow: dict[str, Any]) -> None:
    commands = [shlex.split(step["run"]) for step in steps(workflow) if "run" in step]
    ours = [words[1:] for words in commands if words[0] == "convatlas"]
    assert [words[0] for words in ours] == ["build", "check"]
    for name, *rest in ours:
        command = cli.commands[name]
        with click.Context(command) as context:
            command.parse_args(context, rest)


def test_the_store_is_cached_where_the_atlas_has_it(workflow: dict[str, Any]) -> None:
    cached = [step for step in steps(workflow) if "actions/cache" in step.get("uses", "")]
    restored, saved = cached
    store = read(ROOT / "atlas.yaml", {}).atlas.store
    assert restored["with"]["path"] == saved["with"]["path"] == f"{store}*"  # with its log
    key = restored["with"]["key"]
    assert key.startswith(restored["with"]["restore-keys"])
    assert "github.run_id" in key  # a key is written once: each run needs its own
    assert saved["if"] == "always()"
    uses = [step.get("uses", step.get("run", "")).partition("@")[0] for step in steps(workflow)]
    order = ["actions/cache/restore", "convatlas build --strict", "actions/cache/save"]
    assert [use for use in uses if use in order] == order


def test_each_job_may_do_no_more_than_it_has_to(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["build"]["permissions"] == {"contents": "read", "pages": "read"}
    assert workflow["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert workflow["jobs"]["deploy"]["needs"] == "build"


def test_what_a_step_refers_to_is_there(workflow: dict[str, Any]) -> None:
    for job in workflow["jobs"].values():
        seen: set[str] = set()
        for step in job["steps"]:
            named = set(re.findall(r"steps\.(\w+)\.outputs", yaml.safe_dump(step)))
            assert named <= seen
            seen |= {step["id"]} if "id" in step else set()


def test_the_atlas_takes_its_address_from_the_workflow(workflow: dict[str, Any]) -> None:
    (built,) = [step for step in steps(workflow) if "build" in step.get("run", "")]
    assert "base_url" in built["env"]["ATLAS_URL"]
    address = {"ATLAS_URL": "https://somebody.github.io/atlas"}
    assert read(ROOT / "atlas.yaml", address).atlas.site.url == address["ATLAS_URL"]
    assert read(ROOT / "atlas.yaml", {}).atlas.site.url is None


def test_the_suite_runs_on_every_system_with_the_oldest_python_and_the_newest() -> None:
    workflow = yaml.safe_load(TESTS.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    matrix = workflow["jobs"]["systems"]["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    oldest, newest = matrix["python"]
    assert project["requires-python"] == f">={oldest}"
    assert newest == "3.x"
    commands = [step["run"] for step in steps(workflow) if "run" in step]
    assert ".ci/run" in commands
    assert 'pytest -m "not browser"' in commands
