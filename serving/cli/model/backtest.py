"""``awase backtest``: each past month as it would have been."""

from typing import Annotated

import typer

from features.core.atomic_folder import write_whole_file
from features.core.progress import Steps
from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_instant
from serving.cli.options import ClusterOption, JsonOption, WorkspaceOption
from serving.cli.output.console import KEPT_FITS, READ, as_json, say, steps
from serving.cli.output.show_document import show_document
from training.dataset.dataset import load_dataset
from training.evaluation.backtest import backtest as score_months
from training.on_dask import on_cluster
from training.reports.backtest_report import backtest_document
from training.results_store import keep_backtest
from training.tracking.mlflow_backtest import backtest_documents, log_backtest
from training.train.step_cache import KeptSteps

app = typer.Typer(add_completion=False)


@app.command()
def backtest(
    first: Annotated[str | None, typer.Option("--from", help="First month, as 2026-01-01.")] = None,
    last: Annotated[
        str | None, typer.Option("--until", "--to", help="Last month, as 2026-03-01.")
    ] = None,
    workspace: WorkspaceOption = None,
    cluster: ClusterOption = None,
    json: JsonOption = False,
) -> None:
    """Score each past month by a fit on what had matured when it began."""

    place = open_workspace(workspace)
    definition = place.to_learn().definition
    store = place.store()
    with steps(KEPT_FITS) as step:
        with Steps(step).step(READ) as told:
            dataset = load_dataset(store, definition, data_cutoff=None, seed=place.seed, told=told)
        with on_cluster(dataset, cluster, place.releases_dir) as where:
            found = score_months(
                where,
                first=None if first is None else parse_instant(first, definition.zone),
                last=None if last is None else parse_instant(last, definition.zone),
                progress=lambda done, total: step("scoring months", done, total),
                kept=KeptSteps.of_months(place.releases_dir),
            )
    # The monthly review shows these months beside those the ledger has decisions of.
    keep_backtest(store, found)
    documents = backtest_documents(found, definition)
    for name, text in documents.items():
        write_whole_file(place.report_path(name), text.encode())
    log_backtest(found, place.tracking_uri, documents=documents, definition=definition)
    if json:
        as_json(found)
        return
    show_document(backtest_document(found, definition))
    say(f"\nReport:  {place.report_path('backtest.en.html')} (and .ja, .md; also in MLflow)")
