"""``awase evaluate``: probabilities of named leads by a fit on others, to compare row by row."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import typer

from features.core.atomic_folder import whole_file
from features.core.errors import LeadDataError, Refusal
from features.core.formats import count, local_date, share
from features.core.guarded_csv import write_guarded_csv
from features.data_clock import settle_cutoff
from features.definition import LeadDefinition
from features.store import Store
from features.store.arrivals import known_until
from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_cutoff
from serving.cli.options import TABLES, DataCutoffOption, JsonOption, WorkspaceOption, ends_in
from serving.cli.output.console import as_json, heading, say, steps
from serving.cli.output.show_document import show_section
from training.dataset.dataset import load_dataset
from training.evaluation.evaluate_leads import Evaluation, evaluate_leads
from training.leakage.audit import audit_leakage
from training.metrics.with_intervals import measure
from training.promotion.gate import Evidence, judge_fit
from training.reports.metric_sections import metrics_section, reliability_section
from training.reports.retrain_report import MARKS
from training.results.records import AuditFinding, GateVerdict, Metrics

app = typer.Typer(add_completion=False)


@app.command()
def evaluate(
    test_leads: Annotated[
        Path,
        typer.Option(
            help="CSV or Parquet with lead_id and optionally as_of (default: the creation "
            "snapshot of each lead).",
            callback=ends_in(*TABLES),
        ),
    ],
    predictions: Annotated[
        Path,
        typer.Option(
            help="CSV or Parquet to write: lead_id, as_of, probability, outcome.",
            callback=ends_in(*TABLES),
        ),
    ],
    data_cutoff: DataCutoffOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Judge named leads by a fit that knew nothing of them, and say what became of them."""

    place = open_workspace(workspace)
    definition = place.to_learn().definition
    asked = _read(test_leads)
    store = place.store()
    tables = store.read_tables()
    cutoff = settle_cutoff(
        tables,
        definition,
        asked=parse_cutoff(data_cutoff, definition.zone),
        known_until=known_until(store),
    )
    with steps() as step:
        evaluation = evaluate_leads(
            tables,
            definition,
            asked,
            data_cutoff=cutoff,
            seed=place.seed,
            progress=lambda done: step("training", round(100 * done), 100),
        )
    _write(evaluation.to_frame(), predictions)
    settled = evaluation.scored.settled
    metrics = None
    if len(settled.probability):
        metrics = measure(settled, base_rate=evaluation.base_rate)
    audit, refused = _audit(store, definition, data_cutoff=cutoff, seed=place.seed)
    verdict = _judge(evaluation, definition, metrics, audit=audit)
    if json:
        as_json(
            {
                "n_train": evaluation.n_train,
                "metrics": metrics,
                "predictions": predictions,
                "out_of_range": evaluation.out_of_range,
                "audit": audit,
                "gate": verdict,
                "a_retrain_would_refuse": refused,
            }
        )
        return
    _show(evaluation, metrics, definition.zone)
    _show_gate(evaluation, verdict, audit=audit, refused=refused)
    say(f"\n{count(len(evaluation.lead_ids)).en} rows written to {predictions}")


def _show(evaluation: "Evaluation", metrics: "Metrics | None", zone: "ZoneInfo") -> None:
    heading(
        f"Trained on {count(evaluation.n_train).en} snapshots of other leads"
        + (
            f", all matured before {local_date(evaluation.trained_before, zone).en}"
            if evaluation.forecast
            else "; these data have no dates: this is not a forecast"
        )
    )
    say(f"  {share(evaluation.base_rate).en} of them converted")
    for note in evaluation.notes:
        say(f"  {note.en}")
    if metrics is None:
        say("  No test lead has matured yet: there are probabilities, but nothing to hold against.")
        return
    for section in (metrics_section(metrics), *reliability_section(metrics.reliability)):
        show_section(section)


def _audit(
    store: Store, definition: LeadDefinition, *, data_cutoff: int, seed: int
) -> tuple[tuple[AuditFinding, ...], str | None]:
    """What the leakage audit finds in the tables, or why nothing could be learned from them."""
    try:
        dataset = load_dataset(store, definition, data_cutoff=data_cutoff, seed=seed)
        return audit_leakage(dataset), None
    except Refusal as why:
        return (), str(why)


def _judge(
    evaluation: Evaluation,
    definition: LeadDefinition,
    metrics: Metrics | None,
    *,
    audit: tuple[AuditFinding, ...],
) -> GateVerdict | None:
    """The gate's checks of the fit; None where nothing has matured."""
    if metrics is None:
        return None
    settled = evaluation.scored.settled
    evidence = Evidence(
        metrics=metrics,
        audit=audit,
        n_converted_leads=evaluation.n_converted_leads,
        n_tested_leads=len(np.unique(settled.lead[settled.converted])),
    )
    return judge_fit(evidence, definition.gate)


def _show_gate(
    evaluation: "Evaluation",
    verdict: GateVerdict | None,
    *,
    audit: tuple[AuditFinding, ...],
    refused: str | None,
) -> None:
    heading("What a retrain would say of such a fit")
    for found in evaluation.out_of_range:
        say(f"  {found.sentence.en}")
    if refused is not None:
        say(f"  It would be refused: {refused}")
    for check in () if verdict is None else verdict.checks:
        say(f"  {MARKS[check.passed].en}: {check.sentence.en}")
    for finding in audit:
        say(f"  {finding.column} ({finding.severity}): {finding.sentence.en}")
    if verdict is not None and not verdict.passed:
        say("  It would be refused.")


def _read(path: Path) -> "pd.DataFrame":

    if not path.is_file():
        msg = f"--test-leads names a file; got {path}, which is none. Check the path."
        raise LeadDataError(msg)
    try:
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path)
        # Ids are text: "007" must stay what it is.
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) is not None:
            raise  # of the disk; without a number it is a reader's word for damaged bytes
        msg = f"--test-leads names a CSV file in UTF-8 or Parquet; got {path.name}, which is not. "
        raise LeadDataError(msg + "Export it again.") from None
    frame.columns = frame.columns.str.strip()
    return frame


def _write(frame: "pd.DataFrame", path: Path) -> None:
    if path.suffix.lower() == ".parquet":
        with whole_file(path) as stream:
            frame.to_parquet(stream, index=False)
    else:
        # All digits: the probabilities are to be compared with other tools' to the last bit.
        write_guarded_csv(pa.Table.from_pandas(frame, preserve_index=False), path)
