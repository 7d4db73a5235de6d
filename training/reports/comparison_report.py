"""Two policies side by side: volumes, rates, intervals, and how sure one may be."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.core.formats import count, difference, local_date, same, share
from features.core.qualification import Qualification
from features.core.text import Text
from training.reports.comparison_text import (
    MQL_INCLUDES,
    NO_RULES,
    QUALIFICATION_WORDS,
    SHORT_MATCHINGS,
    Names,
    agreement_line,
    agreement_summary,
    conclude,
    days_earlier_words,
    depends_on_the_unseen,
    how_replayed,
    matching_words,
    names_of,
    the,
    weighted_by_chance,
    what_it_works_with,
    who_said_yes,
)
from training.reports.document import cells
from training.reports.document.blocks import BLANK, Chart, Document, Row, Section, Table, columns
from training.results.comparison_records import (
    Comparison,
    FourWayAgreement,
    Matching,
    PolicyPair,
    PolicyResult,
    SegmentResult,
)

LEADS = Text(ja="リード", en="Leads")
HANDED_OVER = Text(ja="引き渡し", en="Handed over")
RATE = Text(ja="成果率", en="Opportunity rate")


SUMMARY = "summary"
"""Name of the section that answers in a few lines which of the two is better."""


def comparison_document(
    comparison: Comparison, zone: ZoneInfo, *, names: Names | None = None
) -> Document:
    """Write a comparison as a document: overall, in charts, by segment, by judge.

    Parameters
    ----------
    comparison : Comparison
    zone : ZoneInfo
        In which days and weeks are told.
    names : Names, optional
        What the two policies are called; model and rulebook unless given.
    """
    names = names or names_of(comparison)
    first, second = names.first, names.second
    return Document(
        title=Text(
            ja=f"{first.ja}と{second.ja}", en=f"{first.en.capitalize()} against {second.en}"
        ),
        zone=zone,
        sections=(
            comparison_summary(comparison, zone, names=names),
            *comparison_sections(comparison, zone, names=names),
            *_weeks(comparison, zone, names),
            *segment_sections(comparison, names=names),
            *_agreement(comparison.verdicts),
        ),
    )


def comparison_summary(
    comparison: Comparison, zone: ZoneInfo, *, names: Names | None = None
) -> Section:
    """Write the two comparisons that answer whether it is better: as agreed, and at equal volume.

    Parameters
    ----------
    comparison : Comparison
    zone : ZoneInfo
        In which days are told.
    names : Names, optional
        What the two policies are called; model and rulebook unless given.
    """
    names = names or names_of(comparison)
    first, second = names.first, names.second
    labels = (
        BLANK,
        first,
        RATE,
        second,
        RATE,
        Text(ja="成果率の差", en="Difference of the rates"),
    )
    rows = []
    for qualification, level in QUALIFICATION_WORDS.items():
        for matching in (Matching.PAST, Matching.HINDSIGHT):
            pair = comparison.pair(qualification, matching)
            if pair is not None:
                how = SHORT_MATCHINGS[matching]
                rows.append(
                    cells.row(
                        Text(ja=f"{level.ja}: {how.ja}", en=f"{level.en}, {how.en}"),
                        cells.count(pair.model.n_handed_over),
                        cells.share(pair.model.opportunity_rate),
                        cells.count(pair.rulebook.n_handed_over),
                        cells.share(pair.rulebook.opportunity_rate),
                        cells.cell(difference(pair.rate_difference)),
                    )
                )
    heading = Text(
        ja=f"{first.ja}と{second.ja}: 要点", en=f"{first.en.capitalize()} against {second.en}"
    )
    lines = (_about(comparison, zone),) if comparison.has_rules else (NO_RULES,)
    table = Table(columns=columns(*labels), rows=tuple(rows))
    return Section(name=SUMMARY, heading=heading, lines=lines, tables=(table,) if rows else ())


def comparison_sections(
    comparison: Comparison, zone: ZoneInfo, *, names: Names | None = None
) -> Iterator[Section]:
    """Write each pair: at the volumes that cut-offs gave, then at equal volume, then as a chart.

    Parameters
    ----------
    comparison : Comparison
    zone : ZoneInfo
        In which days are told.
    names : Names, optional
        What the two policies are called; model and rulebook unless given.
    """
    names = names or names_of(comparison)
    said = (
        None if comparison.has_rules else NO_RULES,
        _about(comparison, zone),
        how_replayed(comparison),
        MQL_INCLUDES,
        what_it_works_with(comparison),
    )
    for place, pair in enumerate(comparison.pairs):
        level, matching = (
            QUALIFICATION_WORDS[pair.qualification],
            matching_words(pair.matching, names),
        )
        about = [] if place else [text for text in said if text is not None]
        yield Section(
            name=f"{pair.qualification.name.lower()}-{pair.matching.value}",
            heading=Text(
                ja=f"{names.first.ja}と{names.second.ja}: {level.ja}、{matching.ja}",
                en=f"{names.first.en.capitalize()} against {names.second.en}: {level.en}, "
                f"{matching.en}",
            ),
            lines=(*about, *_pair_lines(pair, names, comparison)),
            tables=(_pair_table(pair, names, comparison.n_converted),),
        )
    rows = [
        _rates_row(
            Text(
                ja=f"{level.ja}: {matching.ja}",
                en=f"{level.en}: {matching.en}",
            ),
            pair.model,
            pair.rulebook,
        )
        for pair in comparison.pairs
        for level, matching in (
            (QUALIFICATION_WORDS[pair.qualification], SHORT_MATCHINGS[pair.matching]),
        )
    ]
    yield from _rates("rates", Text(ja="成果率の比較", en="Opportunity rates"), rows, names)


def _about(comparison: Comparison, zone: ZoneInfo) -> Text:
    leads, converted = count(comparison.n_leads), count(comparison.n_converted)
    if comparison.months is None:
        return Text(ja=f"リード{leads.ja}件", en=f"On {leads.en} leads")
    first, last = (
        local_date(end - 1, zone) for end in (comparison.first_as_of, comparison.last_as_of)
    )
    return Text(
        ja=f"{first.ja}〜{last.ja}: リード{leads.ja}件、うち成果{converted.ja}件",
        en=f"{first.en} to {last.en}: {leads.en} leads, {converted.en} with an outcome",
    )


def _pair_table(pair: PolicyPair, names: Names, n_outcomes: int) -> Table:
    everything = count(n_outcomes)
    labels = (
        BLANK,
        HANDED_OVER,
        Text(ja="月あたり", en="A month"),
        Text(ja="うち成果", en="With the outcome"),
        RATE,
        Text(ja="拾えた成果", en="Outcomes found"),
        Text(ja=f"全成果{everything.ja}件のうち", en=f"Of all {everything.en}"),
        Text(ja="リフト", en="Lift"),
        Text(ja="商談1件の時間", en="Hours per opportunity"),
    )
    results = ((names.first, pair.model), (names.second, pair.rulebook))
    rows = tuple(_policy_row(name, result) for name, result in results)
    return Table(columns=columns(*labels), rows=rows)


def _policy_row(name: Text, result: PolicyResult) -> Row:
    lift, hours = result.lift, result.hours_per_opportunity
    return cells.row(
        name,
        cells.count(result.n_handed_over),
        cells.count(result.per_month),
        cells.count(result.n_caught),
        cells.share(result.opportunity_rate),
        cells.count(result.n_found),
        cells.share(result.caught_share),
        cells.number(None if lift is None else lift.value, 2),
        cells.number(None if hours is None else hours.value, 1),
    )


def _pair_lines(pair: PolicyPair, names: Names, comparison: Comparison) -> Iterator[Text]:
    if not comparison.has_rules:
        return
    yield conclude(pair, names)
    found, everything = difference(pair.caught_difference), count(comparison.n_converted)
    yield Text(
        ja=f"拾えた成果(期間の前に引き渡したリードの分を含む)、{names.first.ja}−{names.second.ja}: "
        f"全成果{everything.ja}件の{found.ja}",
        en="Outcomes found, those of leads handed over before the period included, "
        f"{names.first.en} less {names.second.en}: {found.en} of all {everything.en}",
    )
    if pair.days_earlier is not None:
        yield days_earlier_words(pair.days_earlier, names)
    if pair.matching is Matching.HINDSIGHT:
        if pair.model.n_handed_over != pair.rulebook.n_handed_over:
            yield Text(
                ja=f"同じ確率のリードは分けられないため、{names.first.ja}で最も近い件数です。",
                en="Leads with equal probability come together: the nearest volume "
                f"{the(names.first)} has.",
            )
        yield _four_cells(pair, names)
    chance = weighted_by_chance(pair, names) if pair.matching is Matching.PAST else None
    unseen = (chance, depends_on_the_unseen(pair, names))
    yield from (sentence for sentence in unseen if sentence is not None)


def _four_cells(pair: PolicyPair, names: Names) -> Text:
    """What became of leads that both, one or neither of the two would hand over."""
    first, second = names.first, names.second
    named = {
        "both": Text(ja="両方", en="both"),
        "model_only": Text(ja=f"{first.ja}のみ", en=f"{first.en} only"),
        "rulebook_only": Text(ja=f"{second.ja}のみ", en=f"{second.en} only"),
        "neither": Text(ja="どちらでもない", en="neither"),
    }
    told = [
        (named[cell.name], count(cell.n_leads), share(cell.converted_share)) for cell in pair.cells
    ]
    ja = "、".join(f"{name.ja} {n.ja}件: {rate.ja}" for name, n, rate in told)
    en = "; ".join(f"{name.en} {n.en}: {rate.en}" for name, n, rate in told)
    return Text(
        ja=f"期間の前に超えたものも含む全リード(成果率): {ja}",
        en=f"All leads, those of the days before included (rate of outcome): {en}",
    )


def _rates_row(group: Text, first: PolicyResult, second: PolicyResult) -> Row:
    found = (cells.share(result.opportunity_rate) for result in (first, second))
    return cells.row(group, *found)


def _rates(name: str, heading: Text, rows: Iterable[Row], names: Names) -> Iterator[Section]:
    """Both policies' opportunity rates in one chart; nothing where neither has one."""
    kept = tuple(row for row in rows if any(cell.number is not None for cell in row.cells))
    if not kept:
        return
    table = Table(
        columns=columns(BLANK, names.first, names.second),
        rows=kept,
        charts=(Chart(kind="pairs", title=RATE, columns=(1, 2)),),
        is_folded=True,
    )
    yield Section(name=name, heading=heading, tables=(table,))


