"""A trial in words: the plan before it is signed, what it shows as it runs and at its end."""

from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.core.estimate import Measured
from features.core.formats import (
    agreed_share,
    count,
    local_date,
    number,
    same,
    signed,
)
from features.core.text import Text
from features.definition.trial import ARM_WORDS
from training.reports.document.blocks import Cell, Chart, Document, Row, Section, Table, columns
from training.reports.document.cells import NOTHING, cell, row, word
from training.trial.plan import POWERS, TrialPlan, can_be_made
from training.trial.records import Difference, FigureDifference, TrialReport

SHOWN_MONTHS = (1, 2, 3, 6, 9, 12, 18, 24, 36)

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


def plan_document(plan: TrialPlan, counted: str, zone: ZoneInfo) -> Document:
    """Say how long a trial takes.

    Parameters
    ----------
    plan : TrialPlan
    counted : str
        The figure that decides.
    zone : ZoneInfo
    """
    shown = [each for each in plan.months if each.months in SHOWN_MONTHS]
    figure = FIGURE_WORDS[counted]
    labels = (
        Text(ja="登録期間(月)", en="Months of entry"),
        Text(ja="リード", en="Leads"),
        Text(ja="企業", en="Accounts"),
        *(
            Text(ja=f"見つかる差(検出力{agreed_share(p).ja})",
                 en=f"Difference found ({agreed_share(p).en} power)")
            for p in POWERS
        ),
    )  # fmt: skip
    rows = tuple(
        row(
            same(str(each.months)),
            cell(count(round(each.n_leads))),
            cell(count(round(each.n_accounts))),
            *(cell(number(value, 2)) for value in each.detectable),
        )
        for each in shown
    )
    chart = Chart(
        kind="bars",
        title=Text(ja=f"見つかる差: {figure.ja}", en=f"Difference found: {figure.en}"),
        columns=(3,),
    )
    section = Section(
        name="plan",
        heading=Text(ja="試験の計画", en="Plan of the trial"),
        lines=tuple(_plan_lines(plan, figure)),
        tables=(Table(columns=columns(*labels), rows=rows, charts=(chart,)),),
    )
    title = Text(ja="公平な比較試験の計画", en="Plan of a trial by lot")
    return Document(title=title, zone=zone, sections=(section,))


def _plan_lines(plan: TrialPlan, figure: Text) -> list[Text]:
    worthwhile, rate = number(plan.worthwhile, 2), number(plan.rate, 2)
    lines = [
        Text(
            ja=f"{figure.ja}はこれまで{rate.ja}。意味のある最小の差は{worthwhile.ja}です。",
            en=f"{figure.en} so far: {rate.en}. "
            f"The smallest difference worth having is {worthwhile.en}.",
        )
    ]
    for power in POWERS:
        found, told = plan.months_for(power), agreed_share(power)
        if found is None:
            lines.append(
                Text(
                    ja=f"検出力{told.ja}では、3年かけても見つかりません。差か件数を見直してください。",
                    en=f"With {told.en} power, three years do not find it. Ask for a larger "
                    "difference, or wait for more leads.",
                )
            )
            continue
        lines.append(
            Text(
                ja=f"検出力{told.ja}: {found.months}か月の登録と、そのあと{plan.wait_days}日。"
                f"`months: {found.months}`、`expected_accounts: {found.n_accounts:.0f}`。",
                en=f"{told.en} power: {found.months} months of entry, then {plan.wait_days} days. "
                f"`months: {found.months}`, `expected_accounts: {found.n_accounts:.0f}`.",
            )
        )
    last = plan.months[-1]
    if last.per_100_hand_overs is not None:
        hand_overs = number(last.per_100_hand_overs, 1)
        cannot = not can_be_made(last)
        lines.append(
            Text(
                ja=f"営業が対応できる件数では、引き渡し100件あたり{hand_overs.ja}の差にあたります。"
                + ("引き渡しをすべて成果にしても届きません。" if cannot else ""),
                en=f"Within what sales can work, that is {hand_overs.en} per 100 hand-overs."
                + (" No judge could make so many." if cannot else ""),
            )
        )
    return lines


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
    """Say what would be decided today, and why not yet.

    Parameters
    ----------
    report : TrialReport
    zone : ZoneInfo
    """
    tested, control = ARM_WORDS[report.tested], ARM_WORDS[report.control]
    worthwhile, figure = number(report.worthwhile, 2), FIGURE_WORDS[report.counted]
    if report.shares_are_off:
        return Text(
            ja="企業が合意した割合どおりに分かれていません。どんな差も信じられないため、"
            "原因がわかるまで決められません。",
            en="Accounts did not fall into the arms as agreed. No difference can be trusted until "
            "it is known why.",
        )
    match report.verdict:
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
    control, tested = ARM_WORDS[report.control], ARM_WORDS[report.tested]
    labels = (
        Text(ja="数値", en="Figure"),
        control,
        tested,
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
        for figure in report.figures
    )
    lines = [verdict_words(report, zone)]
    if report.observational is not None:
        lines.append(_observational(report.observational, report.figures))
    return Section(
        name="answer",
        heading=Text(ja="今日決めるなら", en="What would be decided today"),
        lines=tuple(lines),
        tables=(Table(columns=columns(*labels), rows=rows),),
    )


