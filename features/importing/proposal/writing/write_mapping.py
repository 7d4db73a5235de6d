"""The mapping of what was understood, as text with the reason of every guess beside it."""

import re
from datetime import UTC, datetime
from fnmatch import fnmatch
from glob import escape
from typing import Any

from features.core.formats import share
from features.core.text import Language, Text
from features.definition.yaml.yaml_text import COMMENTS, Noted, on_one_line, yaml_text
from features.importing.presets.vocabulary import FACTS, UNKNOWN
from features.importing.proposal.column_guess import (
    ASK_BELOW,
    ColumnGuess,
    ColumnRole,
    HandOverTable,
    Understanding,
)
from features.importing.proposal.looked_at import LookedAt, attendance, lifecycle
from features.importing.proposal.outcome import OutcomeGuess
from features.importing.proposal.tables import Link
from features.importing.proposal.words import LIFECYCLE_DONE, NO, YES
from features.importing.proposal.writing.names import (
    Named,
    NamedAttribute,
    activity_logs,
)

Entry = dict[str, Any]
"""A part of a mapping: keys as mapping files have them."""

HEAD = (
    "yaml-language-server: $schema=mapping.schema.json",
    "Proposed from headers and values, a reason beside each guess.",
    "Change what is wrong: a rerun keeps it. docs/files.md explains every key.",
)
DOUBT = Text(ja="。NOT SURE 要確認", en=" NOT SURE, please check.")
"""Marks guesses that are taken unasked."""


def patterns_of(file: LookedAt, names: list[str]) -> list[str]:
    """Patterns that fit next month's files, too: digits left open if no other file fits then.

    Parameters
    ----------
    file : LookedAt
    names : list of str
        Of all files.
    """
    found = []
    for name in file.parts:
        wide = re.sub(r"(?<!\[)\d[\d_-]*", "*", escape(name))
        others = [one for one in names if one not in file.parts and fnmatch(one, wide)]
        found.append(escape(name) if others or wide == "*" else wide)
    return list(dict.fromkeys(found))


