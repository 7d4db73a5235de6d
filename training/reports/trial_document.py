"""A trial in words: what it shows as it runs and at its end."""

from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.core.estimate import Measured
from features.core.formats import (
    agreed_share,
    count,
    local_date,
    number,
    signed,
)
from features.core.text import Text
from features.definition.trial import ARM_WORDS
from training.reports.document.blocks import Cell, Chart, Document, Row, Section, Table, columns
from training.reports.document.cells import NOTHING, cell, row, word
from training.trial.records import ArmComparison, Difference, TrialReport

FIGURE_WORDS: dict[str, Text] = {
    "outcomes_per_100_leads": Text(ja="リード100件あたりの成果", en="Outcomes per 100 leads"),
    "outcomes_per_100_hand_overs": Text(
        ja="引き渡し100件あたりの成果", en="Outcomes per 100 hand-overs"
    ),
    "won_per_100_leads": Text(ja="リード100件あたりの受注", en="Won per 100 leads"),
    "hours_per_100_leads": Text(
        ja="リード100件あたりの営業の時間", en="Hours of sales per 100 leads"
    ),
}

COVARIATE_WORDS: dict[str, Text] = {
    "probability": Text(ja="開始時の確率", en="Probability at entry"),
    "rulebook_points": Text(ja="開始時の点数", en="Rulebook points at entry"),
    "age_days": Text(ja="開始時の獲得からの日数", en="Days since creation at entry"),
}


def trial_document(report: TrialReport, zone: ZoneInfo) -> Document:
    """Say what a trial shows.

    Parameters
    ----------
    report : TrialReport
    zone : ZoneInfo
        In which days are told.
    """
    day = local_date(from_second(report.as_of), zone)
    return Document(
        title=Text(ja=f"公平な比較試験「{report.name}」", en=f"Trial by lot: {report.name}"),
        about=Text(ja=f"{day.ja}まで", en=f"up to {day.en}"),
        zone=zone,
        sections=(_answer(report, zone), _looks(report, zone), _arms(report), _trust(report)),
    )


def verdict_words(report: TrialReport, zone: ZoneInfo) -> Text:
    """Say what would be decided today of every arm, and why not yet.

    Parameters
    ----------
    report : TrialReport
    zone : ZoneInfo
    """
    if report.shares_are_off:
        return Text(
            ja="企業が合意した割合どおりに分かれていません。どんな差も信じられないため、"
            "原因がわかるまで決められません。",
            en="Accounts did not fall into the arms as agreed. No difference can be trusted until "
            "it is known why.",
        )
    if len(report.comparisons) == 1:
        return _verdict(report, report.comparisons[0], zone)
    said = [(ARM_WORDS[one.tested], _verdict(report, one, zone)) for one in report.comparisons]
    return Text(
        ja="".join(f"{arm.ja}: {words.ja}" for arm, words in said),
        en=" ".join(f"{_capital(arm.en)}: {words.en}" for arm, words in said),
    )


def _verdict(report: TrialReport, comparison: ArmComparison, zone: ZoneInfo) -> Text:
    tested, control = ARM_WORDS[comparison.tested], ARM_WORDS[report.control]
    worthwhile, figure = number(report.worthwhile, 2), FIGURE_WORDS[report.counted]
    match report.verdict_of(comparison):
        case "tested_better":
            return Text(
                ja=f"{tested.ja}のほうがよい({figure.ja})。",
                en=f"The {tested.en} is better ({figure.en}).",
            )
        case "control_better":
            return Text(
                ja=f"{control.ja}のほうがよい({figure.ja})。",
                en=f"The {control.en} is better ({figure.en}).",
            )
        case "not_worthwhile":
            return Text(
                ja=f"差があっても、意味のある最小の差({worthwhile.ja})に届きません。",
                en=f"Whatever difference there is, it is below {worthwhile.en}, the smallest "
                "worth having.",
            )
    if report.is_ripe:
        return Text(
            ja="合意した期間が終わりましたが、差があるとも、意味がないとも言えません。",
            en="The agreed time is over; a difference is neither shown nor ruled out.",
        )
    end = local_date(from_second(report.ripe_at), zone)
    return Text(
        ja=f"まだ決められません。最後のリードの結果が出そろうのは{end.ja}です。",
        en=f"Nothing can be decided yet. The last lead has ripened on {end.en}.",
    )


