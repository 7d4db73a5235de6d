"""What the Dockerfile promises, as far as it can be told without building it."""

import ast
import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand

from serving.cli.commands import LazyCommands
from serving.web.access import may_open
from serving.web.app import PAGES
from serving.workspace.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile and what follows each, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and line[0] not in "# "]
    return [(name, " ".join(rest.split())) for name, rest in lines]


def _last(steps: list[tuple[str, str]], name: str) -> str:
    return [rest for step, rest in steps if step == name][-1]


def _copied(steps: list[tuple[str, str]]) -> set[str]:
    lines = [rest for step, rest in steps if step == "COPY" and not rest.startswith("--from")]
    return {source for line in lines for source in line.split()[:-1]}


def test_what_is_copied_exists_and_nothing_else_goes_to_the_builder(
    steps: list[tuple[str, str]],
) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}

    assert "*" in ignored
    assert _copied(steps) == sent
    assert [path for path in sorted(sent) if not (ROOT / path).exists()] == []


def test_every_package_of_the_image_is_held_to_the_hashes_of_the_lock(
    steps: list[tuple[str, str]],
) -> None:
    installs = [rest for step, rest in steps if step == "RUN" and "pip install" in rest]

    pinned, own = installs
    assert "--require-hashes --requirement requirements.lock" in pinned
    assert "--no-deps --no-build-isolation" in own
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^hatchling==", lock, flags=re.MULTILINE)  # builds without fetching


def test_the_server_runs_as_an_account_without_rights_on_a_workspace_that_outlives_it(
    steps: list[tuple[str, str]],
) -> None:
    user, volume = _last(steps, "USER"), _last(steps, "VOLUME")
    made = " ".join(rest for step, rest in steps if step == "RUN")

    assert user not in {"root", "0"}
    assert f"useradd --system --uid 10001 --create-home --home-dir /var/cache/awase {user}" in made
    assert f"--owner={user} --group={user} --mode=750 {volume}" in made
    assert "workspace" in Settings.model_fields
    assert f"AWASE_WORKSPACE={volume}" in _last(steps, "ENV")


def test_compiled_functions_are_kept_by_the_account_that_calls_them(
    steps: list[tuple[str, str]],
) -> None:
    warm_up = steps.index(("RUN", "python -m serving.cli.warm_up"))
    cache = steps.index(("ENV", _last(steps, "ENV")))

    assert cache < warm_up
    assert steps.index(("USER", _last(steps, "USER"))) < warm_up
    assert "NUMBA_CACHE_DIR=/var/cache/awase/" in _last(steps, "ENV")
    assert find_spec("serving.cli.warm_up") is not None


def test_the_container_starts_a_command_that_exists(steps: list[tuple[str, str]]) -> None:
    name, *words = json.loads(_last(steps, "CMD"))

    assert json.loads(_last(steps, "ENTRYPOINT")) == ["awase"]
    started = LazyCommands.load(name)
    assert isinstance(started, TyperCommand)
    given, left, _ = started.make_parser(typer.Context(started)).parse_args(words)
    assert (given["host"], left) == ("0.0.0.0", [])


def test_the_container_asks_a_public_route_whether_it_lives(steps: list[tuple[str, str]]) -> None:
    check = _last(steps, "HEALTHCHECK")
    python, dash_c, program = json.loads(check[check.index("[") :])

    asked = re.findall(r"http://127\.0\.0\.1:(\d+)/(\w+)", program)

    assert (python, dash_c) == ("python", "-c")
    assert ast.parse(program).body
    assert asked == [(_last(steps, "EXPOSE"), "health")]
    assert any(route.name == "health" for routes in PAGES for route in routes.routes)
    assert may_open("health", None)
