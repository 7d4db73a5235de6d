"""What is pushed to a CRM about each lead: newest decision, its reasons in words, its hand-over."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, Literal

import numpy as np
from sqlalchemy import select

from features.core import formats
from features.core.clock import from_second
from features.core.errors import LeadDataError
from features.core.text import Language
from features.definition import LeadDefinition
from features.definition.trial import group_of
from features.store import Store
from features.store.schema import hand_over, trial_lead
from serving.crm.outbound.fields import what_matters
from serving.delivery.webhook import card_url
from serving.ledger.decisions import read_newest_decisions
from serving.ledger.leads.facts import read_facts_of
from serving.ledger.outbox.crm_sync import read_record_ids
from serving.ledger.trial_leads import BY_TRIAL, as_judged, hides_judge, read_arms
from serving.reasons.explainer import Explainer
from serving.reasons.reason import LeadReason
from serving.workspace.workspace import Workspace
from training.model.release import load_release

CrmLanguage = Literal["ja", "en", "both"]

MOST_REASONS = 5
LEAST_POINTS = 0.5
"""A reason that moves the odds by less than some 4 % says nothing to sales."""

AT_ONCE = 5_000
"""Leads explained in one go."""


@dataclass(frozen=True, kw_only=True)
class NewestHandOver:
    """The newest hand-over of a lead.

    Attributes
    ----------
    definition_version : str or None
        None where it came from a file or the CRM: Awase does not announce what others did.
    """

    cycle: int
    handed_over_at: datetime
    qualification: str
    by: str
    definition_version: str | None


@dataclass(frozen=True, kw_only=True)
class CrmRecord:
    """What a CRM is to know about one lead.

    Attributes
    ----------
    record_id : str
        The lead's record there.
    fields : mapping
        Values of :data:`serving.crm.outbound.fields.PUSHED` by name; None empties a field.
    reasons : tuple of str
        Concepts of the reasons that are written.
    """

    lead_id: str
    record_id: str
    decision_id: int
    fields: Mapping[str, str | float | None]
    handed_over: NewestHandOver | None
    reasons: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Names what matters about the lead: values, names of reasons, and the record."""
        news = [self.record_id, what_matters(self.fields), sorted(self.reasons)]
        text = json.dumps(news, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(kw_only=True)
class Describer:
    """Puts decisions into the words of a CRM; loads each release once."""

    workspace: Workspace
    definition: LeadDefinition
    languages: tuple[Language, ...]
    _explainers: dict[str, Explainer | None] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace) -> "Describer":
        """In the language of the workspace's settings."""
        return cls(
            workspace=workspace,
            definition=workspace.definition(),
            languages=workspace.crm_languages,
        )

    def describe(self, store: Store, vendor: str) -> Iterator[CrmRecord]:
        """Every lead with a decision and a record in the CRM."""
        records, handed = read_record_ids(store, vendor), _read_hand_overs(store)
        decisions, arms = read_newest_decisions(store), self._arms(store)
        groups = _read_groups(store)
        for begin in range(0, decisions.num_rows, AT_ONCE):
            rows = [
                as_judged(row, arms.get(row["lead_id"]))
                for row in decisions.slice(begin, AT_ONCE).to_pylist()
                if row["lead_id"] in records
            ]
            for row, (points, reasons) in zip(rows, self._explain(store, rows), strict=True):
                newest = handed.get(row["lead_id"])
                if newest is not None and hides_judge(self.definition, row["lead_id"] in arms):
                    newest = replace(newest, by=BY_TRIAL)
                yield CrmRecord(
                    lead_id=row["lead_id"],
                    record_id=records[row["lead_id"]],
                    decision_id=row["decision_id"],
                    fields=self._fields(row, points, words=self.in_words(reasons), handed=newest)
                    | groups.get(row["lead_id"], {}),
                    handed_over=newest,
                    reasons=tuple(reason.concept for reason in reasons),
                )

    def _arms(self, store: Store) -> dict[str, str]:
        """The arm of each lead of the trial that is agreed, if any."""
        trial = self.definition.trial
        if trial is None:
            return {}
        with store.engine.connect() as connection:
            return read_arms(connection, trial, None)

    def _fields(
        self,
        row: dict[str, Any],
        points: float | None,
        *,
        words: str,
        handed: NewestHandOver | None,
    ) -> dict[str, str | float | None]:
        probability = row["probability"]
        public = self.workspace.public_url
        return {
            "qualification": row["qualification"],
            # As fine as sales can use: a change in the fourth place is no news.
            "probability": None if probability is None else round(probability, 3),
            "points": None if points is None else round(points, 1),
            "rulebook_points": round(row["rulebook_points"], 1),
            "rulebook_qualification": row["rulebook_qualification"],
            "reasons": words,
            "decided_at": from_second(row["as_of"]).isoformat(),
            "lead_card": None if public is None else card_url(public, row["lead_id"]),
            "mql_at": None if handed is None else handed.handed_over_at.isoformat(),
            "mql_count": None if handed is None else handed.cycle,
        }

    def _explain(
        self, store: Store, rows: Sequence[dict[str, Any]]
    ) -> list[tuple[float | None, Sequence[LeadReason]]]:
        """Points and reasons of each decision; neither where only the rulebook decided."""
        told: list[tuple[float | None, Sequence[LeadReason]]] = [(None, ())] * len(rows)
        by_release: dict[str, list[int]] = {}
        for at, row in enumerate(rows):
            if row["release_id"] is not None and row["feature_vector"] is not None:
                by_release.setdefault(row["release_id"], []).append(at)
        for release_id, places in by_release.items():
            explainer = self._explainer(release_id)
            if explainer is None:
                continue
            vectors = [np.frombuffer(rows[at]["feature_vector"], dtype="<f8") for at in places]
            if len(vectors[0]) != len(explainer.catalogue):
                continue
            points = explainer.explain(np.stack(vectors)).points
            leads = [rows[at]["lead_id"] for at in places]
            facts = read_facts_of(store, leads, explainer.dated)
            for number, at in enumerate(places):
                lead_id, as_of = rows[at]["lead_id"], rows[at]["as_of"]
                feature_row = explainer.feature_row(
                    vectors[number], as_of, facts=facts.get(lead_id, ())
                )
                reasons = explainer.reasons(points.reasons[number], feature_row)
                told[at] = (float(points.total[number]), weighty(reasons))
        return told

    def in_words(self, reasons: Sequence[LeadReason]) -> str:
        """Reasons with their points, one a line."""
        return "\n".join(
            f"{formats.points(reason.points).en} "
            + " / ".join(dict.fromkeys(reason.words.read(language) for language in self.languages))
            for reason in reasons
        )

    def _explainer(self, release_id: str) -> Explainer | None:
        if release_id not in self._explainers:
            folder = self.workspace.releases_dir / release_id
            try:
                made = Explainer.of(load_release(folder).fit, self.definition)
            except LeadDataError:
                # A release that is gone can no longer say why; what it decided still stands.
                made = None
            self._explainers[release_id] = made
        return self._explainers[release_id]


