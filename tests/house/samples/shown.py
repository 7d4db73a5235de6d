"""What each thing that test_places.py adds is good for; runs in the copy that it was added to."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter
from sqlalchemy import select
from starlette.testclient import TestClient

from features.catalogue import build_catalogue
from features.core.clock import DAY
from features.definition import TEMPLATE, LeadDefinition, parse_definition, read_definition
from features.definition.conditions import Condition
from features.families.category_levels import levels_in_rules
from features.history import History
from features.importing.import_files import import_files
from features.importing.proposal.writing.propose_mapping import propose_mapping
from features.moments import Moments
from features.rulebook.explain import explain
from features.rulebook.judge import judge
from features.snapshot import Snapshot, take_snapshot
from features.store import Store
from features.store.schema import lead_external_id
from serving.api.routes.requests import Lead
from serving.crm.registry import find_vendor, known_exports
from serving.ledger.access.sessions import hash_token, start_session
from serving.ledger.access.users import Role, User, add_user
from serving.ledger.outbox.webhook_events import _HAND_OVERS
from serving.reasons.answers import group_answers
from serving.reasons.concepts import list_concepts
from serving.reasons.phrases.row import FeatureRow
from serving.review.make_review import make_review
from serving.review.month import Month
from serving.web.app import create_app
from serving.web.request.session import SESSION_COOKIE
from serving.workspace.create import create_workspace
from training.metrics.with_intervals import measure
from training.reports.metric_sections import metrics_table
from training.results.records import Metrics, from_json, to_json
from training.results.scored import ScoredSnapshots

SATURDAY = 19_723 * DAY + 5 * DAY  # 6 January 2024
POSTAL_CODE = "  - {name: postcode, kind: postal_code, label: {ja: 郵便番号, en: Postcode}}\n"
ACTIVE = """
    - name: active
      label: {ja: 活動, en: Active}
      when: {active_days: 2}
      points: 7
