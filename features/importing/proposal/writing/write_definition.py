"""A starting lead definition for what the files hold, as text: nobody has agreed on it yet."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.core.formats import share
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.lead_times import LeadTimes
from features.importing.proposal.outcome import winners
from features.importing.proposal.writing.names import NamedAttribute, NamedBehaviour, quoted
from features.importing.proposal.writing.write_mapping import identifiers

LIFTED = 1.25
"""How much more often than others leads with a value must convert to be proposed points."""

FEWEST = 30
ALWAYS, MOSTLY = 0.99, 0.8
MOST_RULES = 8
GROUPS = {
    "account_id": ("identifier", "企業", "Account"),
    "owner": ("identifier", "担当者", "Owner"),
    "team": ("identifier", "担当チーム", "Team"),
    "email_domain": ("email_domain", "メールドメイン", "E-mail domain"),
}
STATED = {
    "job_title": (
        "seniority_at_least: department_head",
        10,
        "役職が部長以上",
        "Department head or above",
    ),
    "purchase_timing": ("known: true", 15, "導入時期がわかっている", "Purchase timing known"),
    "budget": ("known: true", 5, "予算がわかっている", "Budget known"),
    "decision_maker": ("is_true: true", 5, "決裁者である", "Decision maker"),
    "company_size": ("at_least: 100", 5, "従業員100名以上", "A hundred employees or more"),
}
"""The article's points for information: test, points and label by attribute."""


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What files cannot say: the name, the time zone, and what sales can work in a month."""

    name: str
    time_zone: str
    per_month: int | None = None


def write_definition(
    found: Understanding,
    times: LeadTimes,
    *,
    setting: Circumstances,
    attributes: tuple[NamedAttribute, ...],
    behaviours: tuple[NamedBehaviour, ...],
) -> str:
    """Write the definition.

    Parameters
    ----------
    found : Understanding
    times : LeadTimes
        From which horizon, capacity and start follow.
    setting : Circumstances
    attributes, behaviours : tuple
        What the mapping fills.
    """
    rules = _rules(found, attributes, behaviours)
    text = [
        "# yaml-language-server: $schema=definition.schema.json",
        "# Proposed by `awase start`; marketing and sales agree on it, see docs/agreement.md.",
        "format: 1",
        f"name: {setting.name}",
        "title: {ja: リード定義(案), en: Lead definition (proposed)}",
        f"time_zone: {setting.time_zone}",
        *_listed("behaviours", (_behaviour(b) for b in behaviours)),
        *_listed("attributes", [*map(_attribute, attributes), *_groups(found)]),
        *_roles(found),
        *_settings(found, times, behaviours),
        *_cut_offs(found, times, setting.per_month),
        "rulebook:  # points to begin with; the model is compared with them",
        *_listed("rules", (_rule(*rule) for rule in rules), "  "),
    ]
    positive = sum(max(points, 0) for _, _, points, _, _ in rules)
    if positive > 0:
        mql = min(10, positive)
        text += [f"  mql: {{points: {mql}}}", f"  sql: {{points: {max(mql, min(20, positive))}}}"]
    return "\n".join(text) + "\n"


def _listed(key: str, items: "Iterator[str] | list[str]", indent: str = "") -> list[str]:
    lines = [f"{indent}  - {item}" for item in items]
    return (
        [f"{indent}{key}:", *lines] if lines else ([] if indent == "" else [f"{indent}{key}: []"])
    )


def _label(ja: str, en: str) -> str:
    said = {"ja": ja, "en": en}
    parts = (f"{key}: {json.dumps(text, ensure_ascii=False)}" for key, text in said.items())
    return f"label: {{{', '.join(parts)}}}"


def _behaviour(item: NamedBehaviour) -> str:
    actor = ", actor: sales" if item.actor == "sales" else ""
    return f"{{name: {item.name}{actor}, {_label(item.label.ja, item.label.en)}}}"


def _attribute(item: NamedAttribute) -> str:
    unit = {"money": ", unit: " + _currency(item), "company_size": ", unit: employees"}.get(
        item.kind, ""
    )
    return f"{{name: {item.name}, kind: {item.kind}{unit}, {_label(item.label.ja, item.label.en)}}}"


def _currency(item: NamedAttribute) -> str:
    text = "".join(item.profile.values[:50]) + item.profile.header
    if any(ord(letter) > 0x3000 for letter in text) or "¥" in text:
        return "JPY"
    return "EUR" if "€" in text else "USD"


def _groups(found: Understanding) -> list[str]:
    return [
        f"{{name: {name}, kind: {GROUPS[name][0]}, {_label(*GROUPS[name][1:])}}}"
        for name, _, _ in identifiers(found)
    ]


def _roles(found: Understanding) -> list[str]:
    known = {"account_id": "account", "owner": "owner", "team": "team"}
    named = [name for name, _, _ in identifiers(found) if name in known]
    return [f"roles: {{{', '.join(f'{known[n]}: {n}' for n in named)}}}"] if named else []


def _settings(
    found: Understanding, times: LeadTimes, behaviours: tuple[NamedBehaviour, ...]
) -> list[str]:
    stage = found.outcomes[0].stage if found.outcomes else "opportunity"
    if found.created is None:
        return [
            "windows: {days: [30], age: false}",
            "snapshots: {at: undated}  # no dates: this is no forecast",
            f"outcome: {{stage: {stage}, horizon_days: null}}",
            "test: {share: 0.3, order: "
            + ("arrival" if found.of(ColumnRole.ARRIVAL) else "random")
            + "}",
        ]
    dated = bool(found.outcomes) and found.outcomes[0].time is not None
    monthly = dated and any(b.actor == "lead" for b in behaviours)
    starts = f", starts_on: {times.starts_on}" if times.starts_on else ""
    at = "monthly" if monthly else "creation"
    decided = any("lost" in o.values.values() for o in found.outcomes)
    decided = decided and (not dated or _tells_open(found))
    horizon = times.horizon_days
    kept = (
        f"  # {share(float((times.lags < horizon).mean())).en} of outcomes came within it"
        if dated
        else ""
    )
    return [
        f"windows: {{days: [{'7, 30, 90' if behaviours else '30'}], age: {str(monthly).lower()}}}",
        f"snapshots: {{at: {at}{starts}}}",
        (
            f"outcome: {{stage: {stage}, horizon_days: {horizon}"
            f"{', only_decided: true' if decided else ''}}}{kept}"
        ),
        f"test: {{months: {times.test_months(horizon)}}}",
    ]


def _tells_open(found: Understanding) -> bool:
    """Whether a column is blank in open leads alone, so that a blank would tell that no outcome is.

    Then open leads are left unknown: what was filled in on closing must not part them from others.
    """
    tables = found.tables
    decided = winners(tables, found.outcomes, or_lost=True)
    if len(decided) != tables.leads.table.n_rows or decided.all() or not decided.any():
        return False
    used = {c.header for c in found.columns if c.role not in (ColumnRole.OUTCOME, ColumnRole.LEAK)}
    return any(
        c.filled[decided].mean() > ALWAYS and c.filled[~decided].mean() < MOSTLY
        for c in tables.leads.columns
        if c.header in used
    )


def _cut_offs(found: Understanding, times: LeadTimes, said: int | None) -> list[str]:
    n = max(times.n_leads, len(found.won))
    won = int(max(times.reached.notna().sum(), found.won.sum()))
    base = won / n if n else 0.2
    wanted = min(0.9, max(0.05, round(1.5 * base, 2)))
    mql = f"{{rule: capacity, per_month: {said or max(1, round(0.3 * times.per_month))}}}"
    if found.created is None:
        mql = f"{{rule: precision, at_least: {min(0.85, max(0.03, round(1.2 * base, 2)))}}}"
    return [
        "cut_offs:",
        f"  mql: {mql}  # what sales can work; proposed: three of ten leads",
        f"  sql: {{rule: precision, at_least: {wanted}}}  # 1.5 times the average lead",
    ]


Rule = tuple[str, str, int, str, str]
"""Name, condition, points, and the label in Japanese and English."""


def _rules(
    found: Understanding,
    attributes: tuple[NamedAttribute, ...],
    behaviours: tuple[NamedBehaviour, ...],
) -> list[Rule]:
    rules: list[Rule] = [
        (
            f"did_{b.name}",
            f"behaviour: {b.name}, at_least: 1, within_days: 90",
            b.points,
            b.label.ja,
            b.label.en,
        )
        for b in behaviours
        if b.actor == "lead"
    ][:MOST_RULES]
    for item in attributes:
        if item.name in STATED and item.kind != "category":
            test, points, ja, en = STATED[item.name]
            rules.append((f"has_{item.name}", f"attribute: {item.name}, {test}", points, ja, en))
    for name, _, _ in identifiers(found):
        if name == "email_domain":
            test = "attribute: email_domain, is_free_mail: true"
            rules.append(("free_mail", test, -5, "フリーメールのアドレス", "Free e-mail address"))
    if sum(points > 0 for _, _, points, _, _ in rules) < 2:
        rules += [rule for item in attributes if (rule := _lifted(found, item)) is not None][
            :MOST_RULES
        ]
    if not any(points > 0 for _, _, points, _, _ in rules):
        rules += [
            (f"knows_{a.name}", f"attribute: {a.name}, known: true", 10, a.label.ja, a.label.en)
            for a in attributes[:2]
        ]
    return rules


def _lifted(found: Understanding, item: NamedAttribute) -> Rule | None:
    """Points for values whose past leads converted more often than others."""
    if item.kind != "category" or len(item.profile.rows) != len(found.won) or not found.won.any():
        return None
    counts = item.profile.counts
    rate = np.bincount(item.profile.rows, weights=found.won, minlength=len(counts)) / np.maximum(
        counts, 1
    )
    good = (counts >= FEWEST) & (rate > LIFTED * found.won.mean()) & item.profile.filled_texts
    values = [item.profile.texts[at] for at in np.argsort(-rate) if good[at]][:5]
    if not values:
        return None
    test = f"attribute: {item.name}, is_one_of: [{', '.join(map(quoted, values))}]"
    return (
        f"good_{item.name}",
        test,
        10,
        f"{item.label.ja}: 成果の多い値",
        f"{item.label.en}: values that convert",
    )


def _rule(name: str, when: str, points: int, ja: str, en: str) -> str:
    return f"{{name: {name}, {_label(ja, en)}, when: {{{when}}}, points: {points}}}"
