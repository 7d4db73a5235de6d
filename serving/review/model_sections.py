"""The model in a review's words: against the rulebook, and predicted against observed."""

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from features.core.formats import (
    calendar_date,
    count,
    day_of,
    difference,
    plain_number,
    points,
    probability,
    quantity,
    same,
    share,
    share_range,
)
from features.core.qualification import Qualification
from features.core.text import Text
from serving.review import figure_cells
from serving.review.figures.counted import Proportion
from serving.review.figures.reliability import band_name
from serving.review.labels import QUALIFICATIONS, Labels
from serving.review.lead_sections import Sees
from serving.review.records import AgainstRulebook, MonthBands, Review, TalkedAbout
from training.reports.comparison_text import MQL_INCLUDES
from training.reports.document import cells
from training.reports.document.blocks import Cell, Chart, Column, Row, Section, Table
from training.results.backtest_records import BandResult
from training.results.comparison_records import Comparison, Matching, PolicyPair, PolicyResult

MATCHINGS = {
    Matching.PAST: Text(ja="過去に決めた基準", en="cut-offs set on past data"),
    Matching.HINDSIGHT: Text(
        ja="件数を事後にそろえた場合", en="equal volume, matched in hindsight"
    ),
}
POLICIES = {
    "model": Text(ja="モデル", en="Model"),
    "rulebook": Text(ja="ルールブック", en="Rulebook"),
}
ONLY = {
    "model": Text(ja="モデルだけ", en="Model only"),
    "rulebook": Text(ja="ルールブックだけ", en="Rulebook only"),
}
BY = {
    "ledger": Text(ja="実際の判定", en="decisions made"),
    "backtest": Text(ja="バックテスト", en="backtest"),
    "test": Text(ja="採用時のテスト期間", en="the release's test"),
}


def against_section(review: Review, labels: Labels, sees: Sees) -> Section:
    """Write the section on model against rulebook, with the disagreements worth talking about.

    Parameters
    ----------
    review : Review
    labels : Labels
    sees : callable
        Whether the reader may see single leads of a team.
    """
    found = review.against_rulebook
    lines: tuple[Text, ...] = (
        Text(
            ja="比較の記録がまだありません。awase retrain のあとに表示されます。",
            en="No comparison has been recorded yet; it appears after awase retrain.",
        ),
    )
    tables: list[Table] = []
    if found is not None:
        lines = (
            _compared(found.comparison, labels.definition.zone),
            MQL_INCLUDES,
            *conclusions(found.comparison),
        )
        tables = [_policies(found.comparison), *_disagreements(found, labels, sees)]
    return Section(
        name="model-and-rulebook",
        heading=Text(ja="モデルとルールブック", en="Model against rulebook"),
        question=Text(
            ja="同じリード・同じ期間・同じ成果で比べた結果です。差は区間が0をまたがないときだけ"
            "認めます。",
            en="The same leads, the same period, the same outcomes. A difference counts only where "
            "its interval leaves out zero.",
        ),
        lines=lines,
        tables=tuple(tables),
    )


def _compared(comparison: Comparison, zone: ZoneInfo) -> Text:
    """Whom the comparison counts."""
    first, last = (
        calendar_date(day_of(second + 1, zone))
        for second in (comparison.first_as_of, comparison.last_as_of)
    )
    return Text(
        ja=f"対象は、採用時のテスト期間({first.ja}〜{last.ja})に引き渡せた"
        f"{comparison.n_leads:,}件。うち{comparison.n_converted:,}件に成果がありました。",
        en=f"Counted are the {comparison.n_leads:,} leads that could have been handed over in the "
        f"release's test ({first.en} to {last.en}); {comparison.n_converted:,} of them converted.",
    )


def conclusions(comparison: Comparison) -> list[Text]:
    """Say who is ahead at equal volume, for MQLs and for SQL candidates."""
    said = []
    for level in (Qualification.MQL, Qualification.SQL):
        pair = comparison.pair(level, Matching.HINDSIGHT)
        if pair is None or pair.rate_difference is None:
            continue
        name = QUALIFICATIONS[level.name]
        shown = difference(pair.rate_difference)
        verdict_ja, verdict_en = {
            1: ("モデルが上回る", "the model is ahead"),
            0: ("差があるとは言えない", "no difference is shown"),
            -1: ("ルールブックが上回る", "the rulebook is ahead"),
        }[pair.rate_difference.sign]
        said.append(
            Text(
                ja=f"{name.ja}: 同じ件数なら{verdict_ja}。成果率の差 {shown.ja}。",
                en=f"{name.en}: at equal volume {verdict_en}; difference in rate {shown.en}.",
            )
        )
    return said


