"""``awase demo --trial``: the simulated company runs a trial whose true difference is known.

The company lives until the first day of the trial, a release is learned from what it knows, and
from then on Awase hands its leads over: every two weeks all open leads are decided about by lot,
and who is handed over lives on as leads in work do. The same company lives the same weeks twice
more, judged by its rulebook alone and by the release alone. What that changes in the opportunities
expected of the leads that entered is the true difference, which no company ever gets to see.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import select

from features.core.atomic_folder import write_whole_file
from features.core.clock import DAY, from_second, to_second
from features.core.errors import LeadDataError
from features.core.estimate import Measured
from features.core.formats import calendar_date, count, number, signed
from features.definition import LeadDefinition
from features.history import History
from features.snapshot import take_snapshot
from features.store import Store
from features.store.lead_tables import LeadTables
from features.store.schema import hand_over
from features.store.sqlite_url import sqlite_url
from serving.cli.model.retrain import run_retrain, show_retrain
from serving.cli.output.console import heading, say, steps
from serving.cli.output.show_document import show_document
from serving.decisions.decide import decide, decision_table
from serving.decisions.hand_over import Decided, follow
from serving.decisions.in_force.apply import catalogue_of, load_champion
from serving.decisions.look_at_trial import look_at_trial
from serving.decisions.score_leads import open_leads
from serving.ledger.decisions import write_decisions
from serving.ledger.leads.lead_state import lock_standings, refresh_within
from serving.ledger.trial_leads import read_lot
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace
from training.model.release import Release
from training.reports.trial_document import trial_document
from training.simulation.behaviour.state import Ints
from training.simulation.definition import definition_text
from training.simulation.going_company import GoingCompany, midnight
from training.simulation.settings import CompanySettings
from training.trial.records import TrialReport

PER_LEADS = 100

EVERY_DAYS = 14
"""Days from one decision about all leads to the next."""

TRIAL_MONTHS, WAIT_MONTHS = 6, 3
"""Months in which leads enter, and those until the last has ripened: 60 days and a week."""

WORTHWHILE = 1.0

TRIAL = """
trial:
  name: demo
  hypothesis: {{ja: モデルのほうが商談につながる, en: The model finds more opportunities}}
  arms: [{{name: rulebook, share: 0.5}}, {{name: model, share: 0.5}}]
  starts_on: {starts_on}
  months: {months}
  worthwhile: {worthwhile}
  expected_accounts: {accounts}
  signed_by: [{{team: marketing, name: demo}}, {{team: sales, name: demo}}]
"""


@dataclass(frozen=True, kw_only=True)
class DemoTrial:
    """A simulated trial and the truth about it.

    Attributes
    ----------
    truth : Measured
        Opportunities more per 100 leads that entered, were all judged by the model and not by the
        rulebook; with the interval that simulating leaves.
    """

    place: Workspace
    report: TrialReport
    truth: Measured

    @property
    def covers(self) -> bool | None:
        """Whether the trial's interval holds the truth; None before it has one."""
        found = self.report.comparisons[0].figure("outcomes_per_100_leads").plain
        if found is None or found.low is None or found.high is None:
            return None
        return found.low <= self.truth.value <= found.high


def run_demo_trial(settings: CompanySettings, folder: Path) -> DemoTrial:
    """Simulate a company and its trial into a new workspace, and print what came of it.

    Parameters
    ----------
    settings : CompanySettings
        Of which the last months are those of the trial and those after it.
    folder : Path
        Of the workspace.
    """
    began = settings.month(settings.months - TRIAL_MONTHS - WAIT_MONTHS)
    begins = midnight(began)
    place = _workspace(settings, folder, starts_on=str(began))
    store, definition = place.store(), place.definition()
    heading(f"A simulated company of {count(settings.leads).en} leads until its trial begins")
    company = GoingCompany.of(settings)
    first = company.live_until(begins)
    store.write(first)
    heading(f"Retrain with what was known on {calendar_date(began).en}")
    with steps() as step:
        learned = run_retrain(place, begins, step)
    show_retrain(learned, definition.zone)
    release = load_champion(store, place)
    before = company.copy()
    heading(f"{TRIAL_MONTHS} months of trial, and {WAIT_MONTHS} until the last lead has ripened")
    _go_on(company, store, definition, release, seed=place.seed)
    report = look_at_trial(place, store, definition)
    truth = _truth(before, first, store, definition, release=release, seed=place.seed)
    found = DemoTrial(place=place, report=report, truth=truth)
    _show(found, definition)
    return found


def _workspace(settings: CompanySettings, folder: Path, *, starts_on: str) -> Workspace:
    """Make a workspace whose agreement names the trial."""
    told = TRIAL.format(
        starts_on=starts_on,
        months=TRIAL_MONTHS,
        worthwhile=WORTHWHILE,
        accounts=max(round(settings.leads / settings.months * TRIAL_MONTHS), 1),
    )
    with TemporaryDirectory() as made:
        path = Path(made) / "lead_definition.yaml"
        write_whole_file(path, (definition_text(settings) + told).encode())
        return create_workspace(folder, path)


