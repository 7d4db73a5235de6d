"""The command line as a person or a script meets it: exit codes, sentences, no tracebacks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AWASE = Path(sys.executable).with_name("awase")


def test_the_installed_command_explains_itself() -> None:
    shown = subprocess.run([AWASE, "--help"], capture_output=True, text=True, check=True)

    assert "qualified lead" in shown.stdout


def test_no_arguments_show_the_commands(awase) -> None:
    shown = awase()

    assert shown.returncode == 2
    assert "retrain" in shown.stdout + shown.stderr


def test_an_unknown_option_is_wrong_usage(awase) -> None:
    assert awase("score", "--no-such-option").returncode == 2


def test_a_folder_without_a_definition_is_named_with_the_next_step(awase, tmp_path: Path) -> None:
    told = awase("score", "--workspace", tmp_path)

    assert told.returncode == 1
    assert "awase init" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_new_workspace_holds_the_template(awase, tmp_path: Path) -> None:
    made = awase("init", tmp_path / "ours")

    assert made.returncode == 0, made.stderr
    assert (tmp_path / "ours" / "lead_definition.yaml").is_file()
    # Editors look for the schema that the first line names beside the file.
    for schema in ("definition.schema.json", "mapping.schema.json"):
        assert (tmp_path / "ours" / schema).read_text(encoding="utf-8").startswith("{")
    assert "awase import" in made.stdout


@pytest.mark.parametrize("kind", ["definition", "mapping"])
def test_the_schema_is_printed_as_it_lies_beside_the_files(awase, tmp_path: Path, kind) -> None:
    awase("init", tmp_path / "ours")

    told = awase("definition", "schema", kind)

    laid = (tmp_path / "ours" / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert json.loads(told.stdout) == json.loads(laid)


def test_a_definition_with_mistakes_makes_no_workspace(awase, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("format: 1\nname: broken\nhorizon: soon\n", encoding="utf-8")

    told = awase("init", tmp_path / "ours", "--definition", broken)

    assert told.returncode == 1
    assert "broken.yaml:3" in told.stderr
    assert not (tmp_path / "ours").exists()


def test_another_definition_in_the_folder_is_not_overwritten(awase, tmp_path: Path) -> None:
    (tmp_path / "lead_definition.yaml").write_text("ours\n", encoding="utf-8")

    told = awase("init", tmp_path)

    assert told.returncode == 1
    assert (tmp_path / "lead_definition.yaml").read_text(encoding="utf-8") == "ours\n"


def test_an_unreadable_time_says_how_to_write_one(awase, tmp_path: Path) -> None:
    awase("init", tmp_path)

    told = awase("score", "--workspace", tmp_path, "--as-of", "next tuesday")

    assert told.returncode == 1
    assert 'got "next tuesday"' in told.stderr


@pytest.mark.parametrize(("command", "code"), [("score", 1), ("check", 1), ("retrain", 3)])
def test_an_empty_workspace_says_what_to_do(awase, tmp_path: Path, command: str, code: int) -> None:
    awase("init", tmp_path)

    told = awase(command, "--workspace", tmp_path)

    assert told.returncode == code
    assert "Traceback" not in told.stderr
    assert "awase import" in told.stderr
