"""The shipped lead definition without what never came: a start where a CRM tells the rest."""

from typing import Any

from features.definition import TEMPLATE
from features.definition.yaml.document import read_document
from features.definition.yaml.yaml_text import yaml_text
from features.importing.proposal.lead_times import LeadTimes

AGREED_LATER = ("agreement", "title", "name", "kpis", "sales", "exploration")
"""Parts that say what two teams agreed on."""

FEWEST_MQL, FEWEST_SQL = 10, 20
"""Points of the cut-offs where few rules are left; the template's own, and what all rules
give together, are upper bounds."""


def fit_template(
    names: set[str], times: LeadTimes, *, time_zone: str, per_month: int | None = None
) -> str:
    """Write a lead definition for what there is, as text; nobody has agreed on it yet.

    Parameters
    ----------
    names : set of str
        Behaviours and attributes of the template that came.
    times : LeadTimes
        From which horizon, test and start follow.
    time_zone : str
        In which days and months begin.
    per_month : int, optional
        Leads that sales can work in a month; without it as many as the rulebook hands over.
    """
    told = read_document(TEMPLATE.read_text(encoding="utf-8"), TEMPLATE.name).content
    for part in AGREED_LATER:
        told.pop(part, None)
    told["format"] = 1
    for part in ("behaviours", "attributes"):
        told[part] = [item for item in told[part] if item["name"] in names]
    told["roles"] = {role: name for role, name in told["roles"].items() if name in names}
    told["segments"] = [name for name in told["segments"] if name in names]
    told["snapshots"]["starts_on"] = times.starts_on
    told["outcome"]["horizon_days"] = times.horizon_days
    told["test"] = {"months": times.test_months(times.horizon_days)}
    mql = {"rule": "capacity", "per_month": per_month}
    by_rulebook = {"rule": "rulebook_volume"}
    told["cut_offs"] = {"mql": mql if per_month else by_rulebook, "sql": by_rulebook}
    told["rulebook"] = _rulebook(told["rulebook"], names)
    head = {
        "name": "leads",
        "title": {"ja": "リード定義(案)", "en": "Lead definition (proposed)"},
        "time_zone": time_zone,
    }
    comments = (
        "yaml-language-server: $schema=definition.schema.json",
        "Proposed by `awase start`; marketing and sales agree on it, see docs/agreement.md.",
    )
    return yaml_text(head | {k: v for k, v in told.items() if k not in head}, comments)


def _rulebook(told: dict[str, Any], names: set[str]) -> dict[str, Any]:
    rules = [rule for rule in told["rules"] if _fitted(rule["when"], names) is not None]
    most = sum(max(rule["points"], 0) for rule in rules)
    fitted: dict[str, Any] = {"rules": rules}
    for level, fewest in (("mql", FEWEST_MQL), ("sql", FEWEST_SQL)):
        when = _fitted(told[level]["checklist"]["when"], names)
        points = min(told[level]["points"], max(fewest, most // 2), most)
        fitted[level] = {"points": points}
        if when is not None:
            fitted[level]["checklist"] = told[level]["checklist"] | {"when": when}
    return fitted


def _fitted(when: dict[str, Any], names: set[str]) -> dict[str, Any] | None:
    """A condition without what cannot be told; None if then nothing is left to ask."""
    if "all_of" in when:
        parts = [_fitted(part, names) for part in when["all_of"]]
        return None if None in parts else when
    if "any_of" in when:
        found = [part for part in when["any_of"] if _fitted(part, names) is not None]
        return {"any_of": found} if found else None
    asked = when.get("behaviour", when.get("attribute"))
    return when if asked in names else None
