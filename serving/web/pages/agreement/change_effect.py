"""What a change would bring, for a page: hand-overs a month, and the leads it puts elsewhere."""

from dataclasses import dataclass

from features.core.qualification import Qualification
from features.core.text import Text
from serving.agreement.draft import DraftAgreement
from serving.agreement.effect import ChangeEffect, Flips
from serving.ledger.leads.worklist import LeadPerson, read_standings
from serving.web.access import sees_team
from serving.web.request.page_request import PageRequest
from serving.web.words.page_words import REACHED

MOST_NAMED = 10
"""Leads that are named; the likeliest first."""

MOST_LOOKED_UP = 200
"""Of those that go elsewhere, so many are looked up: a visitor may not see every team's."""


@dataclass(frozen=True, kw_only=True)
class NamedFlip:
    """A lead that a change puts elsewhere, by name."""

    lead_id: str
    person: LeadPerson
    probability: float | None
    before: Text
    after: Text


@dataclass(frozen=True, kw_only=True)
class NamedFlips:
    """Leads that a change puts elsewhere, with those of them that the visitor may see."""

    counted: Flips
    named: tuple[NamedFlip, ...]

    @property
    def sentence(self) -> Text:
        """How many leads go elsewhere, and which way."""
        found, n = self.counted, len(self.counted.leads)
        if not n:
            return Text(
                ja=f"検討中の{found.n_leads:,}件のうち、判定の変わるリードはありません。",
                en=f"None of the {found.n_leads:,} open leads.",
            )
        return Text(
            ja=f"検討中の{found.n_leads:,}件のうち{n:,}件(上がる{found.n_more:,}件、下がる"
            f"{found.n_less:,}件)",
            en=f"{n:,} of the {found.n_leads:,} open leads: {found.n_more:,} for more, "
            f"{found.n_less:,} for less",
        )


@dataclass(frozen=True, kw_only=True)
class ShownEffect:
    """What a change would bring.

    Attributes
    ----------
    deciding : NamedFlips
        By what decides.
    rulebook : NamedFlips or None
        By the rulebook, where a release decides and the rulebook says something else.
    """

    effect: ChangeEffect
    deciding: NamedFlips
    rulebook: NamedFlips | None


def shown_effect(page_request: PageRequest, found: DraftAgreement) -> ShownEffect | None:
    """Find what a draft would bring; None where there is nothing to say yet.

    Parameters
    ----------
    page_request : PageRequest
        Whose teams' leads are named.
    found : DraftAgreement
    """
    if found.faults or not found.changes:
        return None
    effect = page_request.services.effect(found)
    if effect is None:
        return None
    rulebook = effect.rulebook
    return ShownEffect(
        effect=effect,
        deciding=_named(page_request, effect.deciding),
        rulebook=(
            _named(page_request, rulebook) if rulebook is not None and rulebook.leads else None
        ),
    )


def _named(page_request: PageRequest, flips: Flips) -> NamedFlips:
    by_id = {flip.lead_id: flip for flip in flips.leads[:MOST_LOOKED_UP]}
    seen = [
        (state, person)
        for state, person in read_standings(page_request.services.store, by_id)
        if sees_team(page_request.user, state.team)
    ]
    return NamedFlips(
        counted=flips,
        named=tuple(
            NamedFlip(
                lead_id=state.lead_id,
                person=person,
                probability=state.probability,
                before=_reached(by_id[state.lead_id].before),
                after=_reached(by_id[state.lead_id].after),
            )
            for state, person in seen[:MOST_NAMED]
        ),
    )


def _reached(qualification: Qualification) -> Text:
    return REACHED[qualification.name]
