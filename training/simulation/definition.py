"""The simulated company's lead definition and mapping: the shipped template with its own name."""

from importlib.resources import files

from features.core.errors import DefinitionError
from features.definition.yaml.read import TEMPLATE
from training.simulation.behaviour import leak
from training.simulation.records.words import TEAM_LABELS
from training.simulation.settings import CompanySettings

SHIPPED_CAPACITY = 400
"""Leads a month that sales can work by the shipped template."""


def definition_text(settings: CompanySettings) -> str:
    """Lead definition as YAML."""
    text = TEMPLATE.read_text(encoding="utf-8")
    changes = {
        "name: template": "name: simulated_company",
        "title: {ja: リード定義(ひな形), en: Lead definition (template)}": (
            "title: {ja: リード定義(架空の会社), en: Lead definition (simulated company)}"
        ),
        "exploration: {share: 0.02}": f"exploration: {{share: {settings.exploration_share}}}",
    }
    team = "name: team, kind: identifier, label: {ja: 担当チーム, en: Team}"
    named = ", ".join(f"{ja}: {{en: {en}}}" for ja, en in TEAM_LABELS.items())
    changes[team] = f"{team}, labels: {{{named}}}"
    changes |= _volumes(settings.capacity_per_month)
    if settings.leak:
        changes["\nroles:"] = leak.LINE + "\nroles:"
    for old, new in changes.items():
        if text.count(old) != 1:
            msg = f"the shipped template must hold {old!r} once; got {text.count(old)} times."
            raise DefinitionError(f"{msg} Change training/simulation/definition.py with it.")
        text = text.replace(old, new)
    return text


def _volumes(capacity: int) -> dict[str, str]:
    """The template's monthly volumes, and those of a company whose sales can work so many leads."""

    def of(shipped: int) -> int:
        return max(round(shipped * capacity / SHIPPED_CAPACITY), 1)

    return {
        "rule: capacity, per_month: 400}": f"rule: capacity, per_month: {capacity}}}",
        "sales: {capacity_per_month: 400,": f"sales: {{capacity_per_month: {capacity},",
        "en: MQLs}, target: 320, at_most: 400,": (
            f"en: MQLs}}, target: {of(320)}, at_most: {capacity},"
        ),
        "en: SQLs (accepted by sales)}, target: 120,": (
            f"en: SQLs (accepted by sales)}}, target: {of(120)},"
        ),
        "en: Opportunities}, target: 100,": f"en: Opportunities}}, target: {of(100)},",
    }


def mapping_text(settings: CompanySettings) -> str:
    """Mapping of the exported files as YAML."""
    text = files("training.simulation").joinpath("import.yaml").read_text(encoding="utf-8")
    return text.replace("      # leak\n", leak.MAPPING if settings.leak else "")