def _weeks(comparison: Comparison, zone: ZoneInfo, names: Names) -> Iterator[Section]:
    """MQL hand-overs of every week with cut-offs set on past data."""
    pair = comparison.pair(Qualification.MQL, Matching.PAST)
    if pair is None or not pair.weeks:
        return
    rows = tuple(
        cells.row(
            same(from_second(week.start).astimezone(zone).date().isoformat()),
            cells.count(week.model),
            cells.count(week.rulebook),
        )
        for week in pair.weeks
    )
    title = Text(ja="MQLの引き渡し(件/週)", en="MQLs handed over in a week")
    table = Table(
        columns=columns(Text(ja="週の始まり", en="Week beginning"), names.first, names.second),
        rows=rows,
        charts=(Chart(kind="rates", title=title, columns=(1, 2)),),
        is_folded=True,
    )
    yield Section(name="weeks", heading=Text(ja="週ごと", en="Week by week"), tables=(table,))


def segment_sections(comparison: Comparison, *, names: Names | None = None) -> Iterator[Section]:
    """Write both policies within each value of a segment, such as channel or company size.

    Parameters
    ----------
    comparison : Comparison
    names : Names, optional
        What the two policies are called; model and rulebook unless given.
    """
    names = names or names_of(comparison)
    for qualification, level in QUALIFICATION_WORDS.items():
        pair = comparison.pair(qualification, Matching.PAST)
        if pair is None or not pair.segments:
            continue
        labels = (
            Text(ja="セグメント", en="Segment"),
            LEADS,
            names.first,
            RATE,
            names.second,
            RATE,
            Text(ja="差", en="Difference"),
        )
        rows = tuple(_segment_row(segment) for segment in pair.segments)
        yield Section(
            name=f"{qualification.name.lower()}-segments",
            heading=Text(
                ja=f"セグメント別: {level.ja}、過去に決めた基準",
                en=f"By segment: {level.en}, cut-offs set on past data",
            ),
            tables=(Table(columns=columns(*labels), rows=rows),),
        )
        if qualification is Qualification.MQL:
            charted = [
                _rates_row(_segment_name(segment), segment.model, segment.rulebook)
                for segment in pair.segments
            ]
            heading = Text(ja="セグメント別の成果率", en="Opportunity rates by segment")
            yield from _rates("rates-by-segment", heading, charted, names)


