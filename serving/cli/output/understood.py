"""What files were understood to be, as the terminal shows it."""

from collections.abc import Iterable

import numpy as np

from features.core.formats import count, share
from features.importing.presets.entries import recognise
from features.importing.presets.kinds import ExportKind
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.looked_at import LookedAt
from serving.cli.output.console import heading, say

MOST_NAMED = 8


def show_understood(found: Understanding, kinds: Iterable[ExportKind]) -> None:
    """Print what each file is and what its columns are for.

    Parameters
    ----------
    found : Understanding
    kinds : iterable of ExportKind
        Exports that are known by their headers.
    """
    heading("Understood")
    tables, kinds = found.tables, tuple(kinds)
    called = {file.name: _called(file, kinds) for file in tables.files}
    what = "log of events, leads made of each one's first" if tables.is_log else "one row a lead"
    say(f"  {called[tables.leads.name]}: {what}, {count(tables.leads.n_rows).en} rows")
    for link in tables.linked:
        say(f"  {called[link.file.name]}: belongs to the leads by {link.column.header!r}")
    for link in tables.looked_up:
        say(f"  {called[link.file.name]}: looked up by {link.column.header!r}")
    for file in tables.unused:
        say(f"  {called[file.name]}: not used, none of its columns meets the leads")
    for role in ColumnRole:
        headers = list(dict.fromkeys(c.header for c in found.of(role)))
        if headers:
            more = f" and {len(headers) - MOST_NAMED} more" if len(headers) > MOST_NAMED else ""
            say(f"  {role}: {', '.join(headers[:MOST_NAMED])}{more}")
    if len(found.won):
        rate = share(float(np.mean(found.won))).en
        say(f"  {rate} of {count(len(found.won)).en} leads reached the outcome at some time")
    doubts: dict[str, list[str]] = {}
    for column in found.asked:
        doubt = f"{column.file}, {column.role}: {column.reason.en}"
        doubts.setdefault(doubt, []).append(column.header)
    for doubt, headers in doubts.items():
        say(f"  NOT SURE: {', '.join(headers)} ({doubt})")
    for outcome in found.outcomes:
        say(f"  the outcome is {outcome.stage}, by {outcome.column!r}: {outcome.reason.en}")


def _called(file: LookedAt, kinds: tuple[ExportKind, ...]) -> str:
    kind = recognise([c.header for c in file.columns], kinds)
    more = len(file.parts) - 1
    name = file.name + (f" and {count(more).en} more with the same columns" if more else "")
    return name if kind is None else f"{name} ({kind.name})"
