"""Explain one lead of a workspace: from its id to its card.

The past leads it is compared with are written when a release is made and kept beside the releases;
where the file is not there, for a release that older code made, the next card gathers them anew.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.core.clock import from_second
from features.core.errors import LeadDataError, Refusal
from features.core.progress import PARTS, Progress, ignore_progress
from features.data_clock import clock_of, read_clock
from features.definition import LeadDefinition
from features.store import Store
from features.store.arrivals import known_until
from features.store.lead_tables import LeadTables
from serving.decisions.in_force.apply import in_force_at, load_champion
from serving.decisions.score_leads import refuse_ahead
from serving.ledger.decisions import read_decisions_about
from serving.reasons.card import CardMaker, LeadCard
from serving.reasons.explainer import Explainer
from serving.reasons.similar.past_points import PastPoints
from serving.reasons.why_moved import Viewpoint
from serving.workspace.workspace import Workspace
from training.dataset.past_leads import PastLeads, load_past_leads
from training.dataset.snapshot_grid import UNDATED_AS_OF
from training.model.release import Release, load_release

EXPLAIN = "make the card"
"""The step that progress is told of, in hundredths of the time it takes on the demo."""


def explain_lead(
    workspace: Workspace,
    lead_id: str,
    as_of: int | None = None,
    *,
    progress: Progress = ignore_progress,
) -> LeadCard:
    """Make the card of one lead by the champion, compared with the decision before.

    Parameters
    ----------
    workspace : Workspace
    lead_id : str
    as_of : int, optional
        Instant to look from, in seconds since 1970 UTC, under the agreement of that instant. Unless
        given, that of the newest decision under the agreement of today; without a decision, the
        second up to which the tables reach.
    progress : callable
        Told how far it is.

    Raises
    ------
    LeadDataError
        If there is no such lead, or the champion's folder is damaged.
    Refusal
        If there is no champion: nothing but the rulebook could be explained; or the moment has
        not come.
    """
    seen = look_at(workspace, lead_id, as_of, progress=progress)
    decisions = read_decisions_about(workspace.store(), lead_id)
    before = _decision_before(decisions, seen.moment, workspace=workspace, current=seen.maker)
    card = seen.maker.card(seen.tables, as_of=seen.moment, lead_id=lead_id, before=before)
    progress(EXPLAIN, PARTS, PARTS)
    return card


@dataclass(frozen=True, kw_only=True)
class LeadLook:
    """One lead, an instant, and what makes its card.

    Attributes
    ----------
    maker : CardMaker
    tables : LeadTables
        Of that lead and, where the definition asks about them, its colleagues.
    moment : int
        Seconds since 1970 UTC.
    """

    maker: CardMaker
    tables: LeadTables
    moment: int


def look_at(
    workspace: Workspace,
    lead_id: str,
    as_of: int | None = None,
    *,
    progress: Progress = ignore_progress,
) -> LeadLook:
    """Read one lead and what its card is made with.

    Parameters
    ----------
    workspace : Workspace
    lead_id : str
    as_of : int, optional
        See :func:`explain_lead`, which also says what is raised.
    progress : callable
        Told how far it is.
    """
    progress(EXPLAIN, 0, PARTS)
    refuse_ahead(as_of)
    store = workspace.store()
    at = datetime.now(UTC) if as_of is None else from_second(as_of)
    champion = load_champion(store, workspace)
    in_force = in_force_at(workspace, store, at, champion=champion)
    progress(EXPLAIN, 50, PARTS)
    definition, release = in_force.definition, in_force.release
    if champion is None or release is None:
        msg = "explaining needs a champion; got none yet. Make one with `awase retrain`."
        raise Refusal(msg)
    tables = store.read_with_colleagues(lead_id, definition.judged_account)
    if not tables.lead.num_rows:
        msg = f"a lead must be in the tables; got {lead_id!r}. Check the id, or import the lead."
        raise LeadDataError(msg)
    decisions = read_decisions_about(store, lead_id)
    moment = _moment(store, definition, decisions, as_of)
    # They are the boosters', whatever the cut-offs.
    past = past_leads(workspace, champion, definition)
    explainer = Explainer.of(release.fit, definition, few_leads=True)
    maker = CardMaker(release=release, explainer=explainer, past=PastPoints.of(past, explainer))
    progress(EXPLAIN, 95, PARTS)
    return LeadLook(maker=maker, tables=tables, moment=moment)


def past_leads(workspace: Workspace, release: Release, definition: LeadDefinition) -> PastLeads:
    """Read the past leads of a release from its file; where there is none, make the file first.

    Parameters
    ----------
    workspace : Workspace
    release : Release
    definition : LeadDefinition
    """
    path = workspace.past_leads_path(release.release_id)
    if path.is_file():
        return PastLeads.read(path).explained(release.fit)
    store = workspace.store()
    tables = store.read_tables()
    clock = clock_of(tables, definition, known_until=known_until(store))
    found = load_past_leads(tables, definition, release=release, data_cutoff=clock.data_cutoff)
    found.write(path)
    return found


def _moment(
    store: Store, definition: LeadDefinition, decisions: pa.Table, as_of: int | None
) -> int:
    if not definition.dated:
        return UNDATED_AS_OF
    if as_of is not None:
        return as_of
    if decisions.num_rows:
        return int(decisions.column("as_of")[0].as_py())
    return read_clock(store, definition).reach


def _decision_before(
    decisions: pa.Table, moment: int, *, workspace: Workspace, current: CardMaker
) -> Viewpoint | None:
    """The newest earlier decision of a release, ready to be compared with; None without one."""
    for row in decisions.to_pylist():
        if row["as_of"] >= moment or row["release_id"] is None:
            continue
        explainer = _explainer_of(row["release_id"], workspace=workspace, current=current)
        if explainer is None:
            return None
        vector = row["feature_vector"]
        seen = None if vector is None else np.frombuffer(vector, dtype="<f8")
        fits = seen is not None and len(seen) == len(explainer.catalogue)
        return Viewpoint(as_of=row["as_of"], explainer=explainer, row=seen if fits else None)
    return None


def _explainer_of(release_id: str, *, workspace: Workspace, current: CardMaker) -> Explainer | None:
    if release_id == current.release.release_id:
        return current.explainer
    folder: Path = workspace.releases_dir / release_id
    try:
        return Explainer.of(load_release(folder).fit, current.explainer.definition, few_leads=True)
    except LeadDataError:
        # A release that is gone, or of another definition, cannot be compared with; the card is
        # still worth showing.
        return None
