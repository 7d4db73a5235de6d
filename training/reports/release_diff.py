"""Two releases compared for people: what differs, what is the same, what it means for leads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from zoneinfo import ZoneInfo

from features.core.clock import UNDATED
from features.core.estimate import Measured
from features.core.formats import UNDEFINED, count, local_date, points, same, share, signed
from features.core.qualification import Qualification
from features.core.text import Text
from training.metrics.metrics import METRICS, Metric
from training.model.release import Release, ReleaseCard
from training.reports.comparison_text import QUALIFICATION_WORDS
from training.reports.document import cells
from training.reports.document.blocks import BLANK, Column, Document, Row, Section, Table, columns
from training.reports.metric_sections import reading_of
from training.results.records import CutOff
from training.results.requalified_records import Requalification, Requalified

Words = Callable[[str], Text]
"""From a concept to its words."""

MOST_NAMED = 10
"""Inputs that are named before the rest is only counted."""

THE_SAME = Text(ja="同じ", en="the same")
ALIKE = Text(ja="同じもの", en="The same in both")
ANOTHER = Text(ja="別のもの", en="Not the same")
NOT_YET = Text(ja="基準未満", en="not yet MQL")
NO_REASON = Text(ja="基準または水準だけ", en="the cut-offs or the level alone")
LEAST_POINTS = 0.05
"""A concept that moves a lead by less shows as nothing."""


def release_diff(
    before: Release, after: Release, *, zone: ZoneInfo, words: Words, moved: Requalification | None
) -> Document:
    """Compare two releases.

    Parameters
    ----------
    before, after : Release
    zone : ZoneInfo
        Time zone of the dates.
    words : callable
        From a concept to its words.
    moved : Requalification or None
        What it changes for leads; None where the releases read different inputs.
    """
    title = Text(
        ja=f"リリース{before.release_id}と{after.release_id}",
        en=f"Releases {before.release_id} and {after.release_id}",
    )
    if before.release_id == after.release_id:
        one = Text(ja="同じリリースです。違いはありません。", en="One release: all is the same.")
        section = Section(name="facts", heading=title, lines=(one,))
        return Document(title=title, zone=zone, sections=(section,))
    sections = (
        _facts_section(before, after, zone),
        _measures_section(before, after, zone),
        *_inputs_section(before, after),
        _leads_section(before, after, moved, words=words, zone=zone),
    )
    return Document(title=title, zone=zone, sections=sections)


def release_dates(card: ReleaseCard, zone: ZoneInfo) -> tuple[tuple[Text, Text], ...]:
    """Say when what a release knows ends, and from when it was tested, with the names of both.

    Parameters
    ----------
    card : ReleaseCard
    zone : ZoneInfo
    """
    return (
        (Text(ja="データの締め", en="Data known until"), _day(card.data_cutoff, zone)),
        (Text(ja="学習した最後の時点", en="Learned from snapshots until"),
         _day(card.trained_until, zone)),
        (Text(ja="検証の始まり", en="Tested on snapshots from"), _day(card.tested_from, zone)),
    )  # fmt: skip


def _facts_section(before: Release, after: Release, zone: ZoneInfo) -> Section:
    parts = [
        (label, old == new)
        for (label, old), (_, new) in zip(_parts(before), _parts(after), strict=True)
    ]
    pairs = list(zip(_facts(before, zone), _facts(after, zone), strict=True))
    rows = [cells.row(label, old, new) for (label, old), (_, new) in pairs if old != new]
    was, becomes = asdict(before.card.recipe), asdict(after.card.recipe)
    rows += [
        cells.row(same(name), same(str(value)), same(str(becomes[name])))
        for name, value in was.items()
        if value != becomes[name]
    ]
    apart = [label for label, alike in parts if not alike]
    alike = [label for label, is_alike in parts if is_alike]
    alike += [label for (label, old), (_, new) in pairs if old == new]
    lines = [
        Text(
            ja=f"{word.ja}: {'、'.join(label.ja for label in labels)}。",
            en=f"{word.en}: {'; '.join(label.en for label in labels)}.",
        )
        for word, labels in ((ANOTHER, apart), (ALIKE, alike))
        if labels
    ]
    named = columns(BLANK, same(before.release_id), same(after.release_id))
    heading = Text(ja="違い", en="What differs")
    tables = (Table(columns=named, rows=tuple(rows)),) if rows else ()
    return Section(name="facts", heading=heading, lines=tuple(lines), tables=tables)


def _parts(release: Release) -> Iterator[tuple[Text, object]]:
    """What is alike or not, and has no figure that would tell people more."""
    card = release.card
    yield Text(ja="ブースターと較正", en="boosters and calibration"), card.files
    yield (
        Text(ja="入力と成果の定義", en="inputs and outcome as defined"),
        (card.definition_name, card.model_fingerprint),
    )
    yield Text(ja="合意した基準と言葉", en="agreed rules and words"), card.agreement_fingerprint
    yield Text(ja="学習の設定", en="settings of the learner"), card.recipe


def _facts(release: Release, zone: ZoneInfo) -> Iterator[tuple[Text, Text]]:
    card = release.card
    yield from release_dates(card, zone)
    yield Text(ja="学習した件数", en="Snapshots learned from"), count(card.n_snapshots).value
    yield Text(ja="うち成果", en="Of them converted"), count(card.n_converted).value
    yield Text(ja="水準の補正", en="Level moved since"), _level(card)
    for qualification, cut_off in zip(
        QUALIFICATION_WORDS.values(), (card.cut_offs.mql, card.cut_offs.sql), strict=True
    ):
        yield (
            Text(ja=f"{qualification.ja}の基準", en=f"{qualification.en} from"),
            _cut_off(cut_off),
        )


def _measures_section(before: Release, after: Release, zone: ZoneInfo) -> Section:
    old, new = before.card, after.card
    heading = Text(ja="指標", en="Measures")
    if old.metrics == new.metrics:
        alike = Text(
            ja="同じ検証の同じ値です。", en="The same: both tell of one test of the same boosters."
        )
        return Section(name="measures", heading=heading, lines=(alike,))
    rows = [
        cells.row(
            metric.label, cells.number(first), cells.number(second),
            _verdict(metric, first, second),
        )
        for name, metric in METRICS.items()
        if (first := getattr(old.metrics, name)) is not None
        and (second := getattr(new.metrics, name)) is not None
    ]  # fmt: skip
    named = columns(
        Text(ja="指標(95%区間)", en="Measure (95% interval)"),
        same(before.release_id),
        same(after.release_id),
    )
    reading = Column(label=Text(ja="読み方", en="Read it as"), is_words=True)
    return Section(
        name="measures",
        heading=heading,
        lines=tuple(_sample(release, zone) for release in (before, after)),
        tables=(Table(columns=(*named, reading), rows=tuple(rows)),),
    )


def _verdict(metric: Metric, first: Measured | float, second: Measured | float) -> Text:
    """Say which way is better, and whether the intervals leave it open."""
    reading = reading_of(metric)
    old, new = (_ends(found) for found in (first, second))
    if first == second:
        said = THE_SAME
    elif old[0] <= new[2] and new[0] <= old[2]:
        said = Text(ja="区間が重なる", en="the intervals overlap")
    elif metric.is_better(new[1], than=old[1]):
        said = Text(ja="後のほうが良い", en="the second is better")
    else:
        said = Text(ja="前のほうが良い", en="the first is better")
    return Text(ja=f"{reading.ja}。{said.ja}", en=f"{reading.en}; {said.en}")


def _inputs_section(before: Release, after: Release) -> Iterator[Section]:
    """Name inputs that only one release reads; nothing where both read the same."""
    had, has = _inputs(before), _inputs(after)
    found = (
        ([name for name in had if name not in has], before.release_id),
        ([name for name in has if name not in had], after.release_id),
    )
    lines = [
        Text(
            ja=f"{release_id}だけにある入力: {_listed(names)}",
            en=f"Only in {release_id}: {_listed(names)}",
        )
        for names, release_id in found
        if names
    ]
    levels = [name for name in had if name in has and had[name] != has[name]]
    if levels:
        lines.append(
            Text(ja=f"値の種類が違う入力: {_listed(levels)}",
                 en=f"With other values: {_listed(levels)}")
        )  # fmt: skip
    if lines:
        yield Section(name="inputs", heading=Text(ja="入力", en="Inputs"), lines=tuple(lines))


def _leads_section(
    before: Release, after: Release, moved: Requalification | None, *, words: Words, zone: ZoneInfo
) -> Section:
    heading = Text(ja="リードへの影響", en="What it means for leads")
    if moved is None:
        apart = Text(
            ja="入力の定義が違うため、同じリードでは比べられません。",
            en="They read inputs of different definitions: no lead can be held against both.",
        )
        return Section(name="leads", heading=heading, lines=(apart,))
    day = local_date(moved.as_of, zone)
    lines = [
        Text(
            ja=f"{day.ja}時点で進行中のリード{moved.n_leads:,}件。",
            en=f"{moved.n_leads:,} open leads as of {day.en}.",
        )
    ]
    if not moved.leads:
        lines.append(
            Text(
                ja="確率も区分もすべて同じです。",
                en="Probability and qualification of each: the same.",
            )
        )
        return Section(name="leads", heading=heading, lines=tuple(lines))
    counts = tuple(
        cells.row(
            _qualification(move.before),
            THE_SAME if move.before == move.after else _qualification(move.after),
            cells.count(move.n_leads),
        )
        for move in moved.moves
    )
    ids = same(before.release_id), same(after.release_id)
    leads = Text(ja="リード", en="Leads")
    return Section(
        name="leads",
        heading=heading,
        lines=tuple(lines),
        tables=(
            Table(columns=columns(*ids, leads, n_words=2), rows=counts),
            Table(
                title=Text(ja="最も動くリード", en="Leads that move most"),
                columns=(
                    *columns(Text(ja="リード", en="Lead"), *ids),
                    Column(label=Text(ja="理由", en="Why"), is_words=True),
                ),
                rows=tuple(_lead(lead, words) for lead in moved.leads),
            ),
        ),
    )


def _lead(lead: Requalified, words: Words) -> Row:
    was, becomes = (
        Text(ja=f"{share(p).value.ja} {_qualification(q).ja}",
             en=f"{share(p).value.en} {_qualification(q).en}")
        for p, q in (
            (lead.probability_before, lead.before), (lead.probability_after, lead.after),
        )
    )  # fmt: skip
    pulls = [
        (words(found.concept), points(found.points).value)
        for found in lead.concepts
        if abs(found.points) >= LEAST_POINTS
    ]
    why = NO_REASON
    if pulls:
        why = Text(
            ja="、".join(f"{name.ja} {pull.ja}" for name, pull in pulls),
            en=", ".join(f"{name.en} {pull.en}" for name, pull in pulls),
        )
    return cells.row(same(lead.lead_id), was, becomes, why)


def _qualification(qualification: Qualification) -> Text:
    return QUALIFICATION_WORDS.get(qualification, NOT_YET)


def _inputs(release: Release) -> dict[str, object]:
    """Names of inputs, with the values or the unit that each is read with."""
    catalogue = release.fit.catalogue
    levels = catalogue["levels"]
    return {f["name"]: levels.get(f["name"], f["unit"]) for f in catalogue["features"]}


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join([*names[:MOST_NAMED], *([f"+{more}"] if more > 0 else [])])


def _day(second: int, zone: ZoneInfo) -> Text:
    return same(UNDEFINED) if second == UNDATED else local_date(second, zone)


def _level(card: ReleaseCard) -> Text:
    moved = card.recalibration
    if moved is None:
        return Text(ja="なし", en="no")
    found = signed(Measured(value=moved.shift, low=moved.low, high=moved.high))
    return Text(ja=found.ja, en=found.en)


def _cut_off(cut_off: CutOff) -> Text:
    at = share(cut_off.probability).value
    if cut_off.expected_per_month is None:
        return at
    volume = count(cut_off.expected_per_month).value
    return Text(ja=f"{at.ja}(月に約{volume.ja}件)", en=f"{at.en} (about {volume.en} a month)")


def _sample(release: Release, zone: ZoneInfo) -> Text:
    card, measured = release.card, release.card.metrics
    since = _day(card.tested_from, zone)
    return Text(
        ja=f"{release.release_id}: {since.ja}からの{measured.n_snapshots:,}件"
        f"(成果{measured.n_converted:,}件)で検証。",
        en=f"{release.release_id} was tested on {measured.n_snapshots:,} snapshots from "
        f"{since.en}, {measured.n_converted:,} of them converted.",
    )


def _ends(found: Measured | float) -> tuple[float, float, float]:
    """Low end, value and high end; all one where there is no interval."""
    if not isinstance(found, Measured):
        return found, found, found
    low = found.value if found.low is None else found.low
    return low, found.value, found.value if found.high is None else found.high
