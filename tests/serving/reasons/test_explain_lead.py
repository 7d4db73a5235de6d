"""From a workspace and an id to the card that ``awase explain`` prints."""

import json
import runpy
import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from features.core.clock import DAY, from_second
from features.core.errors import AwaseError, LeadDataError, Refusal
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.releases import ReleaseEntry, record_definition, record_release, set_champion
from serving.cli.main import app
from serving.decisions.decide import decide, decision_table
from serving.decisions.inspect.explain_lead import explain_lead
from serving.decisions.inspect.what_if import what_if
from serving.ledger.decisions import read_decisions_about, write_decisions
from serving.reasons.points import probability_from
from serving.workspace.create import create_workspace

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "explain_leads.py"

FIRST, SECOND = 1_735_657_200 + 100 * DAY, 1_735_657_200 + 130 * DAY


@pytest.fixture(scope="module")
def workspace(world, definition_text, tmp_path_factory):
    """A workspace with a champion and two runs of decisions, a month apart."""
    folder = tmp_path_factory.mktemp("company")
    written = folder / "agreement.yaml"
    written.write_text(definition_text, encoding="utf-8")
    place = create_workspace(folder / "workspace", written)
    store = place.store()
    store.write(world.tables)
    _make_champion(store, place, world, definition_text)
    history = History.from_tables(world.tables, world.definition)
    for as_of in (FIRST, SECOND):
        leads = np.flatnonzero(history.created_at < as_of)
        moments = Moments.of(leads, np.full(len(leads), as_of))
        snapshot = take_snapshot(history, world.explainer.catalogue, moments)
        decisions = decide(snapshot, definition=world.definition, release=world.release)
        table = decision_table(
            decisions, history.lead_ids, definition_version="v", decided_at=as_of, run_id="run"
        )
        write_decisions(store, table)
    return place


def _make_champion(store, place, world, definition_text) -> None:
    fingerprint = world.definition.fingerprint
    version = record_definition(
        store,
        definition_text,
        model=fingerprint.model,
        agreement=fingerprint.agreement,
        by="test",
    )
    folder = world.release.write(place.releases_dir)
    entry = ReleaseEntry(
        release_id=world.release.release_id,
        definition_version=version,
        made_at=datetime.now(UTC),
        data_cutoff=from_second(world.release.card.data_cutoff),
        folder=str(folder),
        passed_gate=True,
        record="{}",
    )
    record_release(store, entry)
    set_champion(store, world.release.release_id, by="test", why="the first")


def _oldest_lead(world) -> str:
    created = world.tables.lead.column("created_at")
    row = pa.compute.index(created, pa.compute.min(created)).as_py()
    return str(world.tables.lead.column("lead_id")[row].as_py())


def test_one_card_loads_neither_compiler_nor_what_fits(workspace, world):
    lead_id = world.tables.lead.column("lead_id")[5].as_py()
    explain_lead(workspace, lead_id)  # gathers past leads, once
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "import serving.cli.operate.explain\n"
        "from serving.decisions.inspect.explain_lead import explain_lead\n"
        "from serving.workspace.workspace import Workspace\n"
        f"card = explain_lead(Workspace.at(Path({str(workspace.folder)!r})), {lead_id!r})\n"
        "assert card.probability > 0\n"
        "print([m for m in ('numba', 'scipy', 'sklearn', 'lightgbm') if m in sys.modules])"
    )

    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert shown.stdout.strip() == "[]"


def test_a_lead_is_explained_from_its_newest_decision_against_the_one_before(
    workspace, world
) -> None:
    card = explain_lead(workspace, _oldest_lead(world))

    assert card.as_of == SECOND
    assert card.move is not None
    moved = card.move.points_after - card.move.points_before
    assert sum(part.points for part in card.move.parts) == pytest.approx(moved)
    assert card.level is not None