def _policies(comparison: Comparison) -> Table:
    rows, everything = [], count(comparison.n_converted)
    for pair in comparison.pairs:
        if pair.matching in MATCHINGS:
            rows += [
                _policy_row(pair, name, result)
                for name, result in (("model", pair.model), ("rulebook", pair.rulebook))
            ]
    return Table(
        title=Text(ja="引き渡しの成績", en="How each would have handed over"),
        columns=(
            Column(label=Text(ja="比べ方", en="Compared at"), is_words=True),
            Column(label=Text(ja="判定", en="By"), is_words=True),
            Column(label=Text(ja="引き渡し", en="Handed over")),
            Column(label=Text(ja="うち成果", en="With the outcome")),
            Column(label=Text(ja="成果率", en="Rate")),
            Column(label=Text(ja="拾えた成果", en="Outcomes found")),
            Column(
                label=Text(
                    ja=f"全成果{everything.ja}件のうち", en=f"Of all {everything.en} outcomes"
                )
            ),
        ),
        rows=tuple(rows),
    )


def _policy_row(pair: PolicyPair, name: str, result: PolicyResult) -> Row:
    level, matching = QUALIFICATIONS[pair.qualification.name], MATCHINGS[pair.matching]
    of = result.n_handed_over
    return Row(
        cells=(
            cells.word(Text(ja=f"{level.ja}({matching.ja})", en=f"{level.en}, {matching.en}")),
            cells.word(POLICIES[name]),
            cells.count(of),
            cells.count(result.n_caught),
            figure_cells.measured_share(result.opportunity_rate, of=of),
            cells.count(result.n_found),
            cells.share(result.caught_share),
        )
    )


def _disagreements(found: AgainstRulebook, labels: Labels, sees: Sees) -> list[Table]:
    rows = [_disagreement_row(one, labels) for one in found.disagreements if sees(one.team)]
    if not rows:
        return [*_four_cells(found)]
    return [
        *_four_cells(found),
        Table(
            title=Text(ja="話し合いたい食い違い", en="Disagreements worth talking about"),
            columns=(
                Column(label=Text(ja="リード", en="Lead"), is_words=True),
                Column(label=Text(ja="選んだ側", en="Found by"), is_words=True),
                Column(label=Text(ja="結果", en="Outcome"), is_words=True),
                Column(label=Text(ja="確率", en="Probability")),
                Column(label=Text(ja="モデルの主な理由", en="Why, by the model"), is_words=True),
                Column(label=Text(ja="ルール点", en="Rule points")),
                Column(label=Text(ja="当てはまったルール", en="Rules that hit"), is_words=True),
            ),
            rows=tuple(rows),
            note=Text(
                ja="上の4つの区分から同じ件数ずつ(区分が小さければあるだけ)、結果から学べることが"
                "大きい順です。",
                en="The same number from each of the four kinds above, as far as it holds so many, "
                "the most instructive outcome first.",
            ),
        ),
    ]


def _four_cells(found: AgainstRulebook) -> Iterator[Table]:
    """How many leads one of the two alone would have handed over, by what became of them."""
    if not found.cells:
        return
    counts = {(cell.found_by, cell.converted): cell.n_leads for cell in found.cells}
    rows = []
    for name, words in ONLY.items():
        won, lost = counts.get((name, True), 0), counts.get((name, False), 0)
        share = figure_cells.share(Proportion(n=won, of=won + lost))
        rows.append(
            Row(cells=(cells.word(words), cells.count(won), cells.count(lost), share)),
        )
    yield Table(
        title=Text(ja="一方だけがMQLとしたリード", en="MQL by only one of the two"),
        columns=(
            Column(label=Text(ja="引き渡す側", en="Handed over by"), is_words=True),
            Column(label=Text(ja="成果あり", en="Converted")),
            Column(label=Text(ja="成果なし", en="Did not")),
            Column(label=Text(ja="成果率", en="Rate")),
        ),
        rows=tuple(rows),
        note=Text(
            ja="テスト期間のうちに引き渡し、もう一方は一度もMQLとしなかったリードです。",
            en="Leads handed over within the test period that the other never called an MQL.",
        ),
    )


def _disagreement_row(one: TalkedAbout, labels: Labels) -> Row:
    came = (
        Text(ja="成果あり", en="converted")
        if one.converted
        else Text(ja="成果なし", en="did not convert")
    )
    rules = [labels.rule(name) for name in one.rules]
    why = [(labels.named(name), points(pull)) for name, pull in one.concepts[:3]]
    return Row(
        cells=(
            Cell(shown=same(one.lead_id), lead_id=one.lead_id),
            cells.word(POLICIES[one.found_by]),
            cells.word(came, tone="good" if one.converted else "muted"),
            cells.cell(probability(one.probability)),
            cells.word(
                Text(
                    ja="、".join(f"{label.ja} {pull.ja}" for label, pull in why),
                    en=", ".join(f"{label.en} {pull.en}" for label, pull in why),
                )
            ),
            Cell(
                shown=same(plain_number(one.rulebook_points)),
                number=one.rulebook_points,
                kind="number",
            ),
            cells.word(
                Text(
                    ja="、".join(rule.ja for rule in rules) or "なし",
                    en=", ".join(rule.en for rule in rules) or "none",
                )
            ),
        )
    )