def _go_on(
    company: GoingCompany,
    store: Store,
    definition: LeadDefinition,
    release: Release | None,
    *,
    seed: int,
) -> None:
    """Decide about all open leads every two weeks, and let them live on."""
    place_of = {lead_id: place for place, lead_id in enumerate(company.lead_ids)}
    end = midnight(company.settings.end_month)
    with steps() as step:
        n_days = (end - company.now) // DAY
        while company.now < end:
            until = min(company.now + EVERY_DAYS * DAY, end)
            handed = decide_by_lot(store, definition, release, at=company.now, seed=seed)
            placed = {place_of[lead_id]: level for lead_id, level in handed.items()}
            store.write(company.live_until(until, placed))
            step("living on", int(n_days - (end - company.now) // DAY), int(n_days))


def decide_by_lot(
    store: Store, definition: LeadDefinition, release: Release | None, *, at: int, seed: int
) -> dict[str, str]:
    """Decide about all open leads as of an instant, and hand over; gives who was handed over.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
        With a trial or without one.
    release : Release or None
        None where the rulebook alone decides.
    at : int
        Seconds since 1970 UTC.
    seed : int
        Of exploration.
    """
    tables = store.read_tables()
    history = History.from_tables(tables, definition)
    moments = open_leads(tables, history, definition, as_of=at)
    snapshot = take_snapshot(history, catalogue_of(release, definition), moments)
    made = decide(snapshot, definition=definition, release=release)
    version = definition.fingerprint.agreement
    rows = decision_table(
        made, history.lead_ids, definition_version=version, decided_at=at, run_id=None
    )
    write_decisions(store, rows)
    now = from_second(at)
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        lock_standings(connection)
        refresh_within(connection, definition)
        follow(
            connection,
            Decided(
                definition=definition,
                definition_version=version,
                release_id=made.release_id,
                as_of=now,
                handed_over_at=now,
                seed=seed,
            ),
        )
        connection.commit()
        query = select(hand_over.c.lead_id, hand_over.c.qualification)
        found = connection.execute(query.where(hand_over.c.handed_over_at == now)).all()
    return {row.lead_id: row.qualification for row in found}


def _truth(
    before: GoingCompany,
    first: LeadTables,
    store: Store,
    definition: LeadDefinition,
    *,
    release: Release | None,
    seed: int,
) -> Measured:
    """Let the company live the trial's weeks under each judge alone, and compare."""
    lead, entered = _entries(before, store, definition)
    before.expect_within_horizon(lead, entered)
    alone = definition.model_copy(update={"trial": None})
    expected = []
    for who, judge in (("rulebook", None), ("model", release)):
        say(f"  the same weeks, all judged by the {who}")
        with _other_store(first) as other:
            company = before.copy()
            _go_on(company, other, alone, judge, seed=seed)
        expected.append(company.expected[lead])
    difference = PER_LEADS * (expected[1] - expected[0])
    error = float(difference.std() / np.sqrt(len(difference)))
    value = float(difference.mean())
    return Measured(value=value, low=value - 1.96 * error, high=value + 1.96 * error)


def _entries(company: GoingCompany, store: Store, definition: LeadDefinition) -> tuple[Ints, Ints]:
    """Positions of the leads that entered in time, and when each did."""
    trial = definition.trial
    if trial is None:
        raise LeadDataError("a demo of a trial needs one in its agreement; got none. Start anew.")
    with store.engine.connect() as connection:
        lot = read_lot(connection, trial)
    counts = lot.entered < to_second(trial.closes(definition.zone))
    place_of = {lead_id: place for place, lead_id in enumerate(company.lead_ids)}
    lead = np.array([place_of[one] for one in lot.lead_id[counts]], dtype=np.int64)
    return lead, lot.entered[counts]


@contextmanager
def _other_store(first: LeadTables) -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        store = Store.open(sqlite_url(Path(folder) / "other.db"))
        store.write(first)
        yield store
        store.close()


def _show(found: DemoTrial, definition: LeadDefinition) -> None:
    show_document(trial_document(found.report, definition.zone))
    heading("The truth, which only a simulation knows")
    plain = found.report.comparisons[0].figure("outcomes_per_100_leads").plain
    told = None if plain is None else Measured(value=plain.value, low=plain.low, high=plain.high)
    say(
        f"  opportunities more per 100 leads, were all judged by the model and not by the "
        f"rulebook: {signed(found.truth).en}"
    )
    say(f"  what the trial says: {signed(told).en}")
    said = {True: "holds the truth", False: "misses the truth", None: "is still to come"}
    say(f"  its interval {said[found.covers]}; the smallest difference worth having is "
        f"{number(found.report.worthwhile, 2).en}")  # fmt: skip
