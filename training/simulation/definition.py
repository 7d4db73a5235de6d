"""The simulated company's lead definition and mapping: the shipped template with its own name."""

from importlib.resources import files

from features.core.errors import DefinitionError
from features.definition.yaml.read import TEMPLATE
from training.simulation.behaviour import leak
from training.simulation.settings import CompanySettings


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
    if settings.leak:
        changes["\nroles:"] = leak.LINE + "\nroles:"
    for old, new in changes.items():
        if text.count(old) != 1:
            msg = f"the shipped template must hold {old!r} once; got {text.count(old)} times."
            raise DefinitionError(f"{msg} Change training/simulation/definition.py with it.")
        text = text.replace(old, new)
    return text


def mapping_text(settings: CompanySettings) -> str:
    """Mapping of the exported files as YAML."""
    text = files("training.simulation").joinpath("import.yaml").read_text(encoding="utf-8")
    return text.replace("      # leak\n", leak.MAPPING if settings.leak else "")
