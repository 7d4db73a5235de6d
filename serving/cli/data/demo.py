"""``awase demo``: a simulated company from its CRM exports to a compared release.

The demo walks the same commands as a real company would: init, import, retrain, score. Only its
last part is a luxury: the simulator knows the true probability of some snapshots, so the report can
say how far the release is from the best that any model could do.
"""

import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow.parquet as arrow_parquet
import typer

from features.core.formats import count, number, share
from features.store import Store
from serving.cli.data.demo_months import CHANGED_IN, live_through, show_months
from serving.cli.data.demo_trial import TRIAL_MONTHS, WAIT_MONTHS, run_demo_trial
from serving.cli.data.import_files import run_import, show_import
from serving.cli.model.retrain import run_retrain, show_retrain
from serving.cli.operate.score import show_scored, write_predictions
from serving.cli.output.console import heading, in_shell, say, steps
from serving.cli.output.write_document import write_document
from serving.decisions.score_leads import score_leads
from serving.ledger.access.users import Role, read_user
from serving.review.month import month_of
from serving.web.sign_in.accounts import NewAccount, make_user
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace
from training.model.release import load_release
from training.reports.retrain_report import retrain_document
from training.simulation.closeness import closeness_to_truth
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings, mild_drift
from training.simulation.simulation import simulate

DEFAULT_FOLDER = Path("demo-workspace")
EXPORTS = "exports"
"""Folder of the workspace with the files a CRM would have exported."""

TRUTH = "truth.parquet"

FIRST_MONTH_LIVED = date(2024, 12, 1)
"""Of a demo whose world changes. The level that is mended two months after the change is tried on
leads whose 60 days must have passed when the year ends: from April to June there are 61, from
February to April only 59."""

FIRST_RETRAIN = 19
"""Months of history at the first of the monthly retrains."""

LEADS, LEADS_BY_MONTH, LEADS_BY_TRIAL = 20_000, 6_000, 5_000
"""Leads of one retrain, of one every month, and of a trial."""

CAPACITY_SHARE = 0.36
"""Of a month's new leads, those that sales can work: 400 of the 20,000 in 18 months, and as few of
fewer, since a capacity for everybody chooses nobody."""


app = typer.Typer(add_completion=False)


@app.command()
def demo(
    months: Annotated[int, typer.Option(help="Months of history.", min=6, max=60)] = 18,
    leads: Annotated[
        int | None,
        typer.Option(
            help="Leads created in them.",
            min=500,
            show_default=f"{LEADS:,}; {LEADS_BY_MONTH:,} from {FIRST_RETRAIN} months on",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Seed of the simulated company.", envvar="AWASE_SEED")
    ] = 20_260_401,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", help="Folder of the demo's workspace.")
    ] = DEFAULT_FOLDER,
    trial: Annotated[
        bool, typer.Option("--trial", help="Run a trial by lot whose true difference is known.")
    ] = False,
) -> None:
    """Simulate a company, import its exports, retrain, compare with the rulebook, score.

    With 19 months or more, a retrain at the end of every month from the nineteenth on; from 26
    months on the world changes in the twenty-sixth. The last month has ended by today. With
    --trial, nine months of a trial of model and rulebook follow, and what it should have found.
    """

    began = time.monotonic()
    if trial:
        settings = trial_settings(months, leads, seed).ended_by(date.today())
        found = run_demo_trial(settings, workspace)
        logins = ", ".join(make_demo_people(found.place.store()))
        say(f"\n  awase serve -w {in_shell(workspace)}   the pages, /trial among them, at")
        say(f"      http://127.0.0.1:8000; sign in as {logins}, password {DEMO_PASSWORD}")
        say(f"\nDone in {time.monotonic() - began:.0f} s.")
        return
    settings = demo_settings(months, leads, seed).ended_by(date.today())
    place, exports = _simulate(settings, workspace)
    heading("Import")
    files = sorted(exports.glob("*.csv"))
    zone = place.definition().zone
    show_import(run_import(place, files, mapping=exports / "import.yaml"), zone)
    lived = (
        live_through(place, settings, first_retrain=FIRST_RETRAIN)
        if months >= FIRST_RETRAIN
        else ()
    )
    report = lived[-1].report if lived else None
    if report is None:
        heading("Retrain")
        with steps() as step:
            report = run_retrain(place, None, step)
    show_retrain(report, zone)
    show_truth(place, exports / TRUTH, release_id=report.release_id)
    scored = score_leads(place)
    predictions = place.report_path("predictions.csv")
    write_predictions(scored, predictions)
    show_scored(scored, zone)
    if lived:
        show_months(place, lived)
    write_document(place, "retrain", retrain_document(report, zone))
    _show_places(place, predictions, report.release_dir)
    _show_next(place, scored.most_likely, month=month_of(scored.as_of, zone).name)
    say(f"\nDone in {time.monotonic() - began:.0f} s.")


