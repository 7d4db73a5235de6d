"""The report of a retrain in both languages: decision first, every figure with its interval."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from features.core.text import LANGUAGES, Language, Text
from training.reports.document import Document, Section, Table, as_html, as_markdown
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import one_line, retrain_document
from training.results.records import DriftFinding, ExpectedPerformance, GateCheck, GateVerdict

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_begins_with_what_was_decided(report: RetrainReport, language: Language) -> None:
    document = retrain_document(report, zone=TOKYO, language=language)

    first = document.sections[0]
    decided = {
        "en": "It passed and is the champion now.",
        "ja": "合格し、チャンピオンになりました。",
    }
    reason = {"en": "passed: Better than the base rate.", "ja": "合格: 基準率より良い予測です。"}
    assert first.lines == (decided[language], reason[language])
    assert document.title.endswith(report.release_id)


def test_a_refusal_says_which_check_failed_and_who_stays(report: RetrainReport) -> None:
    words = Text(ja="悪い", en="It is worse than the champion.")
    refused = replace(
        report,
        promoted=False,
        champion_after="2026-01-01-aa",
        verdict=GateVerdict(checks=(GateCheck(name="champion", passed=False, sentence=words),)),
    )

    lines = retrain_document(refused, zone=TOKYO, language="en").sections[0].lines

    assert lines == (
        "It was refused; the champion stays 2026-01-01-aa.",
        "failed: It is worse than the champion.",
    )
    assert one_line(refused).startswith(f"retrain refused {report.release_id} (champion); ")


def test_every_band_and_policy_has_its_row(report: RetrainReport) -> None:
    tables = [s.table for s in retrain_document(report, zone=TOKYO, language="en").sections]

    bands = next(t for t in tables if t is not None and t.columns[0] == "Band")
    policies = [t for t in tables if t is not None and t.columns[1] == "Handed over"]
    assert len(bands.rows) == len(report.metrics.reliability)
    assert [[row[0] for row in table.rows] for table in policies] == 4 * [["model", "rulebook"]]


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

    text = as_markdown(
        retrain_document(
            replace(report, drift=(moved,), expected=expected), zone=TOKYO, language="en"
        )
    )

    assert "- Webinar stopped arriving." in text
    assert "Of 500 snapshots not yet matured 10.0% are expected to convert" in text


def test_a_page_needs_nothing_beside_itself(report: RetrainReport) -> None:
    page = as_html(retrain_document(report, zone=TOKYO, language="ja", drawn=True))

    assert page.startswith('<!doctype html>\n<html lang="ja">')
    assert page.count("<svg") == 2
    assert "src=" not in page
    assert "<link" not in page


def test_words_of_a_definition_cannot_become_markup() -> None:
    document = Document(
        title="<b>",
        language="en",
        sections=(
            Section(
                heading="*h*",
                lines=("<script>",),
                table=Table(columns=("a|b", "c"), rows=(("<i>", "`x`"),)),
            ),
        ),
    )

    assert "<script>" not in as_html(document)
    assert "<i>" not in as_html(document)
    assert as_markdown(document) == (
        "# &lt;b&gt;\n\n## \\*h\\*\n\n- &lt;script&gt;\n\n"
        "| a\\|b | c |\n| --- | ---: |\n| &lt;i&gt; | \\`x\\` |\n"
    )
