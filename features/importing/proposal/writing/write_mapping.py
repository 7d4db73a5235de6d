"""The mapping of what was understood, as text with the reason of every guess beside it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatch
from glob import escape

from features.core.formats import share
from features.core.text import Language, Text
from features.importing.presets.vocabulary import FACTS, UNKNOWN
from features.importing.proposal.column_guess import (
    ASK_BELOW,
    ColumnGuess,
    ColumnRole,
    Understanding,
)
from features.importing.proposal.looked_at import LookedAt, lifecycle
from features.importing.proposal.outcome import OutcomeGuess
from features.importing.proposal.tables import Link
from features.importing.proposal.words import LIFECYCLE_DONE, NO, YES
from features.importing.proposal.writing.names import (
    NamedAttribute,
    NamedBehaviour,
    activity_logs,
    quoted,
)

DOUBT = Text(ja="。NOT SURE 要確認", en=" NOT SURE, please check.")
"""Marks guesses that are taken unasked."""


def pattern_of(name: str, names: list[str]) -> str:
    """A pattern that fits next month's file, too: digits left open if that stays plain."""
    wide = re.sub(r"(?<!\[)\d[\d_-]*", "*", escape(name))
    return wide if sum(fnmatch(one, wide) for one in names) == 1 and wide != "*" else escape(name)


