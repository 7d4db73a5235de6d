"""What Pipedrive is told: our fields of the right persons, a note each hand-over, nothing else."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from features.core.errors import LeadDataError
from features.store import Store
from features.store.schema import decision, hand_over, lead_external_id, outbox, outcome
from serving.crm.outbound.fields import PUSHED, answer_fields
from serving.crm.pipedrive.fields import mark_of, ours
from serving.crm.pipedrive.vendor import VENDOR
from serving.crm.sync import clear_in, connected, pull_from, push_to, writes_first
from serving.workspace.workspace import Workspace
from tests.contract.pipedrive.company import Company
from tests.contract.pipedrive.example import START, email, empty_company
from tests.contract.pipedrive.server import TOKEN, PipedriveServer, serving

N_LEADS, N_OURS = 120, 40


@pytest.fixture
def there() -> Company:
    """A person for each lead of the small company, in the order of the leads."""
    made = empty_company()
    for number in range(N_LEADS):
        made.add("persons", at=START, name=f"P{number}", emails=email(f"p{number}@example.com"))
    return made


@dataclass(frozen=True)
class Desk:
    """A workspace whose leads are in Pipedrive."""

    place: Workspace
    store: Store
    there: Company
    server: PipedriveServer

    def push(self):
        return push_to(self.place, VENDOR)

    def told(self, lead_id: str, name: str) -> object:
        field = next(f for f in self._ours() if f.name == name)
        (own,) = (one for one in self.there.fields["persons"].values()
                  if mark_of(field) in one.description)  # fmt: skip
        value = self.there.rows["persons"][self.person(lead_id)].custom.get(own.code)
        return own.options.get(value, value) if own.options else value

    def choose(self, lead_id: str, **labels: str) -> None:
        """Sales choose by the words they see."""
        for name, label in labels.items():
            field = next(f for f in self._ours() if f.name == name)
            (own,) = (one for one in self.there.fields["persons"].values()
                      if mark_of(field) in one.description)  # fmt: skip
            number = next(key for key, text in own.options.items() if text == label)
            person = self.person(lead_id)
            self.there.change("persons", person, user=77, **{own.code: number})

    def person(self, lead_id: str) -> int:
        return int(lead_id.removeprefix("L")) + 1

    def notes(self, lead_id: str) -> list[str]:
        mine = self.person(lead_id)
        return [n["content"] for n in self.there.notes.values() if n["person_id"] == mine]

    def hand_over_again(self, lead_id: str) -> None:
        with self.store.engine.begin() as connection:
            query = select(hand_over).where(hand_over.c.lead_id == lead_id)
            row = connection.execute(query).first()
            assert row is not None
            again = row._asdict() | {"cycle": 2, "handed_over_at": datetime.now(UTC)}
            connection.execute(insert(hand_over).values(**again))

    def let_time_pass(self) -> None:
        with self.store.engine.begin() as connection:
            connection.execute(update(outbox).values(due_at=datetime(2026, 1, 1, tzinfo=UTC)))

    def _ours(self):
        return (*PUSHED, *answer_fields(self.place.definition()))


@pytest.fixture
def desk(
    company: Path, there: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    with serving(there) as server:
        monkeypatch.setenv("AWASE_PIPEDRIVE_TOKEN", TOKEN)
        monkeypatch.setenv("AWASE_PIPEDRIVE_URL", server.url)
        monkeypatch.setenv("AWASE_CRM_LANGUAGE", "ja")
        place = Workspace.at(Path(shutil.copytree(company, tmp_path / "workspace")))
        store = place.store()
        with store.engine.begin() as connection:
            for number in range(N_LEADS):
                known = {"lead_id": f"L{number:03d}", "external_id": str(number + 1)}
                connection.execute(insert(lead_external_id).values(vendor="pipedrive", **known))
            # Every third lead was handed over; these by Awase itself.
            connection.execute(update(hand_over).values(definition_version="v", by="model"))
        with connected(place, VENDOR) as connection_:
            lacking = connection_.lacking()
            connection_.set_up()
            assert len(lacking) == len((*PUSHED, *answer_fields(place.definition())))
            assert connection_.lacking() == []
        yield Desk(place, store, there, server)
        store.close()


def test_fields_and_notes_are_written_once_and_nothing_else(desk: Desk, there: Company) -> None:
    before = {key: dict(row.values) for key, row in there.rows["persons"].items()}

    first, second = desk.push(), desk.push()

    assert (first.changed, first.arrived, first.failed, first.refused) == (N_LEADS, N_OURS, 0, 0)
    assert (second.changed, second.arrived, second.delivered) == (0, 0, 0)
    assert {key: row.values for key, row in there.rows["persons"].items()} == before
    assert len(desk.notes("L003")) == 1
    assert desk.notes("L003")[0].endswith("Awase-ID: L003/cycle-1")
    query = select(decision).where(decision.c.lead_id == "L003").order_by(decision.c.decision_id)
    with desk.store.engine.connect() as connection:
        newest = connection.execute(query).mappings().all()[-1]
    words = dict(next(field for field in PUSHED if field.name == "qualification").choices)
    assert desk.told("L003", "qualification") == words[newest["qualification"]].ja
    assert desk.told("L003", "probability") == round(newest["probability"] * 100, 1)


def test_a_lost_answer_logs_no_hand_over_twice(desk: Desk) -> None:
    lost = []

    def lose(number, call) -> None:
        first = call.method == "POST" and call.path.endswith("/notes") and not lost
        desk.server.faults.lost_after = number - 1 if first else None
        if first:
            lost.append(call)

    desk.server.faults.on_call = lose

    assert desk.push().failed == 1
    desk.let_time_pass()
    desk.push()

    notes = [note["content"].rpartition("Awase-ID: ")[2] for note in desk.there.notes.values()]
    assert len(notes) == len(set(notes)) == N_OURS


def test_what_sales_answer_is_read_back_with_its_time_and_kept_before_it_is_emptied(
    desk: Desk,
) -> None:
    desk.push()
    labels = {f.name: dict(f.choices) for f in answer_fields(desk.place.definition())}
    reason = next(key for key in labels["verdict_reason"] if key == "no_budget")
    answer = {"verdict": labels["verdict"]["returned"].ja,
              "verdict_reason": labels["verdict_reason"][reason].ja}  # fmt: skip
    at = datetime.fromisoformat("2026-05-01T09:00:00+00:00")
    desk.there.now = lambda: int(at.timestamp())
    desk.choose("L003", **answer)
    desk.choose("L006", **answer)

    pull_from(desk.place, VENDOR)
    desk.choose("L006", verdict=labels["verdict"]["accepted"].ja)
    desk.hand_over_again("L003")
    desk.push()

    query = select(outcome).where(outcome.c.reason == "no_budget", outcome.c.lead_id == "L003")
    with desk.store.engine.connect() as connection:
        (row,) = connection.execute(query).mappings().all()
    assert (row["stage"], row["by"], row["occurred_at"]) == ("returned", "pipedrive user 77", at)
    assert desk.told("L003", "verdict") is None
    assert len(desk.notes("L003")) == 2


def test_a_record_that_is_gone_is_told_and_stops_nobody(desk: Desk) -> None:
    desk.there.delete("persons", desk.person("L003"))

    report = desk.push()

    assert report.gone == ("L003",)
    assert report.delivered == N_LEADS + N_OURS - 2
    assert desk.told("L004", "qualification") is not None


def test_a_choice_that_went_is_told_before_anything_is_written(desk: Desk) -> None:
    field = next(f for f in PUSHED if f.name == "rulebook_qualification")
    own = next(f for f in desk.there.fields["persons"].values() if mark_of(field) in f.description)
    number, label = own.options.popitem()

    with pytest.raises(LeadDataError, match="Pipedrive must have Awase's fields; got 1 missing"):
        desk.push()
    with connected(desk.place, VENDOR) as connection:
        connection.set_up()

    assert label in own.options.values()
    assert number not in own.options
    assert desk.push().delivered == N_LEADS + N_OURS


def test_our_fields_are_known_though_people_rename_them(desk: Desk) -> None:
    for item in desk.there.fields["persons"].values():
        if item.custom and "[awase_" in item.description:
            item.name = "renamed"
    with connected(desk.place, VENDOR) as connection:
        assert connection.lacking() == []
        there = connection.client.fields("persons")
        assert len(ours(PUSHED, there)) == len(PUSHED)


def test_one_workspace_has_one_company(desk: Desk) -> None:
    account = writes_first(desk.place, VENDOR)
    assert str(account) == "Pipedrive 7654321 (production)"
    desk.there.number = 1

    with pytest.raises(LeadDataError, match="this workspace belongs to Pipedrive 7654321"):
        desk.push()


def test_clearing_empties_our_fields_and_no_other(desk: Desk) -> None:
    desk.push()
    name = desk.there.rows["persons"][desk.person("L003")].values["name"]

    assert clear_in(desk.place, VENDOR, "L003", by="test") == str(desk.person("L003"))

    row = desk.there.rows["persons"][desk.person("L003")]
    assert all(value is None for value in row.custom.values())
    assert row.values["name"] == name
