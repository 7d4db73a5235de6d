"""The library: every public name of Awase, each imported when it is first asked for.

Why lazily: ``import awase`` takes a few milliseconds, and whoever only reads a definition does not
wait for what trains a model.

Why it looks for its own folders: they are called ``features``, ``training`` and ``serving``, and a
folder of such a name beside one's own script would be imported in their place.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.catalogue import Catalogue
    from features.core.errors import AwaseError, Refusal
    from features.definition import LeadDefinition, read_definition
    from features.importing.import_files import import_files
    from features.importing.mapping.mapping_file import read_mapping
    from features.snapshot import take_snapshot
    from serving.decisions.in_force.apply import load_champion
    from serving.decisions.inspect.explain_lead import explain_lead
    from serving.decisions.inspect.what_if import what_if
    from serving.decisions.score_leads import score_leads
    from serving.reasons.explainer import Explainer
    from serving.reasons.exploring.dependence import interaction, partial_dependence
    from serving.reasons.exploring.importance import importance
    from serving.reasons.exploring.plots import (
        plot_beeswarm,
        plot_dependence,
        plot_interaction,
        plot_partial_dependence,
        plot_waterfall,
        use_japanese_font,
    )
    from serving.reasons.separation import what_separates
    from serving.reasons.similar.shap_objects import shap_by_concept, shap_by_feature
    from serving.workspace.create import create_workspace
    from serving.workspace.workspace import Workspace
    from training.comparison.policy_trial import compare_policies
    from training.dataset.dataset import load_dataset
    from training.drift.drift import find_drift
    from training.evaluation.backtest import backtest
    from training.evaluation.evaluate_leads import evaluate_leads
    from training.evaluation.fairness import fairness_by_segment
    from training.leakage.audit import audit_leakage
    from training.metrics.calibration_error import calibration_report
    from training.model.release import Release, load_release
    from training.recalibrate import recalibrate
    from training.results_store import read_disagreements, read_retrain
    from training.retrain import RetrainSettings, retrain
    from training.simulation.records.exports import write_company
    from training.simulation.settings import CompanySettings, stress_drift
    from training.simulation.simulation import simulate

_HOME = {
    "Workspace": "serving.workspace.workspace",
    "create_workspace": "serving.workspace.create",
    "LeadDefinition": "features.definition",
    "read_definition": "features.definition",
    "import_files": "features.importing.import_files",
    "read_mapping": "features.importing.mapping.mapping_file",
    "CompanySettings": "training.simulation.settings",
    "stress_drift": "training.simulation.settings",
    "simulate": "training.simulation.simulation",
    "write_company": "training.simulation.records.exports",
    "Catalogue": "features.catalogue",
    "take_snapshot": "features.snapshot",
    "load_dataset": "training.dataset.dataset",
    "RetrainSettings": "training.retrain",
    "retrain": "training.retrain",
    "recalibrate": "training.recalibrate",
    "backtest": "training.evaluation.backtest",
    "evaluate_leads": "training.evaluation.evaluate_leads",
    "read_retrain": "training.results_store",
    "read_disagreements": "training.results_store",
    "Release": "training.model.release",
    "load_release": "training.model.release",
    "load_champion": "serving.decisions.in_force.apply",
    "score_leads": "serving.decisions.score_leads",
    "explain_lead": "serving.decisions.inspect.explain_lead",
    "Explainer": "serving.reasons.explainer",
    "what_separates": "serving.reasons.separation",
    "shap_by_feature": "serving.reasons.similar.shap_objects",
    "shap_by_concept": "serving.reasons.similar.shap_objects",
    "importance": "serving.reasons.exploring.importance",
    "partial_dependence": "serving.reasons.exploring.dependence",
    "interaction": "serving.reasons.exploring.dependence",
    "plot_waterfall": "serving.reasons.exploring.plots",
    "plot_beeswarm": "serving.reasons.exploring.plots",
    "plot_dependence": "serving.reasons.exploring.plots",
    "plot_partial_dependence": "serving.reasons.exploring.plots",
    "plot_interaction": "serving.reasons.exploring.plots",
    "use_japanese_font": "serving.reasons.exploring.plots",
    "what_if": "serving.decisions.inspect.what_if",
    "compare_policies": "training.comparison.policy_trial",
    "find_drift": "training.drift.drift",
    "audit_leakage": "training.leakage.audit",
    "fairness_by_segment": "training.evaluation.fairness",
    "calibration_report": "training.metrics.calibration_error",
    "AwaseError": "features.core.errors",
    "Refusal": "features.core.errors",
}
"""Where each name lives, in the order of use: in, look, learn, use, judge, errors."""

__all__ = [
    "AwaseError",
    "Catalogue",
    "CompanySettings",
    "Explainer",
    "LeadDefinition",
    "Refusal",
    "Release",
    "RetrainSettings",
    "Workspace",
    "audit_leakage",
    "backtest",
    "calibration_report",
    "compare_policies",
    "create_workspace",
    "evaluate_leads",
    "explain_lead",
    "fairness_by_segment",
    "find_drift",
    "import_files",
    "importance",
    "interaction",
    "load_champion",
    "load_dataset",
    "load_release",
    "partial_dependence",
    "plot_beeswarm",
    "plot_dependence",
    "plot_interaction",
    "plot_partial_dependence",
    "plot_waterfall",
    "read_definition",
    "read_disagreements",
    "read_mapping",
    "read_retrain",
    "recalibrate",
    "retrain",
    "score_leads",
    "shap_by_concept",
    "shap_by_feature",
    "simulate",
    "stress_drift",
    "take_snapshot",
    "use_japanese_font",
    "what_if",
    "what_separates",
    "write_company",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _refuse_other_folders() -> None:
    """Say so where a folder of the same name is imported in place of ours.

    Raises
    ------
    ImportError
        If ``features``, ``training`` or ``serving`` lies elsewhere than this file.
    """
    home = Path(__file__).resolve().parent
    for floor in ("features", "training", "serving"):
        spec = find_spec(floor)
        found = None if spec is None or spec.origin is None else Path(spec.origin).resolve()
        if found is None or found.parent.parent != home:
            where = "none" if found is None else found.parent
            msg = (
                f"the folder {floor} of Awase must be the one that Python imports; got {where}. "
                "Run from another working directory, or rename that folder."
            )
            raise ImportError(msg)


_refuse_other_folders()