def test_the_card_shows_the_probability_that_was_decided_on(workspace, world) -> None:
    lead = _oldest_lead(world)
    newest = read_decisions_about(workspace.store(), lead).to_pylist()[0]

    card = explain_lead(workspace, lead)

    assert card.probability == newest["probability"]
    assert card.qualification.name == newest["qualification"]
    assert card.rulebook.points == newest["rulebook_points"]


def test_past_leads_are_gathered_once(workspace, world) -> None:
    explain_lead(workspace, _oldest_lead(world))
    file = workspace.folder / "past_leads" / f"{world.release.release_id}.npz"
    written_at = file.stat().st_mtime_ns

    explain_lead(workspace, _oldest_lead(world))

    assert file.stat().st_mtime_ns == written_at


def test_another_instant_can_be_asked_for(workspace, world) -> None:
    card = explain_lead(workspace, _oldest_lead(world), FIRST + DAY)

    assert card.as_of == FIRST + DAY
    assert card.move is not None


@pytest.mark.parametrize(("language", "expected"), [("ja", "判断の理由"), ("en", "Why")])
def test_the_command_prints_bars_that_add_up(workspace, world, language, expected) -> None:
    arguments = ["explain", _oldest_lead(world), "--lang", language]

    result = CliRunner().invoke(app, [*arguments, "--workspace", str(workspace.folder)])

    assert result.exit_code == 0, result.output
    assert expected in result.output
    assert "│" in result.output


def test_json_says_the_same_as_data(workspace, world) -> None:
    arguments = ["explain", _oldest_lead(world), "--json", "--workspace", str(workspace.folder)]

    card = json.loads(CliRunner().invoke(app, arguments).stdout)

    total = card["base_points"] + card["calibration_points"]
    total += sum(reason["points"] for reason in card["reasons"])
    assert probability_from(total) == pytest.approx(card["probability"], abs=1e-9)
    assert set(card["reasons"][0]) == {"concept", "axis", "points", "words", "sentence"}


def test_an_unknown_lead_is_an_error_of_one_sentence(workspace) -> None:
    with pytest.raises(LeadDataError, match="got 'nobody'"):
        explain_lead(workspace, "nobody")


def test_without_a_champion_nothing_is_explained(workspace, tmp_path) -> None:
    empty = replace(workspace, database_url=f"sqlite:///{tmp_path / 'empty.db'}")

    with pytest.raises(Refusal, match="needs a champion; got none yet"):
        explain_lead(empty, "L0001")


def test_what_if_says_what_a_later_card_would_say(workspace) -> None:
    changed = what_if(workspace, "L0001", events=["inquiry"] * 3)

    present = explain_lead(workspace, "L0001")
    assert changed.now.total_points == present.total_points
    assert changed.then.total_points - changed.now.total_points == pytest.approx(
        sum(points for _, points in changed.moved), abs=1e-9
    )
    assert "inquiry" in dict(changed.moved)
    # Nothing was written.
    assert explain_lead(workspace, "L0001").total_points == present.total_points


def test_what_is_taken_back_is_unknown_in_the_other_card(workspace) -> None:
    definition = workspace.definition()
    facts = {attribute.name: None for attribute in definition.feature_attributes}

    changed = what_if(workspace, "L0001", facts=facts)

    asked = {question.attribute for question in changed.then.asks}
    assert asked >= {question.attribute for question in changed.now.asks}


@pytest.mark.parametrize(
    ("other", "match"),
    [
        ({"facts": {"budgt": "1"}}, "budgt"),
        ({"events": ["dance"]}, "dance"),
    ],
)
def test_what_the_agreement_does_not_know_is_no_question(workspace, other, match) -> None:
    with pytest.raises(AwaseError, match=match):
        what_if(workspace, "L0001", **other)


def test_the_notebook_runs_from_top_to_bottom(workspace, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AWASE_WORKSPACE", str(workspace.folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matplotlib and shap deprecate is not ours

        runpy.run_path(str(NOTEBOOK))

    said = capsys.readouterr().out
    assert "snapshots that the tested fit had not seen" in said
    assert "Inquiry" in said