def _segment_name(segment: SegmentResult) -> Text:
    label = segment.label or same(segment.attribute)
    value = segment.value_label or same(segment.value)
    return Text(ja=f"{label.ja}: {value.ja}", en=f"{label.en}: {value.en}")


def _segment_row(segment: SegmentResult) -> Row:
    return cells.row(
        _segment_name(segment),
        cells.count(segment.n_leads),
        cells.count(segment.model.n_handed_over),
        cells.share(segment.model.opportunity_rate),
        cells.count(segment.rulebook.n_handed_over),
        cells.share(segment.rulebook.opportunity_rate),
        cells.cell(difference(segment.rate_difference)),
    )


def _agreement(found: FourWayAgreement | None) -> Iterator[Section]:
    """How far marketing, sales, rulebook and model agree on what sales answered."""
    if found is None:
        return
    summary = agreement_summary(found)
    rows = tuple(
        cells.row(
            who_said_yes(pattern.yes), cells.count(pattern.n_hand_overs), cells.share(pattern.share)
        )
        for pattern in found.patterns
    )
    labels = (
        Text(ja="「はい」と言った人", en="Said yes"),
        Text(ja="引き渡し", en="Hand-overs"),
        Text(ja="割合", en="Share"),
    )
    yield Section(
        name="agreement",
        heading=Text(ja="誰と誰が一致するか", en="Who agrees with whom"),
        lines=(summary, *(agreement_line(pair) for pair in found.pairs)),
        tables=(Table(columns=columns(*labels), rows=rows),),
    )
