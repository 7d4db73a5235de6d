"""Names, addresses and companies of the simulated leads, and the sales people who work them.

None of it has any influence on what the leads do.
"""

from dataclasses import dataclass
from math import isnan

import numpy as np

from training.simulation.behaviour import hazards as h
from training.simulation.behaviour.state import Ints
from training.simulation.company import SimulatedCompany
from training.simulation.records import words

WESTERN_FROM = next(i for i, (name, _) in enumerate(words.SURNAMES) if name.isascii())
"""Surnames from here on go with western given names."""


@dataclass(frozen=True, kw_only=True)
class Identities:
    """Texts per lead, in the order of the leads.

    Attributes
    ----------
    sales_person : ndarray of shape (n_leads,)
        Position in `words.SALES_PEOPLE` of who gets the lead when it is handed over.
    """

    surname: list[str]
    given_name: list[str]
    email: list[str]
    phone: list[str]
    company: list[str]
    account_id: list[str | None]
    sales_person: Ints


def draw_identities(company: SimulatedCompany) -> Identities:
    """Draw who the leads are; a company keeps its name, its domain and its sales person."""
    rng = np.random.default_rng([company.settings.seed, 1])
    n_leads = len(company.leads)
    number = company.leads["company"]
    # Free-mail leads still write some company's name into the form.
    employer = np.where(number < 0, number.max() + 1 + np.arange(n_leads), number)
    names, domains = _companies(company, employer, rng)
    surnames, given_names = _people(n_leads, rng)
    free = rng.integers(len(words.FREE_MAIL_DOMAINS), size=n_leads)
    hidden = rng.random(n_leads) < 0.3
    last4 = rng.integers(10_000, size=n_leads)
    sales_person = rng.integers(len(words.SALES_PEOPLE), size=int(employer.max()) + 1)
    return Identities(
        surname=[surname for surname, _ in surnames],
        given_name=[name for name, _ in given_names],
        email=[
            f"{given[0]}.{family}{lead}@{words.FREE_MAIL_DOMAINS[free[lead]]}"
            if number[lead] < 0
            else f"{family}.{given[0]}{lead}@{domains[employer[lead]]}"
            for lead, ((_, family), (_, given)) in enumerate(
                zip(surnames, given_names, strict=True)
            )
        ],
        # 0000 is no exchange in Japan.
        phone=["-" if hide else f"050-0000-{n:04d}" for hide, n in zip(hidden, last4, strict=True)],
        company=[names[e] for e in employer.tolist()],
        account_id=[None if n < 0 else f"C{n:06d}" for n in number.tolist()],
        sales_person=sales_person[employer],
    )


def _people(
    n_leads: int, rng: np.random.Generator
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    # The first surnames are the commonest, as in Japan.
    weights = 1.0 / (8 + np.arange(len(words.SURNAMES)))
    surname = rng.choice(len(words.SURNAMES), size=n_leads, p=weights / weights.sum())
    given = rng.integers(len(words.GIVEN_NAMES), size=n_leads)
    western = rng.integers(len(words.WESTERN_NAMES), size=n_leads)
    surnames = [words.SURNAMES[i] for i in surname]
    given_names = [
        words.WESTERN_NAMES[w] if s >= WESTERN_FROM else words.GIVEN_NAMES[g]
        for s, g, w in zip(surname, given, western, strict=True)
    ]
    return surnames, given_names


def _companies(
    company: SimulatedCompany, employer: Ints, rng: np.random.Generator
) -> tuple[dict[int, str], dict[int, str]]:
    industry = dict(zip(employer.tolist(), company.leads["given"][:, 2].tolist(), strict=True))
    forms, form_shares = zip(*words.LEGAL_FORMS, strict=True)
    names: dict[int, str] = {}
    domains: dict[int, str] = {}
    for number, code in industry.items():
        known = str(rng.choice(h.INDUSTRY_NAMES)) if isnan(code) else h.INDUSTRY_NAMES[int(code)]
        head, head_roman = words.COMPANY_HEADS[rng.integers(len(words.COMPANY_HEADS))]
        tails = words.COMPANY_TAILS[known]
        tail, tail_roman = tails[rng.integers(len(tails))]
        form = str(rng.choice(forms, p=form_shares)) if known != "public" else words.PUBLIC_FORM
        gap = " " if head.isascii() else ""
        names[number] = form.format(head + gap + tail)
        domains[number] = f"{head_roman}-{tail_roman}{number}.example"
    return names, domains