class MappingText:
    """Writes the mapping of an understanding; one use."""

    def __init__(
        self,
        found: Understanding,
        *,
        attributes: tuple[NamedAttribute, ...],
        behaviours: tuple[NamedBehaviour, ...],
        time_zone: str,
        until: float,
        language: Language = "en",
    ) -> None:
        self.found, self.tables = found, found.tables
        self.attributes, self.behaviours = attributes, behaviours
        self.time_zone, self.until, self.language = time_zone, until, language
        self.names = [file.name for file in self.tables.files]

    def write(self) -> str:
        """The whole text."""
        lines = [
            "# yaml-language-server: $schema=mapping.schema.json",
            "# Proposed by `awase start` from headers and values, a reason beside each guess.",
            "# Change what is wrong: a rerun keeps it. docs/files.md explains every key.",
            "format: 1",
            f"time_zone: {self.time_zone}  # of times without an offset",
        ]
        if self.found.created is None:
            lines.append("undated: true  # no column says when leads came")
        columns = (*self.tables.leads.columns, *(one.new for one in self.found.histories))
        blanks = sorted({text for c in columns for text in c.blanks if c.kind != "boolean"})
        if blanks:
            lines.append(f"blank: [{', '.join(map(quoted, blanks))}]  # words that mean nothing")
        lines.append("files:")
        lines += self._leads()
        for link in self.tables.linked:
            lines += self._linked(link)
        unused = [f.name for f in self.tables.unused]
        lines += [f"# {name}: not used, none of its columns meets the leads" for name in unused]
        return "\n".join(lines) + "\n"

    def _comment(self, column: ColumnGuess) -> str:
        return f"  # {self._why(column)}"

    def _why(self, guess: ColumnGuess | OutcomeGuess) -> str:
        """How sure a guess is and why, on one line in the language of the headers."""
        doubt = DOUBT.read(self.language) if guess.confidence < ASK_BELOW else ""
        sure, why = share(guess.confidence), guess.reason
        return f"{sure.read(self.language)}: {why.read(self.language)}{doubt}".replace("\n", " ")

    def _time(self, file: LookedAt, header: str, *, whole: bool = False) -> str:
        column = file.column(header)
        if column.formats in ((), ("auto",)):
            return f"{{column: {quoted(header)}}}" if whole else quoted(header)
        formats = ", ".join(quoted(one) for one in (*column.formats, "auto"))
        return f"{{column: {quoted(header)}, format: [{formats}]}}"

    def _leads(self) -> list[str]:
        tables, file = self.tables, self.tables.leads
        key = self.found.of(ColumnRole.ID, file.name)[0]
        lines = [f"  - match: {quoted(pattern_of(file.name, self.names))}"]
        created = self.found.created
        if created is not None and file.column(created.header).n_filled < file.table.n_rows:
            lines.append(f"    when: {{column: {quoted(created.header)}, known: true}}")
        lines += self._observed(file)
        lines.append(f"    lead_id: {quoted(tables.key.header)}{self._comment(key)}")
        if tables.looked_up:
            lines.append("    joins:")
            lines += [
                f"      - {{file: {quoted(pattern_of(k.file.name, self.names))}, "
                f"as: {join_name(k.file)}, "
                f"key: {quoted(k.key.header)}, on: {quoted(k.column.header)}}}"
                f"  # {share(k.found).en} of the values are there"
                for k in tables.looked_up
            ]
        lines += self._lead(created)
        lines += self._person()
        lines += self._facts()
        lines += self._events(file)
        lines += self._outcome_lines(file)
        lines += self._hand_overs(file)
        return lines + list(self._left_out(file))

    def _observed(self, file: LookedAt) -> Iterator[str]:
        """When a file was exported, where its outcomes have no day of their own."""
        dated = self.found.created is not None
        if dated and any(o.time is None for o in self._outcomes(file)):
            day = datetime.fromtimestamp(self.until, UTC).date()
            yield f"    observed_at: {day}  # the latest day in the files: when they were exported"

    def _lead(self, created: ColumnGuess | None) -> Iterator[str]:
        file = self.tables.leads
        if created is not None:
            time = self._time(file, created.header, whole=self.tables.is_log)
            if self.tables.is_log:
                time = time[:-1] + ", take: first}"
            yield f"    lead: {{created_at: {time}}}{self._comment(created)}"
            return
        arrival = next(iter(self.found.of(ColumnRole.ARRIVAL)), None)
        if arrival is None:
            yield "    lead: {}"
        else:
            yield f"    lead: {{arrival: {quoted(arrival.header)}}}{self._comment(arrival)}"

    def _person(self) -> Iterator[str]:
        columns: dict[str, list[str]] = {}
        for column in self.found.of(ColumnRole.PERSON, self.tables.leads.name):
            columns.setdefault(column.named, []).append(quoted(column.header))
        parts = [
            f"{named}: [{', '.join(headers)}]"
            if named in ("name", "name_kana")
            else f"{named}: {headers[0]}"
            for named, headers in columns.items()
            if named != "address"
        ]
        if parts:
            yield f"    person: {{{', '.join(parts)}}}  # kept apart, never scored"

    def _facts(self) -> list[str]:
        lines = [self._fact(one) for one in self.attributes if not one.field]
        lines += [
            f"      - {{attribute: {name}, column: {quoted(column.header)}, known_at: {known}}}"
            f"{self._comment(column)}"
            for name, column, known in identifiers(self.found)
            if column.file == self.tables.leads.name
        ]
        return ["    facts:", *lines] if lines else []

    def _fact(self, attribute: NamedAttribute) -> str:
        column = attribute.column
        header = column.header
        if column.file != self.tables.leads.name:
            link = next(k for k in self.tables.looked_up if k.file.name == column.file)
            header = f"{join_name(link.file)}.{header}"
        known = FACTS.get(attribute.name, UNKNOWN)
        values = ""
        if attribute.kind == "boolean":
            told = {t: "yes" for t in attribute.profile.texts if t.casefold() in YES}
            told |= {t: "no" for t in attribute.profile.texts if t and t.casefold() in NO}
            pairs = ", ".join(f"{quoted(t)}: {quoted(v)}" for t, v in told.items())
            values = f", values: {{{pairs}}}"
        return (
            f"      - {{attribute: {attribute.name}, column: {quoted(header)}, known_at: {known}"
            f"{values}}}{self._comment(column)}"
        )

    def _events(self, file: LookedAt) -> list[str]:
        lines = [
            f"      - {{behaviour: {b.name}, occurred_at: {self._time(file, b.column.header)}}}"
            f"{self._comment(b.column)}"
            for b in self.behaviours
            if b.column is not None and b.column.file == file.name
        ]
        for log in activity_logs(self.found):
            values = {t: b.name for b in self.behaviours for t in b.values if t in log.kind.values}
            if log.file is file and values:
                lines.append(
                    f"      - {{behaviour: {_words(log.kind.header, values)}, "
                    f"occurred_at: {self._time(file, log.at.header)}}}"
                )
        return ["    events:", *lines] if lines else []

    def _outcomes(self, file: LookedAt) -> list[OutcomeGuess]:
        return [o for o in self.found.outcomes if o.file == file.name]

    def _outcome_lines(self, file: LookedAt) -> list[str]:
        lines = []
        for outcome in self._outcomes(file):
            stage = outcome.stage
            if outcome.values:
                stage = _words(outcome.column, outcome.values)
            time = "" if self.found.created is None else ", occurred_at: unknown"
            if outcome.time is not None:
                time = f", occurred_at: {self._time(file, outcome.time)}"
            lines.append(f"      - {{stage: {stage}{time}}}  # {self._why(outcome)}")
        return ["    outcomes:", *lines] if lines else []

    def _linked(self, link: Link) -> list[str]:
        file = link.file
        inside = [
            *self._events(file),
            *self._history(file),
            *self._outcome_lines(file),
            *self._hand_overs(file),
        ]
        if not inside:
            return [f"# {file.name}: not used, nothing tells what its rows are"]
        lines = [
            f"  - match: {quoted(pattern_of(file.name, self.names))}",
            *self._observed(file),
        ]
        key, when = quoted(link.column.header), []
        if link.key is not self.tables.key:
            own = quoted(f"leads.{self.tables.key.header}")
            lines.append(
                "    joins: [{file: "
                f"{quoted(pattern_of(self.tables.leads.name, self.names))}, as: leads, "
                f"key: {quoted(link.key.header)}, on: {key}, repeated: ignore}}]"
            )
            key, when = own, [f"{{column: {own}, known: true}}"]
        state = lifecycle(file)
        if state is not None and any(log.file is file for log in activity_logs(self.found)):
            done = next(word for word in LIFECYCLE_DONE if word in state.values)
            when.append(f"{{column: {quoted(state.header)}, is_one_of: [{quoted(done)}]}}")
        lines.append(f"    lead_id: {key}")
        lines += [f"    when: [{', '.join(when)}]"] if when else []
        return [*lines, *inside, *self._left_out(file)]

    def _history(self, file: LookedAt) -> list[str]:
        mine = [one for one in self.attributes if one.field and one.column.file == file.name]
        history = next((one for one in self.found.histories if one.file is file), None)
        if history is None or not mine:
            return []
        attribute = _words(history.field.header, {one.field: one.name for one in mine})
        parts = [f"attribute: {attribute}", f"column: {quoted(history.new.header)}"]
        if history.old is not None:
            parts.append(f"old: {quoted(history.old.header)}")
        parts.append(f"known_at: {self._time(file, history.at.header, whole=True)}")
        return ["    facts:", f"      - {{{', '.join(parts)}}}"]

    def _hand_overs(self, file: LookedAt) -> list[str]:
        found = next((one for one in self.found.hand_overs if one.file is file), None)
        if found is None:
            return []
        at = self._time(file, found.at)
        lines = []
        if file is not self.tables.leads:
            known = self._time(file, found.at, whole=True)
            facts = [
                f"      - {{attribute: {name}, column: {quoted(c.header)}, known_at: {known}}}"
                for name, c, _ in identifiers(self.found)
                if c.file == file.name
            ]
            lines += ["    facts:", *facts] if facts else []
        parts = [f"handed_over_at: {at}"]
        parts += [
            f"{name}: {_words(header, values)}" for name, (header, values) in found.words.items()
        ]
        if found.propensity is not None:
            parts.append(f"propensity: {quoted(found.propensity)}")
        lines += [f"    hand_overs: [{{{', '.join(parts)}}}]"]
        if found.answer is not None and not self._outcomes(file):
            header, values, when = found.answer
            said = f"stage: {_words(header, values)}, occurred_at: {self._time(file, when)}"
            lines += ["    outcomes:", f"      - {{{said}}}"]
        return lines

    def _left_out(self, file: LookedAt) -> Iterator[str]:
        for role in (ColumnRole.LEAK, ColumnRole.IGNORED):
            for column in self.found.of(role, file.name):
                why = self._comment(column).removeprefix("  # ")
                yield f"    # {role}: {quoted(column.header)}, {why}"


