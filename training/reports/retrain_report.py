"""What a retrain found and decided, in words: for the run's record, for MLflow, for a mail.

The order is that of a reader's questions: what was decided and why, can the numbers be trusted, is
it better than the rulebook, what moved.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.core.estimate import Measured
from features.core.formats import (
    UNDEFINED,
    Figure,
    count,
    local_date,
    number,
    share,
    share_range,
    signed,
)
from features.core.qualification import Qualification
from features.core.text import Language, Text
from training.metrics.metrics import METRICS
from training.reports.base_rate_text import level_moved
from training.reports.calibration_text import (
    HOW_TO_READ,
    MODEL,
    calibration_reports_of_retrain,
    calibration_table,
)
from training.reports.charts import comparison as comparison_charts
from training.reports.charts import reliability as charts
from training.reports.charts.calibration import curve_points, draw_curves
from training.reports.comparison_text import (
    MODEL_AND_RULEBOOK,
    QUALIFICATION_WORDS,
    conclude,
    depends_on_the_unseen,
    how_replayed,
    matching_words,
    weighted_by_chance,
)
from training.reports.document import Document, Section, Table
from training.reports.retrain_records import RetrainReport
from training.results.comparison_records import (
    Comparison,
    PolicyPair,
    PolicyResult,
    SegmentResult,
)
from training.results.records import Metrics

_CELLS = {
    "both": Text(ja="両方", en="both"),
    "model_only": Text(ja="モデルのみ", en="model only"),
    "rulebook_only": Text(ja="ルールブックのみ", en="rulebook only"),
    "neither": Text(ja="どちらでもない", en="neither"),
}


def retrain_document(
    report: RetrainReport, *, zone: ZoneInfo, language: Language, drawn: bool = False
) -> Document:
    """Write the report of a retrain as a document.

    Parameters
    ----------
    report : RetrainReport
    zone : ZoneInfo
        In which days are told.
    language : Language
    drawn : bool
        Whether to draw charts, which takes a second.
    """
    words = _Words(language=language, zone=zone)
    title = words(Text(ja="再学習の報告", en="Report of a retrain"))
    sections = [
        _decision(report, words),
        _trust(report, words, drawn),
        _proof(report, words, drawn),
        _crossings(report, words),
        _reliability(report.metrics, words),
        *_comparison(report.comparison, words, drawn),
        _segments(report.comparison, words),
        _moved(report, words),
        _data(report, words),
    ]
    return Document(
        title=f"{title}: {report.release_id}",
        language=language,
        sections=tuple(s for s in sections if s is not None),
    )


def one_line(report: RetrainReport) -> str:
    """The run in one line, for a log or an alert."""
    if report.promoted:
        decided = f"promoted {report.release_id}"
    elif report.verdict.passed:
        decided = f"unchanged {report.release_id}"
    else:
        failed = ", ".join(c.name for c in report.verdict.checks if c.passed is False)
        decided = f"refused {report.release_id} ({failed})"
    run = "retrain" if report.recalibration is None else "recalibrate"
    metrics = report.metrics
    return (
        f"{run} {decided}; champion {report.champion_after or 'none'}; "
        f"log loss {number(metrics.log_loss.value).en} against "
        f"{number(metrics.base_rate_log_loss).en}; "
        f"drift findings {len(report.drift)}"
    )


@dataclass(frozen=True, kw_only=True)
class _Words:
    """Texts, days and figures in one language."""

    language: Language
    zone: ZoneInfo

    def __call__(self, text: Text | Figure) -> str:
        return text.read(self.language)

    def share(self, found: Measured | float | None) -> str:
        return share(found).read(self.language)

    def day(self, second: int) -> str:
        return local_date(second, self.zone).read(self.language)


def _decision(report: RetrainReport, words: _Words) -> Section:
    if report.promoted:
        decided = Text(
            ja="合格し、チャンピオンになりました。", en="It passed and is the champion now."
        )
    elif report.verdict.passed:
        decided = Text(ja="すでにチャンピオンです。", en="It already is the champion.")
    else:
        decided = Text(
            ja=f"不合格です。チャンピオンは {report.champion_after or 'なし'} のままです。",
            en=f"It was refused; the champion stays {report.champion_after or 'none'}.",
        )
    lines = [words(decided), *(words(note) for note in report.notes)]
    if report.recalibration is not None:
        lines.append(words(level_moved(report.recalibration)))
    marks = {True: Text(ja="合格", en="passed"), False: Text(ja="不合格", en="failed")}
    unasked = Text(ja="対象外", en="not asked")
    for check in report.verdict.checks:
        mark = unasked if check.passed is None else marks[check.passed]
        lines.append(f"{words(mark)}: {words(check.sentence)}")
    lines += [words(finding.sentence) for finding in report.audit]
    return Section(heading=words(Text(ja="決定", en="Decision")), lines=tuple(lines))


def _trust(report: RetrainReport, words: _Words, drawn: bool) -> Section:
    metrics = report.metrics
    rows = [
        (words(METRICS[name].label), words(number(getattr(metrics, name))))
        for name in METRICS
        if getattr(metrics, name, None) is not None
    ]
    base = words(Text(ja="基準率だけの対数損失", en="Log loss of the base rate alone"))
    lines = [
        words(
            Text(
                ja=f"学習より後の{metrics.n_snapshots:,}件(リード{metrics.n_leads:,}件、"
                f"成果{metrics.n_converted:,}件)で確かめました。",
                en=f"Measured on {metrics.n_snapshots:,} later snapshots of {metrics.n_leads:,} "
                f"leads, of which {metrics.n_converted:,} converted.",
            )
        )
    ]
    if not report.dated:
        lines = [
            words(
                Text(
                    ja="このデータには日付がありません。以下は予測の検証ではありません。",
                    en="These data have no dates: nothing below is a forecast.",
                )
            )
        ]
    points = charts.reliability_points(metrics)
    return Section(
        heading=words(Text(ja="数値は信頼できるか", en="Can the numbers be trusted")),
        lines=tuple(lines),
        table=Table(
            columns=(
                words(Text(ja="指標", en="Measure")),
                words(Text(ja="値(95%区間)", en="Value (95% interval)")),
            ),
            rows=(*rows, (base, words(number(metrics.base_rate_log_loss)))),
        ),
        drawings=(charts.as_svg(charts.draw_reliability(points)),) if drawn else (),
    )


def _proof(report: RetrainReport, words: _Words, drawn: bool) -> Section | None:
    labels = {MODEL: Text(ja="モデル", en="model")} | {o.name: o.label for o in report.opponents}
    calibration_reports = {
        words(labels[name]): p for name, p in calibration_reports_of_retrain(report).items()
    }
    if not calibration_reports:
        return None
    heading = Text(ja="較正の証拠", en="Proof of calibration")
    return Section(
        heading=words(heading),
        lines=(words(HOW_TO_READ),),
        table=calibration_table(calibration_reports, words.language),
        drawings=(charts.as_svg(draw_curves(curve_points(calibration_reports))),) if drawn else (),
    )


def _crossings(report: RetrainReport, words: _Words) -> Section | None:
    if not report.crossings:
        return None
    columns = (
        Text(ja="", en=""),
        Text(ja="リード", en="Leads"),
        Text(ja="予測", en="Promised"),
        Text(ja="実績(95%区間)", en="Came (95% interval)"),
    )
    rows = tuple(
        (
            found.qualification.name,
            words(count(found.n_crossed)),
            words.share(found.mean_probability),
            words.share(found.converted_share),
        )
        for found in report.crossings
    )
    heading = Text(
        ja="判断の瞬間: 初めて基準に達した日の確率と実績",
        en="Where decisions fall: the day a lead first crosses a cut-off",
    )
    table = Table(columns=tuple(words(c) for c in columns), rows=rows)
    return Section(heading=words(heading), table=table)


def _reliability(metrics: Metrics, words: _Words) -> Section | None:
    if not metrics.reliability:
        return None
    rows = tuple(
        (
            words(share_range(band.low, band.high)),
            words(count(band.n_snapshots)),
            words.share(band.mean_probability),
            words.share(band.converted_share),
        )
        for band in metrics.reliability
    )
    columns = (
        Text(ja="確率の帯", en="Band"),
        Text(ja="件数", en="Snapshots"),
        Text(ja="予測", en="Promised"),
        Text(ja="実績(95%区間)", en="Came (95% interval)"),
    )
    return Section(
        heading=words(Text(ja="確率の帯ごとの予測と実績", en="Promised and came, by band")),
        table=Table(columns=tuple(words(c) for c in columns), rows=rows),
    )


def _comparison(comparison: Comparison, words: _Words, drawn: bool) -> list[Section]:
    columns = (
        Text(ja="", en=""),
        Text(ja="引き渡し", en="Handed over"),
        Text(ja="成果率", en="Opportunity rate"),
        Text(ja="捕捉した成果", en="Caught"),
        Text(ja="リフト", en="Lift"),
    )
    sections: list[Section] = []
    for pair in comparison.pairs:
        names = MODEL_AND_RULEBOOK
        named = (
            words(QUALIFICATION_WORDS[pair.qualification]),
            words(matching_words(pair.matching, names)),
        )
        heading = words(Text(ja="モデルとルールブック", en="Model and rulebook"))
        rows = tuple(
            _policy_row(words(name), result, words)
            for name, result in ((names.first, pair.model), (names.second, pair.rulebook))
        )
        sections.append(
            Section(
                heading=f"{heading}: {named[0]}, {named[1]}",
                lines=(
                    *((words(how_replayed(comparison)),) if not sections else ()),
                    *_pair_lines(pair, words),
                ),
                table=Table(columns=tuple(words(c) for c in columns), rows=rows),
            )
        )
    bars = comparison_charts.rate_bars(comparison, words.language)
    if drawn and bars:
        heading = words(Text(ja="成果率の比較", en="Opportunity rates"))
        drawing = charts.as_svg(comparison_charts.draw_rates(bars, words.language))
        sections.append(Section(heading=heading, drawings=(drawing,)))
    return sections


def _policy_row(name: str, result: PolicyResult, words: _Words) -> tuple[str, ...]:
    lift = words(number(None if result.lift is None else result.lift.value, 2))
    caught = f"{words(count(result.n_caught))}; {words.share(result.caught_share)}"
    handed = words(count(result.n_handed_over))
    return (name, handed, words.share(result.opportunity_rate), caught, lift)


def _pair_lines(pair: PolicyPair, words: _Words) -> tuple[str, ...]:
    lines = [words(conclude(pair))]
    if pair.days_earlier is not None:
        days, ahead = pair.days_earlier, signed(pair.days_earlier.mean_days.value, 1)
        text = Text(
            ja=f"両方が見つけた{days.n_leads:,}件で、モデルは平均{ahead.ja}日早い判断です。",
            en=f"On the {days.n_leads:,} leads both found the model was {ahead.en} days ahead on "
            "average.",
        )
        lines.append(words(text))
    cells = "; ".join(
        f"{words(_CELLS[c.name])} {words(count(c.n_leads))}: {words.share(c.converted_share)}"
        for c in pair.cells
    )
    unseen = [weighted_by_chance(pair), depends_on_the_unseen(pair)]
    return (*lines, cells, *(words(sentence) for sentence in unseen if sentence is not None))


def _segments(comparison: Comparison, words: _Words) -> Section | None:
    rows = tuple(
        (
            _segment_name(segment, words),
            words(count(segment.n_leads)),
            *(
                f"{words(count(result.n_handed_over))} / {words.share(result.opportunity_rate)}"
                for result in (segment.model, segment.rulebook)
            ),
        )
        for pair in comparison.pairs
        if pair.qualification is Qualification.MQL
        for segment in pair.segments
    )
    if not rows:
        return None
    columns = (
        Text(ja="セグメント", en="Segment"),
        Text(ja="リード", en="Leads"),
        Text(ja="モデル: 件数/成果率", en="Model: leads / rate"),
        Text(ja="ルール: 件数/成果率", en="Rulebook: leads / rate"),
    )
    return Section(
        heading=words(Text(ja="セグメント別", en="By segment")),
        table=Table(columns=tuple(words(c) for c in columns), rows=rows),
    )


def _segment_name(segment: SegmentResult, words: _Words) -> str:
    attribute = segment.attribute if segment.label is None else words(segment.label)
    value = segment.value if segment.value_label is None else words(segment.value_label)
    return f"{attribute}: {value}"


def _moved(report: RetrainReport, words: _Words) -> Section:
    lines = [words(finding.sentence) for finding in report.drift]
    if not lines:
        lines = [words(Text(ja="目立った変化はありません。", en="Nothing moved that matters."))]
    expected = report.expected
    if expected is not None:
        rate, loss = share(expected.conversion_rate), number(expected.log_loss)
        text = Text(
            ja=f"未成熟の{expected.n_snapshots:,}件では成果率{rate.ja}、対数損失{loss.ja}が"
            "見込まれます。",
            en=f"Of {expected.n_snapshots:,} snapshots not yet matured {rate.en} are expected to "
            f"convert, with a log loss of {loss.en}.",
        )
        lines.append(words(text))
    return Section(heading=words(Text(ja="変化", en="What moved")), lines=tuple(lines))


def _data(report: RetrainReport, words: _Words) -> Section:
    counts = report.counts
    until = words.day(report.data_cutoff) if report.dated else UNDEFINED
    rows = (
        (words(Text(ja="データの締め", en="Data cut-off")), until),
        (words(Text(ja="リード", en="Leads")), words(count(counts.n_leads))),
        (words(Text(ja="行動", en="Events")), words(count(counts.n_events))),
        (words(Text(ja="スナップショット", en="Snapshots")), words(count(counts.n_snapshots))),
        (words(Text(ja="成熟", en="Matured")), words(count(counts.n_matured))),
        (words(Text(ja="未確定", en="Not yet known")), words(count(counts.n_censored))),
        (words(Text(ja="学習", en="Trained on")), words(count(counts.n_train))),
        (words(Text(ja="検証", en="Tested on")), words(count(counts.n_test))),
    )
    columns = (words(Text(ja="項目", en="What")), words(Text(ja="値", en="Value")))
    return Section(
        heading=words(Text(ja="データ", en="Data")), table=Table(columns=columns, rows=rows)
    )
