"""A starting lead definition for what the files hold, as text: nobody has agreed on it yet."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.core.formats import share
from features.core.text import Text
from features.definition.yaml.yaml_text import Noted, yaml_text
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.lead_times import LeadTimes
from features.importing.proposal.outcome import winners
from features.importing.proposal.writing.names import Named, NamedAttribute, NamedBehaviour

Part = dict[str, Any]
"""A part of a lead definition: keys as its files have them."""

LIFTED = 1.25
"""How much more often than others leads with a value must convert to be proposed points."""

FEWEST = 30
ALWAYS, MOSTLY = 0.99, 0.8
MOST_RULES = 8
HEAD = (
    "yaml-language-server: $schema=definition.schema.json",
    "Proposed by `awase start`; marketing and sales agree on it, see docs/agreement.md.",
)
ROLES = {"account_id": "account", "owner": "owner", "team": "team"}
GROUPS = {
    "account_id": ("identifier", Text(ja="企業", en="Account")),
    "owner": ("identifier", Text(ja="担当者", en="Owner")),
    "team": ("identifier", Text(ja="担当チーム", en="Team")),
    "email_domain": ("email_domain", Text(ja="メールドメイン", en="E-mail domain")),
}
FREE_MAIL = Text(ja="フリーメールのアドレス", en="Free e-mail address")
STATED: dict[str, tuple[Part, int, Text]] = {
    "job_title": (
        {"seniority_at_least": "department_head"},
        10,
        Text(ja="役職が部長以上", en="Department head or above"),
    ),
    "purchase_timing": (
        {"known": True},
        15,
        Text(ja="導入時期がわかっている", en="Purchase timing known"),
    ),
    "budget": ({"known": True}, 5, Text(ja="予算がわかっている", en="Budget known")),
    "decision_maker": ({"is_true": True}, 5, Text(ja="決裁者である", en="Decision maker")),
    "company_size": (
        {"at_least": 100},
        5,
        Text(ja="従業員100名以上", en="A hundred employees or more"),
    ),
}
"""The article's points for information: test, points and label by attribute."""


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What files cannot say: the name, the time zone, and what sales can work in a month."""

    name: str
    time_zone: str
    per_month: int | None = None


def write_definition(
    found: Understanding, times: LeadTimes, *, setting: Circumstances, named: Named
) -> str:
    """Write the definition.

    Parameters
    ----------
    found : Understanding
    times : LeadTimes
        From which horizon, capacity and start follow.
    setting : Circumstances
    named : Named
        What the mapping fills.
    """
    rules = _rules(found, named)
    rulebook: Part = {"rules": rules}
    positive = sum(max(rule["points"], 0) for rule in rules)
    if positive > 0:
        mql = min(10, positive)
        rulebook |= {"mql": {"points": mql}, "sql": {"points": max(mql, min(20, positive))}}
    told: Part = {
        "format": 1,
        "name": setting.name,
        "title": {"ja": "リード定義(案)", "en": "Lead definition (proposed)"},
        "time_zone": setting.time_zone,
        "behaviours": [_behaviour(b) for b in named.behaviours],
        "attributes": [*map(_attribute, named.attributes), *_groups(named)],
        "roles": {ROLES[name]: name for name, _, _ in named.identifiers if name in ROLES},
        **_settings(found, times, named.behaviours),
        "cut_offs": _cut_offs(found, times, setting.per_month),
        "rulebook": Noted(rulebook, "points to begin with; the model is compared with them"),
    }
    return yaml_text({key: part for key, part in told.items() if part not in ([], {})}, HEAD)


def _label(label: Text) -> Part:
    return {"ja": label.ja, "en": label.en}


def _behaviour(item: NamedBehaviour) -> Part:
    actor = {"actor": "sales"} if item.actor == "sales" else {}
    return {"name": item.name, **actor, "label": _label(item.label)}


def _attribute(item: NamedAttribute) -> Part:
    unit: Part = {}
    if item.kind == "money":
        unit = {"unit": _currency(item)}
    elif item.kind == "company_size":
        unit = {"unit": "employees"}
    return {"name": item.name, "kind": item.kind, **unit, "label": _label(item.label)}


def _currency(item: NamedAttribute) -> str:
    text = "".join(item.profile.values[:50]) + item.profile.header
    if any(ord(letter) > 0x3000 for letter in text) or "¥" in text:
        return "JPY"
    return "EUR" if "€" in text else "USD"


def _groups(named: Named) -> list[Part]:
    names = [name for name, _, _ in named.identifiers]
    return [{"name": n, "kind": GROUPS[n][0], "label": _label(GROUPS[n][1])} for n in names]


def _settings(
    found: Understanding, times: LeadTimes, behaviours: tuple[NamedBehaviour, ...]
) -> Part:
    stage = found.outcomes[0].stage if found.outcomes else "opportunity"
    if found.created is None:
        order = "arrival" if found.of(ColumnRole.ARRIVAL) else "random"
        return {
            "windows": {"days": [30], "age": False},
            "snapshots": Noted({"at": "undated"}, "no dates: this is no forecast"),
            "outcome": {"stage": stage, "horizon_days": None},
            "test": {"share": 0.3, "order": order},
        }
    dated = bool(found.outcomes) and found.outcomes[0].time is not None
    monthly = dated and any(b.actor == "lead" for b in behaviours)
    starts = {"starts_on": times.starts_on} if times.starts_on else {}
    decided = any("lost" in o.values.values() for o in found.outcomes)
    decided = decided and (not dated or _tells_open(found))
    horizon = times.horizon_days
    outcome: Any = {"stage": stage, "horizon_days": horizon}
    outcome |= {"only_decided": True} if decided else {}
    if dated:
        within = share(float((times.lags < horizon).mean())).en
        outcome = Noted(outcome, f"{within} of outcomes came within it")
    return {
        "windows": {"days": [7, 30, 90] if behaviours else [30], "age": monthly},
        "snapshots": {"at": "monthly" if monthly else "creation", **starts},
        "outcome": outcome,
        "test": {"months": times.test_months(horizon)},
    }


def _tells_open(found: Understanding) -> bool:
    """Whether a column is blank in open leads alone, so that a blank would tell that no outcome is.

    Then open leads are left unknown: what was filled in on closing must not part them from others.
    """
    tables = found.tables
    decided = winners(tables, found.outcomes, or_lost=True)
    if len(decided) != tables.leads.n_rows or decided.all() or not decided.any():
        return False
    used = {c.header for c in found.columns if c.role not in (ColumnRole.OUTCOME, ColumnRole.LEAK)}
    return any(
        c.filled[decided].mean() > ALWAYS and c.filled[~decided].mean() < MOSTLY
        for c in tables.leads.columns
        if c.header in used
    )


def _cut_offs(found: Understanding, times: LeadTimes, said: int | None) -> Part:
    n = max(times.n_leads, len(found.won))
    won = int(max(times.reached.notna().sum(), found.won.sum()))
    base = won / n if n else 0.2
    wanted = min(0.9, max(0.05, round(1.5 * base, 2)))
    mql: Part = {"rule": "capacity", "per_month": said or max(1, round(0.3 * times.per_month))}
    if found.created is None:
        mql = {"rule": "precision", "at_least": min(0.85, max(0.03, round(1.2 * base, 2)))}
    return {
        "mql": Noted(mql, "what sales can work; proposed: three of ten leads"),
        "sql": Noted({"rule": "precision", "at_least": wanted}, "1.5 times the average lead"),
    }


def _rules(found: Understanding, named: Named) -> list[Part]:
    rules = [
        _rule(
            f"did_{b.name}",
            b.label,
            {"behaviour": b.name, "at_least": 1, "within_days": 90},
            points=b.points,
        )
        for b in named.behaviours
        if b.actor == "lead"
    ][:MOST_RULES]
    for item in named.attributes:
        if item.name in STATED and item.kind != "category":
            test, points, label = STATED[item.name]
            when = {"attribute": item.name, **test}
            rules.append(_rule(f"has_{item.name}", label, when, points=points))
    if any(name == "email_domain" for name, _, _ in named.identifiers):
        when = {"attribute": "email_domain", "is_free_mail": True}
        rules.append(_rule("free_mail", FREE_MAIL, when, points=-5))
    if sum(rule["points"] > 0 for rule in rules) < 2:
        lifted = [_lifted(found, item) for item in named.attributes]
        rules += [rule for rule in lifted if rule is not None][:MOST_RULES]
    if not any(rule["points"] > 0 for rule in rules):
        rules += [
            _rule(f"knows_{a.name}", a.label, {"attribute": a.name, "known": True}, points=10)
            for a in named.attributes[:2]
        ]
    return rules


def _lifted(found: Understanding, item: NamedAttribute) -> Part | None:
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
    label = Text(ja=f"{item.label.ja}: 成果の多い値", en=f"{item.label.en}: values that convert")
    when = {"attribute": item.name, "is_one_of": values}
    return _rule(f"good_{item.name}", label, when, points=10)


def _rule(name: str, label: Text, when: Part, *, points: int) -> Part:
    return {"name": name, "label": _label(label), "when": when, "points": points}
