"""The report of a retrain in both languages: decision first, every figure with its interval."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from features.core.text import LANGUAGES, Language, Text
from training.reports.document.charts import drawings
from training.reports.document.html import as_html
from training.reports.document.markdown import as_markdown
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import one_line, retrain_document
from training.results.calibration_records import CalibratorTrial
from training.results.records import DriftFinding, ExpectedPerformance, GateCheck, GateVerdict

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_begins_with_what_was_decided(report: RetrainReport, language: Language) -> None:
    document = retrain_document(report, TOKYO)

    first = document.sections[0]
    decided = {
        "en": f"Release {report.release_id} passed and is the new champion.",
        "ja": f"リリース {report.release_id} は合格し、チャンピオンになりました。",
    }
    reason = {"en": "passed: Better than the base rate.", "ja": "合格: 基準率より良い予測です。"}
    told = tuple(line.read(language) for line in first.lines)
    assert told == (decided[language], reason[language])
    assert document.title.read(language).endswith(report.release_id)


def test_a_refusal_says_which_check_failed_and_who_stays(report: RetrainReport) -> None:
    words = Text(ja="悪い", en="It is worse than the champion.")
    refused = replace(
        report,
        promoted=False,
        champion_after="2026-01-01-aa",
        verdict=GateVerdict(checks=(GateCheck(name="champion", passed=False, sentence=words),)),
    )

    lines = retrain_document(refused, TOKYO).sections[0].lines

    assert [line.en for line in lines] == [
        f"Release {report.release_id} is refused; the champion stays: 2026-01-01-aa.",
        "FAILED: It is worse than the champion.",
    ]
    assert one_line(refused).startswith(f"retrain refused {report.release_id} (champion); ")


def test_every_band_and_policy_has_its_row(report: RetrainReport) -> None:
    tables = [t for section in retrain_document(report, TOKYO).sections for t in section.tables]

    bands = next(t for t in tables if t.columns[0].label.en == "Band")
    policies = [t for t in tables if t.columns[1].label.en == "Handed over"]
    named = [[row.cells[0].shown.en for row in table.rows] for table in policies]
    assert len(bands.rows) == len(report.metrics.reliability)
    assert named == 4 * [["model", "rulebook"]]


def test_what_moved_is_told_in_its_own_words(report: RetrainReport) -> None:
    moved = DriftFinding(
        name="webinar",
        kind="stopped",
        statistic=1.0,
        threshold=0.9,
        consequence=10.0,
        sentence=Text(ja="止まりました。", en="Webinar stopped arriving."),
    )
    expected = ExpectedPerformance(n_snapshots=500, conversion_rate=0.1, log_loss=0.3, auc=0.7)

    told = retrain_document(replace(report, drift=(moved,), expected=expected), TOKYO)
    text = as_markdown(told, "en")

    assert "- Webinar stopped arriving." in text
    assert "Of 500 snapshots not yet matured 10.0% are expected to convert" in text


def test_a_page_needs_nothing_beside_itself(report: RetrainReport) -> None:
    document = retrain_document(report, TOKYO)

    page = as_html(document, "ja", languages=("ja",))

    assert page.startswith('<!DOCTYPE html>\n<html lang="ja">')
    assert page.count("<svg") == len(drawings(document, "ja"))
    assert {"reliability", "rates"} <= set(drawings(document, "ja"))
    assert "src=" not in page
    assert "<link" not in page


@pytest.mark.parametrize("used", ["platt", "isotonic"])
def test_both_calibrators_are_shown_and_why_one_is_used(report: RetrainReport, used: str) -> None:
    def trial(kind: str, ahead: float, blocks: int) -> CalibratorTrial:
        return CalibratorTrial(
            kind=kind,
            log_loss=0.5 + ahead,
            platt_better_by=ahead,
            standard_error=0.001,
            n_blocks=4,
            n_blocks_better=blocks,
            is_used=kind == used,
        )

    ahead, blocks = (-0.01, 4) if used == "isotonic" else (0.002, 1)
    trials = (trial("platt", 0.0, 0), trial("isotonic", ahead, blocks))

    sections = retrain_document(replace(report, calibrators=trials), TOKYO).sections

    section = next(one for one in sections if one.name == "calibrators")
    assert section.lines[0].en.startswith(f"{used.replace('platt', 'Platt')} is used: ")
    rows = [[cell.shown.en for cell in row.cells] for row in section.tables[0].rows]
    assert [row[0] for row in rows] == ["platt", "isotonic"]
    assert rows[1][3] == str(blocks)