def _answer(report: TrialReport, zone: ZoneInfo) -> Section:
    lines = [verdict_words(report, zone)]
    if report.observational is not None:
        lines.append(_observational(report.observational, report))
    return Section(
        name="answer",
        heading=Text(ja="今日決めるなら", en="What would be decided today"),
        lines=tuple(lines),
        tables=tuple(figures_table(report, comparison) for comparison in report.comparisons),
    )


def figures_table(report: TrialReport, comparison: ArmComparison) -> Table:
    """Every figure of an arm beside the control.

    Parameters
    ----------
    report : TrialReport
    comparison : ArmComparison
    """
    labels = (
        Text(ja="数値", en="Figure"),
        ARM_WORDS[report.control],
        ARM_WORDS[comparison.tested],
        Text(ja="差", en="Difference"),
        Text(ja="開始時の確率で調整した差", en="Adjusted by the probability at entry"),
    )
    rows = tuple(
        row(
            FIGURE_WORDS[figure.figure],
            cell(number(figure.control, 2)),
            cell(number(figure.tested, 2)),
            _difference(figure.plain),
            _difference(figure.adjusted),
        )
        for figure in comparison.figures
    )
    return Table(columns=columns(*labels), rows=rows, title=_title(report, comparison))


def _title(report: TrialReport, comparison: ArmComparison) -> Text | None:
    """Who is compared, where there are several."""
    if len(report.comparisons) == 1:
        return None
    tested, control = ARM_WORDS[comparison.tested], ARM_WORDS[report.control]
    return Text(ja=f"{tested.ja}と{control.ja}", en=f"{_capital(tested.en)} against {control.en}")


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _observational(said: Difference, report: TrialReport) -> Text:
    """Hold the comparison without a lot against the trial's own answer."""
    by_lot = model_against_rulebook(report)
    before, after = signed(_measured(said)), signed(None if by_lot is None else _measured(by_lot))
    agrees = by_lot is not None and _ends_overlap(said, by_lot)
    ja, en = (
        ("両者は矛盾しません。", "The two do not contradict each other.")
        if agrees
        else ("両者は食い違っています。", "The two contradict each other.")
    )
    if by_lot is None or by_lot.low is None or said.low is None:
        ja = en = ""
    return Text(
        ja=f"引き渡し100件あたりの差(モデル−ルールブック): 試験前の比較(くじなし)では{before.ja}、"
        f"試験では{after.ja}。{ja}",
        en=f"Model less rulebook per 100 hand-overs: before the trial the comparison without a lot "
        f"said {before.en}; the trial says {after.en}. {en}".strip(),
    )


def model_against_rulebook(report: TrialReport) -> Difference | None:
    """Opportunities per 100 hand-overs, model less rulebook; None where they were not compared."""
    for comparison in report.comparisons:
        found = comparison.figure("outcomes_per_100_hand_overs").plain
        match report.control, comparison.tested:
            case "rulebook", "model":
                return found
            case "model", "rulebook":
                return None if found is None else found.reversed
    return None


def _ends_overlap(one: Difference, other: Difference) -> bool:
    ends = (one.low, one.high, other.low, other.high)
    if None in ends:
        return False
    low, high, other_low, other_high = (end for end in ends if end is not None)
    return low <= other_high and other_low <= high


def _looks(report: TrialReport, zone: ZoneInfo) -> Section:
    return Section(
        name="looks",
        heading=Text(ja="差の推移", en="The difference over time"),
        tables=tuple(looks_table(report, each, zone) for each in report.comparisons),
    )