def demo_settings(months: int, leads: int | None, seed: int) -> CompanySettings:
    """Describe the company of a demo; what its sales can work grows with its leads.

    Parameters
    ----------
    months : int
        Of history.
    leads : int or None
        Created in them; as many as fit the months unless given.
    seed : int
    """
    leads = leads or (LEADS_BY_MONTH if months >= FIRST_RETRAIN else LEADS)
    settings = CompanySettings(
        leads=leads,
        months=months,
        seed=seed,
        capacity_per_month=max(round(CAPACITY_SHARE * leads / months), 1),
    )
    if months < CHANGED_IN:
        return settings
    return replace(settings, first_month=FIRST_MONTH_LIVED, drift=mild_drift(CHANGED_IN - 1))


def trial_settings(months: int, leads: int | None, seed: int) -> CompanySettings:
    """Describe the company of a demo that ends with a trial.

    Parameters
    ----------
    months : int
        Before the trial.
    leads : int or None
        Created in all months, those of the trial included.
    seed : int
    """
    together = months + TRIAL_MONTHS + WAIT_MONTHS
    leads = leads or LEADS_BY_TRIAL
    return CompanySettings(
        leads=leads,
        months=together,
        seed=seed,
        capacity_per_month=max(round(CAPACITY_SHARE * leads / together), 1),
    )


def _simulate(settings: "CompanySettings", folder: Path) -> "tuple[Workspace, Path]":

    heading(
        f"A simulated company: {count(settings.leads).en} leads over {settings.months} months, "
        f"seed {settings.seed}"
    )
    exports = folder / EXPORTS
    with steps() as step:
        step("simulating leads", 0, 1)
        company = simulate(settings)
        step("simulating leads", 1, 1)
        step("writing its CRM exports and true probabilities", 0, 1)
        write_company(company, exports)
        step("writing its CRM exports and true probabilities", 1, 1)
    for path in sorted(exports.iterdir()):
        say(f"  {path} ({path.stat().st_size / 1e6:.1f} MB)")
    return create_workspace(folder, exports / "lead_definition.yaml"), exports


def _show_places(place: "Workspace", predictions: Path, release_dir: str) -> None:
    heading("Where things are")
    say(f"  release         {release_dir}")
    say(f"  whole report    {place.report_path('retrain.en.html')}")
    say(f"  MLflow          mlflow ui --backend-store-uri {in_shell(place.tracking_uri)}")
    say(f"  lead tables     {place.database_url}")
    say(f"  scored leads    {predictions}")
    say(f"  the agreement   {place.definition_path}")


def _show_next(place: "Workspace", lead: str, *, month: str) -> None:

    logins = ", ".join(make_demo_people(place.store()))
    heading("Try next")
    folder = in_shell(place.folder)
    say(f"  awase explain {lead} --lang ja -w {folder}   why this lead comes first")
    say(f"  awase review --month {month} -w {folder}   the month as both teams look at it")
    say(f"  awase check -w {folder}   what the data can support")
    say(f"  awase serve -w {folder}   the pages, at http://127.0.0.1:8000;")
    say(f"      sign in as {logins} with the password {DEMO_PASSWORD}")
    say(f"  (awase is in {Path(sys.executable).parent})")


def show_truth(place: "Workspace", path: Path, *, release_id: str) -> None:
    """Print a release's expected log loss under the true probabilities, beside the lowest possible.

    Parameters
    ----------
    place : Workspace
    path : path
        Parquet file with the true probabilities of simulated snapshots.
    release_id : str
        The release to measure.
    """

    found = closeness_to_truth(
        load_release(place.releases_dir / release_id),
        arrow_parquet.read_table(path),
        tables=place.store().read_tables(),
        definition=place.definition(),
    )
    if found is None:
        return
    heading(f"Against the true probabilities of {count(found.n_snapshots).en} later snapshots")
    say(
        f"  expected log loss {number(found.expected).en}, {share(found.excess).en} above the "
        f"least any model could reach ({number(found.least).en}); "
        f"the base rate alone: {number(found.base_rate).en}"
    )


DEMO_PASSWORD = "awase-demo-company"
"""Known to everybody who reads this: for simulated companies only, on the reader's own machine."""


def make_demo_people(store: Store) -> tuple[str, ...]:
    """Make an account named after each role, unless it is there; give their logins."""
    for role in Role:
        if read_user(store, role.value) is None:
            account = NewAccount(login=role.value, name=role.value, role=role)
            make_user(store, account, DEMO_PASSWORD, by="demo", is_own=True)
    return tuple(role.value for role in Role)
