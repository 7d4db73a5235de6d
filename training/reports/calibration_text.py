"""The calibration report of some probabilities in words and figures, for reports and MLflow."""

from collections.abc import Mapping

from features.core.formats import count, number
from features.core.text import Language, Text
from training.reports.document import Table
from training.reports.retrain_records import RetrainReport
from training.results.calibration_records import CalibrationReport

MODEL = "model"

COLUMNS = (
    Text(ja="", en=""),
    Text(ja="件数", en="Snapshots"),
    Text(ja="成果", en="Converted"),
    Text(ja="傾き(1が正確)", en="Slope (1 is right)"),
    Text(ja="ずれ(0が正確)", en="Shift (0 is right)"),
    Text(ja="較正誤差", en="Calibration error"),
    Text(ja="偶然だけの較正誤差", en="By chance alone"),
    Text(ja="較正のずれ", en="Miscalibration"),
    Text(ja="識別", en="Discrimination"),
    Text(ja="不確実性", en="Uncertainty"),
)
HOW_TO_READ = Text(
    ja="較正誤差は、確率が真実でも偶然に生じる値(右隣)と比べて読みます。"
    "対数損失 = 較正のずれ − 識別 + 不確実性。",
    en="Read the calibration error beside what chance alone would show were every probability "
    "true. Log loss = miscalibration - discrimination + uncertainty.",
)


def calibration_reports_of_retrain(report: RetrainReport) -> dict[str, CalibrationReport]:
    """Calibration reports of the tested fit and of each baseline on the same rows, by name."""
    calibration_reports = {MODEL: report.proof} | {o.name: o.proof for o in report.opponents}
    return {name: proof for name, proof in calibration_reports.items() if proof is not None}


def calibration_table(
    calibration_reports: Mapping[str, CalibrationReport], language: Language
) -> Table:
    """Make a table with one row for each named calibration report."""
    return Table(
        columns=tuple(column.read(language) for column in COLUMNS),
        rows=tuple(
            (name, *calibration_cells(proof, language))
            for name, proof in calibration_reports.items()
        ),
    )


def calibration_cells(proof: CalibrationReport, language: Language) -> tuple[str, ...]:
    """The figures of a calibration report in the order of the columns after the first."""
    error, parts = proof.calibration_error, proof.decomposition
    figures = (
        count(proof.n_snapshots),
        count(proof.n_converted),
        number(proof.slope, 2),
        number(proof.intercept, 2),
        number(error.value),
        number(error.by_chance),
        number(parts.miscalibration),
        number(parts.discrimination),
        number(parts.uncertainty),
    )
    return tuple(figure.read(language) for figure in figures)


def calibration_values(proof: CalibrationReport, prefix: str = "") -> dict[str, float]:
    """Flatten a calibration report into figures by name, for MLflow."""
    values = {
        "expected_calibration_error": proof.calibration_error.value,
        "expected_calibration_error_by_chance": proof.calibration_error.by_chance,
        "miscalibration": proof.decomposition.miscalibration,
        "discrimination": proof.decomposition.discrimination,
        "uncertainty": proof.decomposition.uncertainty,
    }
    for name, figure in (("slope", proof.slope), ("intercept", proof.intercept)):
        if figure is not None:
            values[f"calibration_{name}"] = figure.value
    return {f"{prefix}{name}": value for name, value in values.items()}