def _observational(said: Difference, figures: tuple[FigureDifference, ...]) -> Text:
    """Hold the comparison without a lot against the trial's own answer."""
    by_lot = next(each for each in figures if each.figure == "outcomes_per_100_hand_overs").plain
    before = signed(_measured(said))
    after = signed(None if by_lot is None else _measured(by_lot))
    return Text(
        ja=f"引き渡し100件あたりの差: くじなしの比較では{before.ja}、試験では{after.ja}。",
        en=f"Per 100 hand-overs the comparison without a lot said {before.en}; "
        f"the trial says {after.en}.",
    )


def _looks(report: TrialReport, zone: ZoneInfo) -> Section:
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
        for look in report.looks
    )
    figure, worthwhile = FIGURE_WORDS[report.counted], number(report.worthwhile, 2)
    chart = Chart(
        kind="effects",
        title=Text(
            ja=f"{figure.ja}の差(意味のある最小の差{worthwhile.ja})",
            en=f"Difference in {figure.en.lower()} (smallest worth having: {worthwhile.en})",
        ),
        columns=(1,),
    )
    note = Text(
        ja="区間は毎月見てもよいように広げてあります。合意した終わりの区間だけが狭くなります。",
        en="The intervals are wide enough to be looked at every month; that of the agreed end "
        "is narrower.",
    )
    return Section(
        name="looks",
        heading=Text(ja="差の推移", en="The difference over time"),
        tables=(Table(columns=columns(*labels), rows=rows, charts=(chart,), note=note),),
    )


def _arms(report: TrialReport) -> Section:
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
    return Section(
        name="arms",
        heading=Text(ja="両方の判定", en="Both judges"),
        tables=(Table(columns=columns(*labels), rows=rows),),
    )


def _trust(report: TrialReport) -> Section:
    labels = (
        Text(ja="開始前にわかっていたこと", en="Known before entry"),
        ARM_WORDS[report.control],
        ARM_WORDS[report.tested],
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
        for each in report.balance
    )
    chance = number(report.srm_p, 3)
    lines = (
        Text(
            ja=f"合意した割合との一致の検定: p = {chance.ja}。",
            en=f"Test of the agreed shares: p = {chance.en}.",
        ),
        Text(
            ja=f"統合のあと両方の判定にまたがった企業: {report.n_contaminated}。"
            f"くじと違う判定で保存されたリード: {report.n_redrawn}。",
            en=f"Accounts with leads of both judges since a merge: {report.n_contaminated}. "
            f"Leads stored with another judge than the lot draws again: {report.n_redrawn}.",
        ),
    )
    return Section(
        name="trust",
        heading=Text(ja="信じてよいか", en="Can it be trusted?"),
        lines=lines,
        tables=(Table(columns=columns(*labels), rows=rows),),
    )


def _difference(found: Difference | None) -> Cell:
    return NOTHING if found is None else cell(signed(_measured(found)))


def _measured(found: Difference) -> Measured:
    return Measured(value=found.value, low=found.low, high=found.high)
