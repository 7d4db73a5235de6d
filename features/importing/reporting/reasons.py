"""Why values were rejected, the commonest first, each with an example and what to do about it."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.importing.imported_file import MUST_BE_GIVEN, EntryResult, Rejects
from features.importing.mapping.fact_values import MUST_BE_DATE, MUST_BE_YES_OR_NO
from features.importing.mapping.numbers import MUST_BE_NUMBER
from features.importing.mapping.times import MUST_BE_IN_RANGE, MUST_BE_TIME, MUST_HAVE_ZONE
from features.importing.presets.time_formats import formats_that_read
from features.importing.reporting.report import RejectReason
from features.importing.validate import MUST_BE_A_LEAD, MUST_FOLLOW_CREATION

MOST_SHOWN = 5

REMEDIES = {
    MUST_HAVE_ZONE: "say time_zone at the top of the mapping, such as Asia/Tokyo",
    MUST_BE_IN_RANGE: "correct the year, or list a placeholder under `blank`",
    MUST_BE_GIVEN: "fill the cell in, or leave such rows out with "
    "`when: {column: ..., known: true}`",
    MUST_BE_YES_OR_NO: "translate the words under `values`, as in `{Sure: yes}`",
    MUST_BE_NUMBER: "correct the value, or list words that mean nothing under `blank`",
    "must be a number from": "correct the value, or its unit",
    MUST_BE_A_LEAD: "import the table of leads along, and check that both files have the same key",
    MUST_FOLLOW_CREATION: "map created_at to the column that says when the lead came to be; where "
    "a row is one of many of a lead, say `take: first`",
    "must be listed in the mapping": "list the word under `values`, or say `others: skip`",
    "must have": "look for a delimiter inside a cell that is not in quotation marks",
    "must close": "look for a quotation mark that is never closed",
}
"""What to do, by how a reason begins; other reasons say it themselves, behind ``;`` or ``:``."""


def common_reasons(results: Sequence[EntryResult]) -> tuple[RejectReason, ...]:
    """The commonest reasons for rejects, by file and column, at most :data:`MOST_SHOWN`."""
    found: dict[tuple[str, str, str], list[Rejects]] = {}
    malformed: list[RejectReason] = []
    for result in results:
        for rejects in result.rejects:
            found.setdefault((result.file, rejects.column, rejects.reason), []).append(rejects)
        if result.malformed:
            malformed.append(_malformed(result))
    reasons = [_reason(key, parts) for key, parts in found.items()] + malformed
    place = {file: at for at, file in enumerate(dict.fromkeys(result.file for result in results))}
    reasons.sort(key=lambda reason: (-reason.count, place[reason.file], reason.line))
    return tuple(reasons[:MOST_SHOWN])


def _reason(key: tuple[str, str, str], parts: list[Rejects]) -> RejectReason:
    file, column, reason = key
    lines = np.concatenate([part.lines for part in parts])
    values = pa.concat_arrays([part.values for part in parts])
    first = int(lines.argmin())
    return RejectReason(
        file=file,
        column=column,
        reason=reason,
        count=len(lines),
        line=int(lines[first]),
        value=values[first].as_py() or "",
        remedy=_remedy(reason, values),
    )


def _malformed(result: EntryResult) -> RejectReason:
    rows = result.malformed
    return RejectReason(
        file=result.file,
        column="",
        reason=rows[0].reason,
        count=len(rows),
        line=rows[0].line,
        value=rows[0].got,
        remedy=_remedy(rows[0].reason, pa.array([], pa.string())),
    )


def _remedy(reason: str, values: pa.Array) -> str:
    if reason in (MUST_BE_TIME, MUST_BE_DATE):
        return _format_remedy(values)
    for begin, remedy in REMEDIES.items():
        if reason.startswith(begin):
            return remedy
    for sign in ("; ", ": "):
        if sign in reason:
            return reason.partition(sign)[2]
    return "correct the value where it was exported"


def _format_remedy(values: pa.Array) -> str:
    """The format that would read the values, where one does."""
    formats = formats_that_read(pc.drop_null(values))
    if not formats:
        return "correct the value, or say under `format` how times are written"
    either = " or ".join(f"`format: {text!r}`".replace("'", '"') for text in formats)
    return f"say {either} beside the column"