def reliability_section(review: Review) -> Section:
    """Predicted against realised by band, every matured month."""
    off = [(month, band) for month in review.bands for band in month.bands if not band.agrees]
    n_bands = sum(len(month.bands) for month in review.bands)
    if n_bands:
        line = Text(
            ja=f"{len(review.bands)}か月、{n_bands}区分のうち、実績の区間が予測から外れたのは{len(off)}区分。"
            "偶然だけでも20に1つほどは外れます。",
            en=f"{len(off)} of {n_bands} bands differ from what was predicted, over "
            f"{quantity(len(review.bands), 'months').en}; by chance alone about one in twenty "
            "would.",
        )
    else:
        line = Text(
            ja="成果が出そろった月の判定がまだありません。awase backtest で過去の月を"
            "確かめられます。",
            en="No matured month has been scored yet; awase backtest shows past months.",
        )
    return Section(
        name="reliability",
        heading=Text(ja="予測と実績", en="Predicted and observed"),
        question=Text(
            ja="予測した確率の帯ごとに、実際の成果率(95%区間)と比べます。成果が出そろった月だけです。",
            en="What was predicted in each band of probability, and the share observed "
            "(95% interval), for matured months only.",
        ),
        lines=(line,),
        tables=(*_overall(review.bands), *_by_month(review.bands)),
    )


def _overall(months: tuple[MonthBands, ...]) -> tuple[Table, ...]:
    if not months:
        return ()
    newest = months[-1]
    title = Text(
        ja=f"{newest.month.label.ja}({BY[newest.by].ja})",
        en=f"{newest.month.label.en} ({BY[newest.by].en})",
    )
    return (
        Table(
            title=title,
            columns=_COLUMNS[1:],
            rows=tuple(Row(cells=_band_cells(newest, band)) for band in newest.bands),
            charts=(
                Chart(
                    kind="reliability",
                    title=Text(
                        ja="予測(縦線)と実績(点と95%区間)",
                        en="Predicted (tick) and observed (dot, 95% interval)",
                    ),
                    columns=(2, 3),
                ),
            ),
        ),
    )


def _by_month(months: tuple[MonthBands, ...]) -> tuple[Table, ...]:
    """Months down, bands across: where a month or a band goes astray shows at a glance."""
    if len(months) < 2:
        return ()
    edges = sorted({(band.low, band.high) for month in months for band in month.bands})
    return (
        Table(
            title=Text(ja="月別の実績", en="Observed, month by month"),
            columns=(_COLUMNS[0], *(Column(label=share_range(*edge)) for edge in edges)),
            rows=tuple(_month_row(month, edges) for month in reversed(months)),
            note=Text(
                ja="各欄は実際の成果率。下に予測と件数。色つきは95%区間が予測を外れたものです。",
                en="Each cell is the observed share, with the predicted one and the counts below; "
                "coloured where its 95% interval leaves the prediction out.",
            ),
        ),
    )


def _month_row(month: MonthBands, edges: list[tuple[float, float]]) -> Row:
    by_edge = {(band.low, band.high): band for band in month.bands}
    name = Text(
        ja=f"{month.month.name} {BY[month.by].ja}", en=f"{month.month.name}, {BY[month.by].en}"
    )
    found = (_month_cell(month, by_edge.get(edge)) for edge in edges)
    return Row(cells=(cells.word(name), *found))


def _month_cell(month: MonthBands, band: BandResult | None) -> Cell:
    if band is None:
        return cells.NOTHING
    found = Proportion(n=band.n_converted, of=band.n_leads)
    promised, counts = share(band.promised), figure_cells.counts_of(found)
    return replace(
        _came(band),
        counts=_behind(month, band),
        detail=Text(
            ja=f"予測{promised.ja}、{counts.ja}", en=f"predicted {promised.en}; {counts.en}"
        ),
    )


def _behind(month: MonthBands, band: BandResult) -> str | None:
    """The list of a band's leads: kept of decisions made, not of a test's rows."""
    return band_name(month.month, band) if month.by == "ledger" else None


def _came(band: BandResult) -> Cell:
    came = figure_cells.share(Proportion(n=band.n_converted, of=band.n_leads))
    return replace(came, tone="" if band.agrees else "bad")


def _band_cells(month: MonthBands, band: BandResult) -> tuple[Cell, ...]:
    return (
        cells.word(share_range(band.low, band.high)),
        cells.count(band.n_leads, counts=_behind(month, band)),
        cells.cell(share(band.promised)),
        _came(band),
        cells.count(band.n_converted),
    )


_COLUMNS = (
    Column(label=Text(ja="月", en="Month"), is_words=True),
    Column(label=Text(ja="確率の帯", en="Band"), is_words=True),
    Column(label=Text(ja="リード", en="Leads")),
    Column(label=Text(ja="予測", en="Predicted")),
    Column(label=Text(ja="実績", en="Observed")),
    Column(label=Text(ja="成果数", en="Converted")),
)
