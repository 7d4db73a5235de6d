"""Who the leads are: when each was created, from which company, by which channel.

Only what the hazards use is drawn here; `identities` puts names and addresses on. A company's
industry and size are either known of all its leads from their creation, or its one lead tells them
later: otherwise what a colleague told would be knowledge outside the lead's own rows.
"""

import numpy as np
import pandas as pd

from features.core.clock import DAY
from training.simulation.behaviour import codes
from training.simulation.behaviour import hazards as h
from training.simulation.behaviour.state import CLOSES, JST, OPENS, Floats, Ints, Records
from training.simulation.records.tables import local_day_of
from training.simulation.settings import CompanySettings, Drift

FREE_MAIL_SHARE = 0.12
LEADS_PER_COMPANY = 1.7
ENRICHED_SHARE = 0.7
"""Share of companies whose industry and size a data provider knows."""


LEAD = np.dtype(
    [
        ("created_at", "i8"),
        ("company", "i8"),  # number of the company; -1 for a free-mail address, which tells of none
        (
            "given",
            "f8",
            (4,),
        ),  # channel, free mail, industry, company size; NaN where not known yet
        ("seed", "u8"),  # start of the lead's own random stream
        ("until", "i8"),  # the data cut-off, up to which it is simulated
        ("row_end", "i8"),  # where its rows end in the journal; filled by the walk
    ],
    align=True,
)
"""One lead as it is at its creation."""


def draw_leads(settings: CompanySettings, rng: np.random.Generator) -> Records:
    """Draw the company's leads, by time of creation."""
    leads = np.zeros(settings.leads, dtype=LEAD)
    leads["created_at"] = created_at = _creation_times(settings, rng)
    free_mail = rng.random(settings.leads) < FREE_MAIL_SHARE
    leads["company"], industry, size = _companies(free_mail, rng)
    channel = _channels(settings, created_at, rng)
    leads["given"] = np.column_stack([channel, free_mail, industry, size])
    if settings.drift is not None:
        late = created_at >= _drift_second(settings.drift, settings)
        leads["given"][late, codes.COMPANY_SIZE] *= settings.drift.size_factor
    leads["until"] = local_day_of(settings.end_month) * DAY - JST
    leads["seed"] = rng.integers(2**63, size=settings.leads, dtype=np.uint64)
    return leads


def _creation_times(settings: CompanySettings, rng: np.random.Generator) -> Ints:
    days = pd.bdate_range(settings.first_month, settings.end_month, inclusive="left")
    first = local_day_of(settings.first_month)
    working = (days - pd.Timestamp(settings.first_month)).days.to_numpy() + first
    day = rng.choice(working, size=settings.leads)
    second = rng.integers(OPENS, CLOSES - 60, size=settings.leads)
    return np.sort(day * DAY - JST + second)


def _companies(
    free_mail: "np.ndarray[tuple[int], np.dtype[np.bool_]]", rng: np.random.Generator
) -> tuple[Ints, Floats, Floats]:
    """Company of each lead, and the industry and size that are known from the start."""
    n_leads = len(free_mail)
    n_enriched = max(int(n_leads * ENRICHED_SHARE / LEADS_PER_COMPANY), 1)
    enriched = rng.random(n_leads) < ENRICHED_SHARE
    # Large accounts send several people: companies are chosen with uneven weights.
    weights = rng.gamma(0.7, size=n_enriched)
    chosen = rng.choice(n_enriched, size=n_leads, p=weights / weights.sum())
    company = np.where(enriched, chosen, n_enriched + np.arange(n_leads))
    company[free_mail] = -1
    shares = np.array([share for share, _ in h.INDUSTRIES.values()])
    industries = rng.choice(len(shares), size=n_enriched, p=shares / shares.sum())
    log_sizes = rng.normal(h.SIZE_LOG_MEAN, h.SIZE_LOG_SD, size=n_enriched)
    sizes = np.maximum(np.floor(np.exp(log_sizes)), 2.0)
    known = enriched & ~free_mail
    return (
        company.astype(np.int64),
        np.where(known, industries[chosen], np.nan),
        np.where(known, sizes[chosen], np.nan),
    )


def _channels(settings: CompanySettings, created_at: Ints, rng: np.random.Generator) -> Ints:
    shares = np.array([share for share, _, _ in h.CHANNELS.values()])
    channel = rng.choice(len(shares), size=settings.leads, p=shares / shares.sum())
    if settings.drift is not None:
        # Social advertising takes its share from all other channels alike.
        usual = shares[h.SOCIAL_AD]
        moved = max(settings.drift.social_share - usual, 0.0) / (1 - usual)
        late = created_at >= _drift_second(settings.drift, settings)
        channel[late & (rng.random(settings.leads) < moved)] = h.SOCIAL_AD
    return channel


def _drift_second(drift: Drift, settings: CompanySettings) -> int:
    return local_day_of(settings.month(drift.month)) * DAY - JST