def weighty(reasons: Iterable[LeadReason]) -> list[LeadReason]:
    """Those reasons that a CRM is told, the weightiest first."""
    return [r for r in islice(reasons, MOST_REASONS) if abs(r.points) >= LEAST_POINTS]


def _read_groups(store: Store) -> dict[str, dict[str, str]]:
    """The group of each lead in the newest trial it entered, that of an ended one included.

    Leads of no trial have no such field: a CRM set up before there was one need not know it.
    """
    query = select(trial_lead.c.lead_id, trial_lead.c.trial, trial_lead.c.arm).order_by(
        trial_lead.c.entered_at
    )
    with store.engine.connect() as connection:
        return {
            row.lead_id: {"trial_group": group_of(row.trial, row.arm)}
            for row in connection.execute(query)
        }


def _read_hand_overs(store: Store) -> dict[str, NewestHandOver]:
    names = NewestHandOver.__dataclass_fields__
    query = select(hand_over.c.lead_id, *(hand_over.c[name] for name in names))
    with store.engine.connect() as connection:
        rows = connection.execute(query.order_by(hand_over.c.lead_id, hand_over.c.cycle))
        # The newest of each lead comes last and stays.
        return {
            row["lead_id"]: NewestHandOver(**{name: row[name] for name in names})
            for row in rows.mappings()
        }