def looks_table(report: TrialReport, comparison: ArmComparison, zone: ZoneInfo) -> Table:
    """The figure that decides, look by look, with its chart.

    Parameters
    ----------
    report : TrialReport
    comparison : ArmComparison
    zone : ZoneInfo
        In which days are told.
    """
    labels = (
        Text(ja="時点", en="Look"),
        Text(ja="差", en="Difference"),
        Text(ja="結果の出た企業", en="Ripe accounts"),
    )
    rows = tuple(
        row(
            local_date(from_second(look.at), zone),
            _difference(look.difference),
            cell(count(look.n_accounts)),
        )
        for look in comparison.looks
    )
    figure, worthwhile = FIGURE_WORDS[report.counted], number(report.worthwhile, 2)
    chart = Chart(
        kind="effects",
        title=Text(
            ja=f"{figure.ja}の差(破線: 意味のある最小の差{worthwhile.ja})",
            en=f"Difference in {figure.en.lower()} (dashed: smallest worth having, "
            f"{worthwhile.en})",
        ),
        columns=(1,),
        level=-report.worthwhile if report.counted.startswith("hours") else report.worthwhile,
    )
    note = Text(
        ja="区間は毎月見てもよいように広げてあります。合意した終わりの区間だけが狭くなります。",
        en="The intervals are wide enough to be looked at every month; that of the agreed end "
        "is narrower.",
    )
    return Table(
        columns=columns(*labels),
        rows=rows,
        title=_title(report, comparison),
        charts=(chart,),
        note=note,
    )


def _arms(report: TrialReport) -> Section:
    return Section(
        name="arms",
        heading=Text(ja="それぞれの判定", en="The judges"),
        tables=(arms_table(report),),
    )


def arms_table(report: TrialReport) -> Table:
    """What became of the leads of every arm, and the work that they took."""
    labels = (
        Text(ja="判定", en="Judge"),
        Text(ja="割合", en="Share"),
        Text(ja="企業", en="Accounts"),
        Text(ja="リード", en="Leads"),
        Text(ja="結果待ち", en="Not ripe yet"),
        Text(ja="引き渡し", en="Handed over"),
        Text(ja="成果", en="Outcomes"),
        Text(ja="受注", en="Won"),
        Text(ja="営業の時間", en="Hours of sales"),
    )
    rows = tuple(
        row(
            ARM_WORDS[arm.arm],
            cell(agreed_share(arm.share)),
            *(
                cell(count(value))
                for value in (
                    arm.n_accounts,
                    arm.n_leads,
                    arm.n_unripe,
                    arm.n_handed_over,
                    arm.n_converted,
                    arm.n_won,
                    round(arm.hours),
                )
            ),
        )
        for arm in report.arms
    )
    return Table(columns=columns(*labels), rows=rows)


def _balance(report: TrialReport, comparison: ArmComparison) -> Table:
    labels = (
        Text(ja="開始前にわかっていたこと", en="Known before entry"),
        ARM_WORDS[report.control],
        ARM_WORDS[comparison.tested],
        Text(ja="差(標準偏差)", en="Difference (standard deviations)"),
    )
    rows = tuple(
        Row(
            cells=(
                word(COVARIATE_WORDS[each.covariate]),
                cell(number(each.control, 3)),
                cell(number(each.tested, 3)),
                cell(signed(each.standardised), tone="bad" if each.differs else ""),
            )
        )
        for each in comparison.balance
    )
    return Table(columns=columns(*labels), rows=rows, title=_title(report, comparison))


def _trust(report: TrialReport) -> Section:
    chance = number(report.srm_p, 3)
    lines = (
        Text(
            ja=f"合意した割合との一致の検定: p = {chance.ja}。",
            en=f"Test of the agreed shares: p = {chance.en}.",
        ),
        Text(
            ja=f"統合のあと複数の判定にまたがった企業: {report.n_contaminated}。"
            f"くじと違う判定で保存されたリード: {report.n_redrawn}。",
            en=f"Accounts with leads of several judges since a merge: {report.n_contaminated}. "
            f"Leads stored with another judge than the lot draws again: {report.n_redrawn}.",
        ),
    )
    return Section(
        name="trust",
        heading=Text(ja="信じてよいか", en="Can it be trusted?"),
        lines=lines,
        tables=tuple(_balance(report, comparison) for comparison in report.comparisons),
    )


def _difference(found: Difference | None) -> Cell:
    return NOTHING if found is None else cell(signed(_measured(found)))


def _measured(found: Difference) -> Measured:
    return Measured(value=found.value, low=found.low, high=found.high)