"""


def _snapshot(definition: LeadDefinition, tables, at: int) -> Snapshot:
    history = History.from_tables(tables, definition)
    catalogue = build_catalogue(definition, levels_in_rules(definition))
    moments = Moments.of([0], [at])
    return take_snapshot(history, catalogue, moments)


def test_the_columns_of_a_feature_family_are_in_snapshots_and_in_reasons(make_tables) -> None:
    definition = read_definition(TEMPLATE)
    columns = []
    for day in (0, 2):
        snapshot = _snapshot(definition, make_tables(), SATURDAY + day * DAY)
        columns.append(snapshot.column("is_weekend")[0])

    assert columns == [1.0, 0.0]
    concepts = {one.name: one for one in list_concepts(definition, snapshot.catalogue)}
    row = FeatureRow(values=snapshot.matrix[0].tolist(), as_of=SATURDAY, zone=definition.zone)
    assert concepts["weekend"].words(row).en == "Weekend: no"


def test_an_attribute_of_a_new_kind_is_read_told_and_asked(make_tables) -> None:
    text = TEMPLATE.read_text(encoding="utf-8").replace(
        "attributes:\n", "attributes:\n" + POSTAL_CODE, 1
    )
    definition = parse_definition(text, "postcode.yaml")
    facts = [{"lead_id": "L1", "attribute": "postcode", "known_at": 10, "value": "〒100-0001"}]
    snapshot = _snapshot(definition, make_tables(facts=facts), SATURDAY)

    assert snapshot.column("postcode_is_tokyo")[0] == 1.0
    concepts = {one.name: one for one in list_concepts(definition, snapshot.catalogue)}
    row = FeatureRow(values=snapshot.matrix[0].tolist(), as_of=SATURDAY, zone=definition.zone)
    assert concepts["postcode"].words(row).en == "Postcode: Tokyo"
    assert concepts["postcode"].is_present(snapshot.matrix).all()
    (answer,) = group_answers(definition.attribute("postcode"), snapshot.catalogue, snapshot.matrix)
    assert answer.words.ja == "東京"


def test_a_rule_of_a_new_kind_is_read_counted_and_said(make_tables) -> None:
    text = TEMPLATE.read_text(encoding="utf-8").replace("  rules:\n", "  rules:" + ACTIVE, 1)
    definition = parse_definition(text, "active.yaml")
    behaviour = definition.lead_behaviours[0].name
    events = [
        {"lead_id": "L1", "behaviour": behaviour, "occurred_at": SATURDAY - day * DAY}
        for day in (3, 5)
    ]
    snapshot = _snapshot(definition, make_tables(events=events), SATURDAY)
    without = definition.rulebook.model_copy(update={"rules": definition.rulebook.rules[1:]})

    points = judge(snapshot, definition.rulebook).points - judge(snapshot, without).points
    assert points.tolist() == [7.0]
    assert "Active" in [line.label.en for line in explain(snapshot, definition).lines if line.label]
    condition = TypeAdapter(Condition).validate_python({"active_days": 2})
    assert condition.words(definition).en == "active on at least 2 days"


def test_a_measure_is_taken_kept_and_told() -> None:
    n = 400
    draw = np.random.default_rng(3).random((2, n))
    scored = ScoredSnapshots(
        probability=draw[0], converted=draw[1] < draw[0], matured=np.ones(n, bool),
        lead=np.arange(n), group=np.arange(n), as_of=np.zeros(n, np.int64),
    )  # fmt: skip

    metrics = measure(scored, base_rate=0.5, repeats=20)

    error = metrics.figure("mean_error")
    assert error is not None
    assert error.value == pytest.approx(np.mean(draw[0] - scored.converted))
    assert from_json(Metrics, to_json(metrics)) == metrics
    assert "Mean error" in str(metrics_table(metrics))


def test_a_kpi_is_in_the_review(make_tables, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'kpi.db'}")
    behaviour = read_definition(TEMPLATE).lead_behaviours[0].name
    seen = {"lead_id": "L1", "behaviour": behaviour, "occurred_at": SATURDAY + 40 * DAY}
    store.write(make_tables(created_at=SATURDAY, events=[seen]))

    review = make_review(store, read_definition(TEMPLATE), Month(year=2024, number=1), release=None)

    (line,) = [line for line in review.kpis if line.name == "created_again"]
    assert (line.now.value, line.team) == (1, "marketing")
    store.close()


def test_a_page_answers_whom_it_says(tmp_path: Path) -> None:
    app = create_app(create_workspace(tmp_path / "place", TEMPLATE))
    store: Store = app.state.services.store
    status, said = {}, {}
    for role in Role:
        user = User(
            login=role.value, name=role.value, role=role, team=None, language="en",
            password_hash="none", made_at=datetime(2026, 4, 1, tzinfo=UTC),
        )  # fmt: skip
        add_user(store, user, by="test")
        client = TestClient(app, base_url="https://awase.test", follow_redirects=False)
        assert client.get("/hello").headers["location"].startswith("/sign-in")
        token = secrets.token_hex()
        start_session(store, role.value, token_hash=hash_token(token), lasts=timedelta(hours=1))
        client.cookies.set(SESSION_COOKIE, token, domain="awase.test")
        answer = client.get("/hello")
        status[role], said[role] = answer.status_code, answer.text
    assert status == {role: 200 if role is Role.ADMIN else 403 for role in Role}
    assert "<h1>Good afternoon</h1>" in said[Role.ADMIN]
    store.close()


def test_a_crm_is_known_to_imports_api_and_webhooks(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Lead ID,Create Date,Email,Acme Stage\nA1,2024-01-02,a@x.example,new\n")
    definition = read_definition(TEMPLATE)
    proposal = propose_mapping([file], definition, exports=known_exports())
    store = Store.open(f"sqlite:///{tmp_path / 'crm.db'}")

    import_files(store, [file], mapping=proposal.mapping, definition=definition)

    with store.engine.connect() as connection:
        ids = connection.execute(select(lead_external_id)).all()
    assert ids == [("A1", "acme", "A1")]
    assert find_vendor("acme").title == "Acme"
    assert Lead(acme_id="7").external_ids == {"acme": "7"}
    assert "acme_id" in _HAND_OVERS.selected_columns
    store.close()
