"""The agreement, laid out for reading: rules with points, phases with roles, KPIs, versions."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.core.errors import LeadDataError
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.diff import Change
from features.definition.rulebook import Threshold
from serving.ledger.agreements import AgreedVersion
from serving.web.access import EVERYBODY, PageRouter, may_open
from serving.web.charts.pair_table import PairTable, pair_table
from serving.web.charts.three_rows import AgreementRow, three_rows
from serving.web.pages.agreement.agreement_history import (
    VersionLine,
    changes_between,
    list_versions,
)
from serving.web.request.page_request import Opened
from serving.web.words.page_words import PAGE_WORDS, REACHED, VERDICTS
from serving.workspace.workspace import agreed_text

router = PageRouter()


@dataclass(frozen=True, kw_only=True)
class ShownRule:
    """One rule: what it is called, what exactly it asks, what it is worth."""

    label: Text
    condition: Text
    points: float


@dataclass(frozen=True, kw_only=True)
class ShownQualification:
    """What MQL or SQL means, and what qualifies a lead for it: points, a checklist, or either."""

    name: str
    words: Text
    points: int | None
    checklist: Text | None


@dataclass(frozen=True, kw_only=True)
class PhaseLine:
    """One phase: what opens it, who leads, and what each team does."""

    label: Text
    entered_at: Text
    leads: Text
    marketing: Text
    sales: Text


@dataclass(frozen=True, kw_only=True)
class DefinitionPage:
    """The agreement as people read it.

    Attributes
    ----------
    version : AgreedVersion
        The one shown: in force, unless another was asked for.
    newest_changes : tuple of Change
        What the newest version changed; empty for the first.
    may_decide : bool
        Whether the visitor may go back to an earlier version.
    may_propose : bool
        Whether the visitor may propose a change of the version shown, which is the newest.
    """

    version: AgreedVersion
    state: Text
    newest: AgreedVersion
    newest_changes: tuple[Change, ...]
    may_decide: bool
    may_propose: bool
    three: tuple[AgreementRow, ...]
    pairs: PairTable | None
    definition: LeadDefinition
    outcome: Text
    rules: tuple[ShownRule, ...]
    levels: tuple[ShownQualification, ...]
    phases: tuple[PhaseLine, ...]
    versions: tuple[VersionLine, ...]


@router.page("/definition", name="definition", roles=EVERYBODY)
def show_definition(
    page_request: Opened, version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None
) -> Response:
    """Show the agreement in force, or another version of it."""
    services = page_request.services
    agreed = services.agreed()
    try:
        shown = services.in_force() if version is None else agreed_text(agreed.numbered(version))
    except LeadDataError:
        raise HTTPException(404) from None
    lines = list_versions(agreed)
    newest = agreed.versions[0]
    definition = shown.definition
    page = DefinitionPage(
        version=shown.version,
        state=next(line.state for line in lines if line.version == shown.version),
        newest=newest,
        newest_changes=(
            changes_between(agreed, newest.replaces, newest.number) if newest.replaces else ()
        ),
        may_decide=may_open("decide", page_request.user.role),
        may_propose=shown.version == newest and may_open("part", page_request.user.role),
        three=three_rows(definition),
        pairs=pair_table(definition),
        definition=definition,
        outcome=_outcome(definition),
        rules=tuple(
            ShownRule(
                label=rule.label,
                condition=rule.when.words(definition),
                points=rule.points,
            )
            for rule in definition.rulebook.rules
        ),
        levels=_levels(definition),
        phases=tuple(
            PhaseLine(
                label=phase.label,
                entered_at=REACHED[phase.entered_at],
                leads=PAGE_WORDS[phase.leads],
                marketing=phase.marketing,
                sales=phase.sales,
            )
            for phase in definition.phases
        ),
        versions=lines,
    )
    return page_request.page("definition.html", page)


def _outcome(definition: LeadDefinition) -> Text:
    stage, days = VERDICTS[definition.outcome.stage], definition.outcome.horizon_days
    if days is None:
        return stage
    return Text(ja=f"{days}日以内の{stage.ja}", en=f"{stage.en} within {days} days")


def _levels(definition: LeadDefinition) -> tuple[ShownQualification, ...]:
    rulebook = definition.rulebook
    named = (("MQL", rulebook.mql), ("SQL", rulebook.sql))
    return tuple(_way(name, threshold) for name, threshold in named)


def _way(name: str, threshold: Threshold | None) -> ShownQualification:
    checklist = None if threshold is None else threshold.checklist
    return ShownQualification(
        name=name,
        words=PAGE_WORDS[f"{name.lower()}_is"],
        points=None if threshold is None else threshold.points,
        checklist=None if checklist is None else checklist.label,
    )
