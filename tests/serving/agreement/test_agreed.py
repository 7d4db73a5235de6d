"""The agreement between file, database and command line: nobody's work is lost unsaid."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from features.core.errors import DefinitionError, LeadDataError
from features.core.formats import calendar_date
from features.definition import TEMPLATE
from features.definition.yaml.write import marked, version_of_text
from features.store import Store
from serving.cli import main
from serving.decisions.in_force.change import AdoptedVersion, adopt_text
from serving.decisions.in_force.written_file import look_at_file
from serving.ledger.agreements import AgreedVersions, AgreementDecision
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace

AWASE = Path(sys.executable).with_name("awase")
TIMING = "when: {attribute: purchase_timing, known: true}\n      points: "
DECISION = AgreementDecision(
    by="marketing", present="Ito, Sato", what="timing weighs more", why="it closes"
)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ours", TEMPLATE)


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str


Awase = Callable[..., Told]


@pytest.fixture
def awase(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: Workspace
) -> Awase:
    def run(*arguments: str | Path) -> Told:
        line = ["awase", *map(str, arguments), "--workspace", str(place.folder)]
        monkeypatch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        # Lines wrap at the width of the terminal that the test has not.
        told = (" ".join(text.split()) for text in (printed.out, printed.err))
        return Told(ended.value.code if isinstance(ended.value.code, int) else 0, *told)

    return run


def test_processes_that_start_at_once_agree_on_one_first_version(
    tmp_path: Path, store: Store
) -> None:
    place = create_workspace(tmp_path / "theirs", TEMPLATE)
    together = Barrier(4)

    def start(_: int) -> AgreedVersions:
        together.wait()
        return place.agreed_versions(store)

    with ThreadPoolExecutor(4) as processes:
        found = list(processes.map(start, range(4)))

    assert [version.number for version in found[0].versions] == [1]
    assert found == found[:1] * 4


def _weighed(text: str, points: int) -> str:
    assert f"{TIMING}15" in text
    return text.replace(f"{TIMING}15", f"{TIMING}{points}")


def _edit(place: Workspace, points: int) -> None:
    text = place.definition_path.read_text(encoding="utf-8")
    place.definition_path.write_text(_weighed(text, points), encoding="utf-8")


def _decide(place: Workspace, points: int, **when: datetime) -> AdoptedVersion:
    """What marketing does in the browser: the newest version with other points."""
    store = place.store()
    newest = place.agreed_versions(store).versions[0]
    text = _weighed(newest.definition, points)
    adopted = adopt_text(place, store, text, decision=DECISION, replaces=newest.number, **when)
    store.close()
    return adopted


def _points(place: Workspace, at: datetime | None = None) -> int:
    rules = {rule.name: rule for rule in place.in_force(at).definition.rulebook.rules}
    return rules["purchase_timing_stated"].points


def _standing(place: Workspace) -> str:
    return look_at_file(place, place.agreed_versions()).state


def test_a_new_workspace_has_its_file_as_version_1(place: Workspace) -> None:
    (only,) = place.agreed_versions().versions

    assert (only.number, only.replaces) == (1, None)
    assert only.definition == TEMPLATE.read_text(encoding="utf-8")
    assert only.decision.present == "Marketing manager, Sales manager"
    assert _standing(place) == "same"


def test_an_edit_holds_only_once_it_is_adopted(place: Workspace, awase: Awase) -> None:
    _edit(place, 25)

    assert (_points(place), _standing(place)) == (15, "edited")
    told = awase("definition", "diff")
    assert told.code == 0
    assert "was edited since version 1" in told.out
    assert "Purchase timing stated: 15 → 25 points" in told.out

    told = awase("definition", "adopt", "--why", "it closes", "--present", "Ito, Sato")
    assert told.code == 0, told.err
    assert "Version 2 is adopted, in place of version 1" in told.err
    assert "Purchase timing stated: 15 → 25 points" in told.err
    assert (_points(place), _standing(place)) == (25, "same")
    newest = place.agreed_versions().versions[0]
    assert (newest.decision.why, newest.decision.present) == ("it closes", "Ito, Sato")
    assert version_of_text(place.definition_path.read_text(encoding="utf-8")) == 2


def test_commands_that_only_look_say_that_the_file_is_not_agreed(
    place: Workspace, awase: Awase
) -> None:
    _edit(place, 25)

    told = awase("check")

    assert "was edited since version 1 and is not agreed yet" in told.err
    assert len(place.agreed_versions().versions) == 1


@pytest.mark.parametrize("command", [("score",), ("retrain",), ("import", "none.csv")])
def test_no_command_adopts_an_edited_file_by_itself(
    place: Workspace, awase: Awase, command: tuple[str, ...]
) -> None:
    _edit(place, 25)

    told = awase(*command)  # there are no leads and no file, but the agreement comes first

    assert "was edited since version 1 and is not agreed yet: version 1 decides" in told.err
    assert (_points(place), len(place.agreed_versions().versions)) == (15, 1)


def test_a_file_with_mistakes_stops_no_command(place: Workspace, awase: Awase) -> None:
    place.definition_path.write_text("format: 1\nhorizon: 30", encoding="utf-8")

    told = awase("score")

    assert "holds mistakes (`awase check` lists them): version 1 decides" in told.err
    assert "the tables must hold leads; got none" in told.err


def test_a_version_has_its_own_reason(place: Workspace, awase: Awase) -> None:
    _edit(place, 25)

    told = awase("definition", "adopt")

    assert told.code == 3
    assert "a new version needs its own reason; got none" in told.err
    assert len(place.agreed_versions().versions) == 1


def test_on_a_terminal_the_reason_is_asked_for(place: Workspace) -> None:
    _edit(place, 25)
    keyboard, terminal = os.openpty()
    os.write(keyboard, b"it closes\n")

    subprocess.run(
        [AWASE, "definition", "adopt", "--workspace", place.folder], stdin=terminal, check=True
    )

    assert place.agreed_versions().versions[0].decision.why == "it closes"


def test_a_reason_written_into_the_file_is_the_new_versions(place: Workspace, awase: Awase) -> None:
    _edit(place, 25)
    text = place.definition_path.read_text(encoding="utf-8")
    old = place.written_definition().agreement.why.ja
    assert old in text
    place.definition_path.write_text(text.replace(old, "決まるから"), encoding="utf-8")

    told = awase("definition", "adopt")

    assert told.code == 0, told.err
    assert place.agreed_versions().versions[0].decision.why == "決まるから"


def test_a_decision_in_the_browser_is_written_into_an_untouched_file(place: Workspace) -> None:
    before = place.definition_path.read_text(encoding="utf-8")

    adopted = _decide(place, 25)

    text = place.definition_path.read_text(encoding="utf-8")
    assert adopted.file_written
    assert [change.read("en") for change in adopted.changes] == [
        "Purchase timing stated: 15 → 25 points"
    ]
    assert text == marked(_weighed(before, 25), 2)
    assert text.startswith("# yaml-language-server")
    assert _standing(place) == "same"


def test_an_edit_and_a_decision_never_overwrite_each_other(place: Workspace, awase: Awase) -> None:
    _edit(place, 20)
    edited = place.definition_path.read_bytes()

    adopted = _decide(place, 25)

    assert not adopted.file_written
    assert place.definition_path.read_bytes() == edited
    assert (_points(place), _standing(place)) == (25, "conflict")
    told = awase("definition", "adopt", "--why", "it closes")
    assert told.code == 3
    assert "the newest version, 2 (by marketing" in told.err
    assert "was edited from version 1" in told.err
    assert "was edited from version 1, but version 2 is agreed since" in awase("score").err
    assert awase("definition", "export").code == 3
    assert place.definition_path.read_bytes() == edited


def test_a_conflict_is_settled_by_naming_the_version_it_replaces(
    place: Workspace, awase: Awase
) -> None:
    _edit(place, 20)
    _decide(place, 25)

    told = awase("definition", "adopt", "--over", "2", "--why", "it closes")

    assert told.code == 0, told.err
    assert "Purchase timing stated: 25 → 20 points" in told.err
    assert (_points(place), _standing(place)) == (20, "same")
    assert place.agreed_versions().versions[0].replaces == 2


def test_an_older_file_is_brought_up_to_date_and_never_adopted(
    place: Workspace, awase: Awase
) -> None:
    old = place.definition_path.read_bytes()
    _decide(place, 25)
    place.definition_path.write_bytes(old)  # checked out again on another machine

    told = awase("score")
    assert "is version 1; version 2 is agreed since" in told.err
    assert _points(place) == 25

    assert awase("definition", "export").code == 0
    assert _standing(place) == "same"


def test_going_back_is_a_new_version_that_says_the_old_things(
    place: Workspace, awase: Awase
) -> None:
    _decide(place, 25)

    told = awase("definition", "revert", "1", "--why", "too many")

    assert told.code == 0, told.err
    assert "Purchase timing stated: 25 → 15 points" in told.err
    third, second, first = place.agreed_versions().versions
    assert (third.version, third.decision.why) == (first.version, "too many")
    assert second.version != first.version
    assert _points(place) == 15


def test_a_planned_version_comes_into_force_on_its_day(place: Workspace, awase: Awase) -> None:
    day = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)

    _decide(place, 25, effective_from=day)

    assert (_points(place), _points(place, day)) == (15, 25)
    told = awase("definition", "history")
    assert f"from {calendar_date(day.date()).en}" in told.out
    assert "in force" in told.out


def test_the_history_says_in_ten_lines_what_changed_and_all_of_it_on_request(
    place: Workspace, awase: Awase
) -> None:
    for points in ("15 → 25", "25 → 20", "20 → 30", "30 → 35"):
        before, after = points.split(" → ")
        text = place.agreed_versions().versions[0].definition
        text = text.replace(f"{TIMING}{before}", f"{TIMING}{after}")
        number = len(place.agreed_versions().versions)
        adopt_text(place, place.store(), text, decision=DECISION, replaces=number)

    told, whole = awase("definition", "history"), awase("definition", "history", "--all")

    assert len(told.out.splitlines()) <= 10
    assert told.out.startswith("5 (in force), adopted ")
    assert "Purchase timing stated: 30 → 35 points" in told.out
    assert "and 2 older: --all" in told.out
    assert "15 → 25 points" not in told.out
    assert "Purchase timing stated: 15 → 25 points" in whole.out


def test_nothing_takes_effect_in_the_past(place: Workspace) -> None:
    with pytest.raises(LeadDataError, match="must take effect today or later"):
        _decide(place, 25, effective_from=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_version_must_pass_every_check_and_change_something(place: Workspace) -> None:
    store = place.store()
    text = place.agreed_versions(store).versions[0].definition

    with pytest.raises(DefinitionError, match="Did you mean budget"):
        adopt_text(
            place,
            store,
            text.replace("attribute: budget, known", "feature: budgt, known"),
            decision=DECISION,
            replaces=1,
        )
    with pytest.raises(DefinitionError, match="must change something"):
        adopt_text(place, store, text + "# a comment\n", decision=DECISION, replaces=1)

    assert len(place.agreed_versions(store).versions) == 1
    store.close()


def test_a_version_is_shown_in_words(awase: Awase, place: Workspace) -> None:
    _decide(place, 25)

    told = awase("definition", "show")

    assert "Version 2" in told.out
    assert "in force" in told.out
    assert "why: it closes" in told.out
    assert "+25 Purchase timing stated (Purchase timing known)" in told.out
    assert awase("definition", "show", "9").code == 1
    assert "format: 1" in awase("definition", "show", "1", "--yaml").out