def _words(header: str, values: dict[str, str]) -> str:
    """A column whose listed values stand for words of ours."""
    pairs = ", ".join(f"{quoted(text)}: {word}" for text, word in values.items())
    return f"{{column: {quoted(header)}, others: skip, values: {{{pairs}}}}}"


def join_name(file: LookedAt) -> str:
    """What a looked-up table is called in the mapping."""
    return re.sub(r"[^a-z0-9]+", "_", file.name.split(".")[0].casefold()).strip("_") or "table"


def identifiers(found: Understanding) -> list[tuple[str, ColumnGuess, str]]:
    """Who is in charge, and the company: attributes that group leads and are never scored."""
    leads = found.tables.leads.name
    rows: list[tuple[str, ColumnGuess, str]] = []
    for name, role in (
        ("account_id", ColumnRole.ACCOUNT),
        ("owner", ColumnRole.OWNER),
        ("team", ColumnRole.TEAM),
    ):
        columns = found.of(role, leads)
        if not columns and role == ColumnRole.ACCOUNT:
            columns = tuple(c for c in found.of(ColumnRole.PERSON, leads) if c.named == "company")
        if not columns:
            columns = tuple(c for h in found.hand_overs for c in found.of(role, h.file.name))
        rows += [(name, column, "unknown") for column in columns[:1]]
    email = next((c for c in found.of(ColumnRole.PERSON, leads) if c.named == "email"), None)
    if email is not None:
        rows.append(("email_domain", email, "created"))
    return rows
