"""A month's run in words, for terminal, mail and file."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from features.core.formats import count, length, local_minute
from features.core.text import Text
from features.definition import LeadDefinition
from features.importing.reporting.report import TableCount
from serving.cli.monthly.month_record import MonthRecord
from serving.decisions.inspect.check_workspace import WorkspaceCheck
from serving.review.month import parse_month
from training.reports.document.blocks import Document, Section, Table, columns
from training.reports.document.cells import row

STEPS = {
    "import": Text(ja="取り込み", en="Import"),
    "check": Text(ja="データの確認", en="Check"),
    "retrain": Text(ja="再学習", en="Retrain"),
    "score": Text(ja="判定", en="Score"),
    "review": Text(ja="レビュー", en="Review"),
    "digest": Text(ja="お知らせ", en="Digest"),
}
"""What each step is called, in the order in which they are made."""

STATES = {
    "done": Text(ja="完了", en="done"),
    "skipped": Text(ja="対象外", en="not asked"),
    "refused": Text(ja="不合格", en="refused"),
}


def month_document(record: MonthRecord, zone: ZoneInfo) -> Document:
    """Write what a month's run did as a document; its instants are those of the zone."""
    month = parse_month(record.month).label
    cutoff = local_minute(record.data_cutoff, zone)
    return Document(
        title=Text(ja=f"{month.ja}の月次処理", en=f"The month's work: {month.en}"),
        zone=zone,
        about=Text(ja=f"データの締め {cutoff.ja}", en=f"data cut-off {cutoff.en}"),
        sections=(
            Section(
                name="steps",
                heading=Text(ja="行ったこと", en="What was done"),
                lines=(_end(record),),
                tables=(_steps(record, zone),),
            ),
        ),
    )


def _steps(record: MonthRecord, zone: ZoneInfo) -> Table:
    rows = tuple(
        row(
            STEPS[step.name],
            STATES[step.state],
            step.sentence,
            local_minute(step.ended_at, zone),
            length(step.seconds, "seconds").value,
        )
        for step in record.steps
    )
    labels = (
        Text(ja="段階", en="step"),
        Text(ja="状態", en="state"),
        Text(ja="結果", en="result"),
        Text(ja="終了", en="ended"),
        Text(ja="所要時間", en="took"),
    )
    return Table(columns=columns(*labels, n_words=4), rows=rows)


def _end(record: MonthRecord) -> Text:
    """How it stands: finished, refused at, or what is left."""
    if record.finished and record.refused is None:
        return Text(ja="すべて終わりました。", en="All of it is done.")
    if record.finished:
        return Text(
            ja="すべて終わりました。新しいリリースは不合格で、判定はこれまでのリリースで行いました。",
            en="All of it is done. The new release was refused; the one before went on deciding.",
        )
    left = [label for name, label in STEPS.items() if record.result_of(name) is None]
    waits = Text(ja="、".join(x.ja for x in left), en=", ".join(x.en.lower() for x in left))
    return Text(
        ja=f"途中で止まりました。残り: {waits.ja}。同じコマンドで続きから始まります。",
        en=f"Stopped on the way. Left: {waits.en}. The same command goes on from there.",
    )


NO_INPUT = Text(ja="ファイルもCRMも指定されていません。", en="Neither files nor a CRM were named.")
NO_DIGEST = Text(
    ja="配信の設定がありません(docs/administrator.ja.md)。",
    en="No digest is configured (docs/administrator.md).",
)


def say_imported(tables: Sequence[TableCount]) -> Text:
    """Sum up the rows that an import or a pull read, stored and rejected."""
    read, stored, rejected = (
        count(sum(getattr(one, name) for one in tables)) for name in ("read", "stored", "rejected")
    )
    return Text(
        ja=f"{read.ja}行を読み、{stored.ja}行を保存、{rejected.ja}行を除外しました。",
        en=f"{read.en} rows read, {stored.en} stored, {rejected.en} rejected.",
    )


def say_checked(found: WorkspaceCheck, definition: LeadDefinition) -> Text:
    """Say up to when the tables hold, and whether there is enough to train."""
    cutoff = local_minute(found.data_cutoff, definition.zone)
    have, need = count(found.converted_leads), count(found.needed)
    missing = " ".join(found.missing)
    return Text(
        ja=f"{cutoff.ja}までのデータで、成果のあるリードは{have.ja}件(必要 {need.ja}件)。{missing}",
        en=f"Up to {cutoff.en}, {have.en} leads reached {definition.outcome.stage}; {need.en} are "
        f"needed. {missing}".rstrip(),
    )
