"""Volumes that moved: behaviours or outcomes that stopped arriving, channels, values never seen.

A tracking tag that broke is the commonest "drift" of all: one behaviour falls to nothing from one
day to the next, while leads go on as before.

Counts are noisier than a Poisson law says (campaigns, holidays, weekdays), so their variance is
read from the weeks or months before.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import bdtrc, stdtr

from features.core.arrays import FloatArray, IntArray
from features.core.clock import DAY
from features.core.formats import share
from features.core.text import Text
from features.definition.attributes import Attribute
from training.dataset.dataset import Dataset
from training.dataset.row_counts import STRETCH_DAYS
from training.drift.missing_outcomes import missing_outcomes
from training.drift.suspicion import TestedFinding
from training.results.records import DriftFinding

REFERENCE_STRETCHES = 6
STOPPED_SHARE = 0.1
"""Share of the usual events below which a behaviour has stopped arriving."""

FEWEST_EXPECTED = 20.0
"""Expected events or leads below which silence means nothing."""

MONTH_DAYS = 30
VOLUME_RATIO = 2.0
"""Factor by which a channel must grow or shrink: less is a campaign, not a change."""

NEW_VALUE_SHARE = 0.05
"""Share of new leads with a value never seen before that is worth a line."""

BEYOND_USUAL = 1.5
STOPPED_CONSEQUENCE = 10.0
"""Above everything else: every probability that reads the behaviour is wrong from that day on."""


def tested_volumes(dataset: Dataset) -> list[TestedFinding]:
    """Test whether volumes and values moved."""
    tested_findings = _stopped_behaviours(dataset) + _stopped_outcomes(dataset)
    for name in dataset.definition.segments:
        attribute = dataset.definition.attribute(name)
        if attribute.kind == "category":
            tested_findings += _channel_volumes(dataset, attribute)
            tested_findings += _new_values(dataset, attribute)
    return tested_findings


def _stopped_behaviours(dataset: Dataset) -> list[TestedFinding]:
    found = []
    for behaviour in dataset.definition.lead_behaviours:
        # A behaviour that never occurred has not stopped.
        arrived = dataset.events.arrived.get(behaviour.name, np.zeros(0))
        if len(arrived) <= REFERENCE_STRETCHES:
            continue
        counts = arrived[: REFERENCE_STRETCHES + 1].astype(np.float64)
        newest, usual = counts[0], float(counts[1:].mean())
        if usual < FEWEST_EXPECTED:
            continue
        days = (dataset.data_cutoff - dataset.events.newest[behaviour.name]) / DAY
        finding = DriftFinding(
            name=behaviour.name,
            kind="stopped",
            # Stated so that more is worse: how far below the usual the count has fallen.
            statistic=1 - newest / usual,
            threshold=1 - STOPPED_SHARE,
            consequence=STOPPED_CONSEQUENCE,
            sentence=Text(
                ja=f"「{behaviour.label.ja}」が届かなくなりました(直近{STRETCH_DAYS}日で{newest:.0f}件、"
                f"通常は{usual:,.0f}件、最後は{days:.0f}日前)。計測タグを確認してください。",
                en=f"{behaviour.label.en} stopped arriving ({newest:.0f} in {STRETCH_DAYS} days, "
                f"usually {usual:,.0f}; the last one {days:.0f} days ago). Check its tracking tag.",
            ),
        )
        found.append(TestedFinding(finding=finding, chance=_chance(counts)))
    return found


def _stopped_outcomes(dataset: Dataset) -> list[TestedFinding]:
    silence = missing_outcomes(dataset, known_at=dataset.data_cutoff)
    finding = DriftFinding(
        name="outcome",
        kind="stopped",
        statistic=silence.days,
        threshold=silence.most_days,
        consequence=STOPPED_CONSEQUENCE,
        sentence=Text(
            ja=f"成果が届かなくなりました(最後は{silence.days:.0f}日前、通常ならその間に"
            f"{silence.expected:,.0f}件)。取り込みを確認してください。届くまで、確率の水準は移しません。",
            en=f"Outcomes stopped arriving (the last one {silence.days:.0f} days ago; usually "
            f"{silence.expected:,.0f} would have come since). Check the import; until they arrive "
            "no level is moved.",
        ),
    )
    return [TestedFinding(finding=finding, chance=float(np.exp(-silence.expected)))]


def _channel_volumes(dataset: Dataset, attribute: Attribute) -> list[TestedFinding]:
    value, known_at = _values(dataset, attribute)
    created = dataset.history.created_at[_leads_of(dataset, attribute)]
    ago = (dataset.data_cutoff - 1 - np.maximum(created, known_at)) // (MONTH_DAYS * DAY)
    if not _is_long_enough(ago):
        return []
    found = []
    for code in np.unique(value):
        counts = _counts(ago[value == code])
        newest, usual = float(counts[0]), float(counts[1:].mean())
        if max(newest, usual) < FEWEST_EXPECTED:
            continue
        text = dataset.history.facts.texts[code]
        called = attribute.called(text)
        ratio = max(newest, 1.0) / max(usual, 1.0)
        finding = DriftFinding(
            name=f"{attribute.name}={text}",
            kind="volume",
            statistic=max(ratio, 1 / ratio),
            threshold=VOLUME_RATIO,
            consequence=float(abs(np.log(ratio))) * max(newest, usual) / max(len(value), 1),
            sentence=Text(
                ja=f"「{attribute.label.ja}」が「{called.ja}」の新しいリードが月{usual:,.0f}件から"
                f"{newest:,.0f}件になりました。",
                en=f"New leads with {attribute.label.en} {called.en} went from {usual:,.0f} to "
                f"{newest:,.0f} a month.",
            ),
        )
        found.append(TestedFinding(finding=finding, chance=_chance(counts)))
    return found


def _new_values(dataset: Dataset, attribute: Attribute) -> list[TestedFinding]:
    """Values never seen before the newest month, against how often that happened before."""
    value, known_at = _values(dataset, attribute)
    ago = (dataset.data_cutoff - 1 - known_at) // (MONTH_DAYS * DAY)
    if not _is_long_enough(ago):
        return []
    shares, sizes = [], []
    for month in range(REFERENCE_STRETCHES):
        inside, before = value[ago == month], value[ago > month]
        sizes.append(len(inside))
        shares.append(float(np.mean(~np.isin(inside, before))) if len(inside) else 0.0)
    if sizes[0] < FEWEST_EXPECTED:
        return []
    usual = max(shares[1:])
    newest = value[ago == 0]
    values, counts = np.unique(newest[~np.isin(newest, value[ago > 0])], return_counts=True)
    texts = [dataset.history.facts.texts[v] for v in values[np.argsort(-counts)][:3]]
    named = [attribute.called(text) for text in texts]
    chance = bdtrc(round(shares[0] * sizes[0]) - 1, sizes[0], max(usual, 0.005))
    unseen = share(shares[0])
    finding = DriftFinding(
        name=attribute.name,
        kind="new_values",
        statistic=shares[0],
        threshold=max(NEW_VALUE_SHARE, BEYOND_USUAL * usual),
        consequence=shares[0],
        sentence=Text(
            ja=f"新しいリードの{unseen.ja}で「{attribute.label.ja}」がこれまでにない値です"
            f"({'、'.join(one.ja for one in named)})。",
            en=f"{unseen.en} of new leads have a {attribute.label.en} never seen before "
            f"({', '.join(one.en for one in named)}).",
        ),
    )
    return [TestedFinding(finding=finding, chance=float(chance))]


def _values(dataset: Dataset, attribute: Attribute) -> tuple[IntArray, IntArray]:
    """Code and time of every first value of a lead."""
    rows = dataset.history.facts.rows(attribute.name)
    first = _first_of_lead(rows.lead)
    return rows.code[first].astype(np.int64), rows.known_at[first]


def _leads_of(dataset: Dataset, attribute: Attribute) -> IntArray:
    rows = dataset.history.facts.rows(attribute.name)
    return rows.lead[_first_of_lead(rows.lead)].astype(np.int64)


def _first_of_lead(lead: IntArray) -> IntArray:
    return np.flatnonzero(np.diff(lead, prepend=-1))


def _is_long_enough(ago: IntArray) -> bool:
    """Whether there are enough earlier stretches to tell what is usual."""
    return bool(len(ago)) and int(ago.max()) >= REFERENCE_STRETCHES


def _counts(ago: IntArray) -> FloatArray:
    """Counts in the newest stretch, then in those before it."""
    inside = ago[(ago >= 0) & (ago <= REFERENCE_STRETCHES)]
    return np.bincount(inside, minlength=REFERENCE_STRETCHES + 1).astype(np.float64)


def _chance(counts: Sequence[float] | FloatArray) -> float:
    """Two-sided chance of the first count, given the others and how much they vary themselves."""
    newest, before = float(counts[0]), np.asarray(counts[1:], dtype=np.float64)
    mean = max(float(before.mean()), 1.0)
    dispersion = max(1.0, float(before.var(ddof=1)) / mean)
    spread = np.sqrt(dispersion * mean * (1 + 1 / len(before)))
    return float(2 * stdtr(len(before) - 1, -abs(newest - mean) / spread))
