"""The plan of a trial in words and as a chart, before it is signed."""

from zoneinfo import ZoneInfo

from features.core.formats import agreed_share, count, number, same
from features.core.text import Text
from training.reports.document.blocks import Chart, Document, Section, Table, columns
from training.reports.document.cells import cell, row
from training.reports.trial_document import FIGURE_WORDS
from training.trial.plan import POWERS, TrialPlan, can_be_made

SHOWN_MONTHS = (1, 2, 3, 6, 9, 12, 18, 24, 36)


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
    worthwhile = number(plan.worthwhile, 2)
    chart = Chart(
        kind="lines",
        title=Text(
            ja=f"登録期間(月)ごとに見つかる差: {figure.ja}"
            f"(破線: 意味のある最小の差{worthwhile.ja})",
            en=f"Difference found by months of entry: {figure.en.lower()} "
            f"(dashed: smallest worth having, {worthwhile.en})",
        ),
        columns=tuple(range(3, 3 + len(POWERS))),
        level=plan.worthwhile,
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