class MappingText:
    """Writes the mapping of an understanding; one use."""

    def __init__(
        self,
        found: Understanding,
        *,
        named: Named,
        time_zone: str,
        until: float,
        language: Language = "en",
    ) -> None:
        self.found, self.tables = found, found.tables
        self.named = named
        self.time_zone, self.until, self.language = time_zone, until, language
        self.names = [name for file in self.tables.files for name in file.parts]

    def write(self) -> str:
        """The whole text."""
        told: Entry = {
            "format": 1,
            "time_zone": Noted(self.time_zone, "of times without an offset"),
        }
        if self.found.created is None:
            told["undated"] = Noted(value=True, comment="no column says when leads came")
        columns = (*self.tables.leads.columns, *(one.new for one in self.found.histories))
        if blanks := sorted({text for c in columns for text in c.blanks if c.kind != "boolean"}):
            told["blank"] = Noted(blanks, "words that mean nothing")
        linked = {link.file.name: self._linked(link) for link in self.tables.linked}
        told["files"] = [self._leads(), *filter(None, linked.values())]
        unused = dict.fromkeys((f.name for f in self.tables.unused), "none of its columns meets")
        told[COMMENTS] = [
            *(
                f"{n}: not used, nothing tells what its rows are"
                for n, e in linked.items()
                if not e
            ),
            *(f"{name}: not used, {why} the leads" for name, why in unused.items()),
        ]
        return yaml_text(told, HEAD)

    def _match(self, file: LookedAt) -> str | list[str]:
        patterns = patterns_of(file, self.names)
        return patterns[0] if len(patterns) == 1 else patterns

    def _of_file(self, file: LookedAt) -> Entry:
        """A file to join, by its name and the sheet."""
        return _said({"file": patterns_of(file, self.names)[0], "sheet": file.sheet})

    def _alias(self, file: LookedAt) -> str:
        """What a looked-up table is called in the mapping; no two are called alike."""
        names = [join_name(link.file) for link in self.tables.looked_up]
        at = next(n for n, link in enumerate(self.tables.looked_up) if link.file is file)
        again = names[:at].count(names[at])
        return f"{names[at]}_{again + 1}" if again else names[at]

    def _noted(self, value: Any, guess: ColumnGuess | OutcomeGuess) -> Noted:
        """A value with how sure its guess is and why, in the language of the headers."""
        return Noted(value, self._why(guess))

    def _why(self, guess: ColumnGuess | OutcomeGuess) -> str:
        doubt = DOUBT.read(self.language) if guess.confidence < ASK_BELOW else ""
        sure, why = share(guess.confidence), guess.reason
        return f"{sure.read(self.language)}: {why.read(self.language)}{doubt}".replace("\n", " ")

    def _time(self, file: LookedAt, header: str, *, whole: bool = False) -> Any:
        formats = file.column(header).formats
        if formats in ((), ("auto",)):
            return {"column": header} if whole else header
        return {"column": header, "format": [*formats, "auto"]}

    def _leads(self) -> Entry:
        tables, file = self.tables, self.tables.leads
        key, created = self.found.of(ColumnRole.ID, file.name)[0], self.found.created
        partly = created and file.column(created.header).n_filled < file.n_rows
        joins = [
            Noted(
                self._of_file(k.file)
                | {"as": self._alias(k.file), "key": k.key.header, "on": k.column.header},
                f"{share(k.found).en} of the values are there",
            )
            for k in tables.looked_up
        ]
        entry = {
            "match": self._match(file),
            "sheet": file.sheet,
            "when": {"column": created.header, "known": True} if created and partly else None,
            "observed_at": self._observed(file),
            "lead_id": self._noted(tables.key.header, key),
            "joins": joins,
            "lead": self._lead(created),
            "person": self._person(),
            "facts": self._facts(),
            "events": self._events(file),
            "outcomes": [*self._outcome_items(file), *self._answers(file)],
            "hand_overs": self._hand_overs(file),
            COMMENTS: self._left_out(file),
        }
        return _said(entry)

    def _observed(self, file: LookedAt) -> Noted | None:
        """When a file was exported, where its outcomes have no day of their own."""
        dated = self.found.created is not None
        if not dated or all(o.time is not None for o in self._outcomes(file)):
            return None
        day = datetime.fromtimestamp(self.until, UTC).date()
        return Noted(day, "the latest day in the files: when they were exported")

    def _lead(self, created: ColumnGuess | None) -> Any:
        if created is not None:
            log = self.tables.is_log
            time = self._time(self.tables.leads, created.header, whole=log)
            return self._noted({"created_at": time | {"take": "first"} if log else time}, created)
        arrival = next(iter(self.found.of(ColumnRole.ARRIVAL)), None)
        return {} if arrival is None else self._noted({"arrival": arrival.header}, arrival)

    def _person(self) -> Noted | None:
        columns: dict[str, list[str]] = {}
        for column in self.found.of(ColumnRole.PERSON, self.tables.leads.name):
            columns.setdefault(column.named, []).append(column.header)
        parts = {
            named: headers if named in ("name", "name_kana") else headers[0]
            for named, headers in columns.items()
            if named != "address"
        }
        return Noted(parts, "kept apart, never scored") if parts else None

    def _facts(self) -> list[Noted]:
        facts = [self._fact(one) for one in self.named.attributes if not one.field]
        return facts + [
            self._noted({"attribute": name, "column": column.header, "known_at": known}, column)
            for name, column, known in self.named.identifiers
            if column.file == self.tables.leads.name
        ]

    def _fact(self, attribute: NamedAttribute) -> Noted:
        column = attribute.column
        header = column.header
        if column.file != self.tables.leads.name:
            link = next(k for k in self.tables.looked_up if k.file.name == column.file)
            header = f"{self._alias(link.file)}.{header}"
        known = FACTS.get(attribute.name, UNKNOWN)
        fact: Entry = {"attribute": attribute.name, "column": header, "known_at": known}
        if attribute.kind == "boolean":
            fact["values"] = {t: "yes" for t in attribute.profile.texts if t.casefold() in YES}
            no = {t: "no" for t in attribute.profile.texts if t and t.casefold() in NO}
            fact["values"] |= no
        return self._noted(fact, column)

    def _events(self, file: LookedAt) -> list[Any]:
        events: list[Any] = [
            self._noted(
                {"behaviour": b.name, "occurred_at": self._time(file, column.header)}, column
            )
            for b in self.named.behaviours
            for column in b.columns
            if column.file == file.name
        ]
        for log in activity_logs(self.found):
            values = {
                t: b.name for b in self.named.behaviours for t in b.values if t in log.kind.values
            }
            if log.file is file and values:
                at = self._time(file, log.at.header)
                events.append({"behaviour": _words(log.kind.header, values), "occurred_at": at})
        return events

    def _outcomes(self, file: LookedAt) -> list[OutcomeGuess]:
        return [o for o in self.found.outcomes if o.file == file.name]

    def _outcome_items(self, file: LookedAt) -> list[Noted]:
        items = []
        for outcome in self._outcomes(file):
            item: Entry = {"stage": outcome.stage}
            if outcome.values:
                item["stage"] = _words(outcome.column, outcome.values)
            if outcome.time is not None:
                item["occurred_at"] = self._time(file, outcome.time)
            elif self.found.created is not None:
                item["occurred_at"] = "unknown"
            items.append(self._noted(item, outcome))
        return items

    def _linked(self, link: Link) -> Entry | None:
        """The entry of a table with the leads' key; None where nothing tells what its rows are."""
        file = link.file
        inside = _said(
            {
                "facts": [*self._history(file), *self._handed_facts(file)],
                "events": self._events(file),
                "outcomes": [*self._outcome_items(file), *self._answers(file)],
                "hand_overs": self._hand_overs(file),
            }
        )
        if not inside:
            return None
        key, when, joins = link.column.header, [], []
        if link.key is not self.tables.key:
            own = f"leads.{self.tables.key.header}"
            joins.append(
                self._of_file(self.tables.leads)
                | {"as": "leads", "key": link.key.header, "on": key, "repeated": "ignore"}
            )
            key = own
            when.append({"column": own, "known": True})
        state = lifecycle(file)
        if state is not None and any(log.file is file for log in activity_logs(self.found)):
            done = next(word for word in LIFECYCLE_DONE if word in state.values)
            when.append({"column": state.header, "is_one_of": [done]})
        elif (came := attendance(file)) is not None and inside.keys() == {"events"}:
            when.append({"column": came[0].header, "is_one_of": list(came[1])})
        head = {
            "match": self._match(file),
            "sheet": file.sheet,
            "observed_at": self._observed(file),
            "joins": joins,
            "lead_id": key,
            "when": when,
        }
        return _said(head | inside | {COMMENTS: self._left_out(file)})

    def _history(self, file: LookedAt) -> list[Entry]:
        mine = [one for one in self.named.attributes if one.field and one.column.file == file.name]
        history = next((one for one in self.found.histories if one.file is file), None)
        if history is None or not mine:
            return []
        fact = {
            "attribute": _words(history.field.header, {one.field: one.name for one in mine}),
            "column": history.new.header,
            "old": None if history.old is None else history.old.header,
            "known_at": self._time(file, history.at.header, whole=True),
        }
        return [_said(fact)]

    def _handed(self, file: LookedAt) -> HandOverTable | None:
        return next((one for one in self.found.hand_overs if one.file is file), None)

    def _handed_facts(self, file: LookedAt) -> list[Entry]:
        """Who was given the lead, known since then."""
        found = self._handed(file)
        if found is None:
            return []
        known = self._time(file, found.at, whole=True)
        return [
            {"attribute": name, "column": column.header, "known_at": known}
            for name, column, _ in self.named.identifiers
            if column.file == file.name
        ]

    def _hand_overs(self, file: LookedAt) -> list[Entry]:
        found = self._handed(file)
        if found is None:
            return []
        words = {name: _words(header, values) for name, (header, values) in found.words.items()}
        at = {"handed_over_at": self._time(file, found.at)}
        return [_said(at | words | {"propensity": found.propensity})]

    def _answers(self, file: LookedAt) -> list[Entry]:
        """What sales said of hand-overs, where no other column tells outcomes."""
        found = self._handed(file)
        if found is None or found.answer is None or self._outcomes(file):
            return []
        header, values, when = found.answer
        return [{"stage": _words(header, values), "occurred_at": self._time(file, when)}]

    def _left_out(self, file: LookedAt) -> list[str]:
        return [
            f"{role}: {on_one_line(column.header)}, {self._why(column)}"
            for role in (ColumnRole.LEAK, ColumnRole.IGNORED)
            for column in self.found.of(role, file.name)
        ]


def _said(entry: Entry) -> Entry:
    """An entry without what is not there; an empty mapping says something."""
    return {key: value for key, value in entry.items() if value is not None and value != []}


def _words(header: str, values: dict[str, str]) -> Entry:
    """A column whose listed values stand for words of ours."""
    return {"column": header, "others": "skip", "values": values}


def join_name(file: LookedAt) -> str:
    """What a looked-up table is called in the mapping."""
    return re.sub(r"[^a-z0-9]+", "_", file.called.casefold()).strip("_") or "table"
