"""A workspace: the folder that holds one company's definition, tables, releases and reports.

The definition in force is the database's; the YAML file is how it is written, read and reviewed.
serving/decisions/in_force/written_file.py says how the two meet.
"""

import getpass
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from features.definition import LeadDefinition, parse_definition, read_definition
from features.definition.yaml.write import unmarked
from features.rulebook import check_rulebook
from features.store import Store
from serving.ledger.agreements import (
    EVER,
    AgreedVersion,
    AgreedVersions,
    AgreementDecision,
    NewVersion,
    OvertakenError,
    add_version,
    read_agreed,
)
from serving.workspace.folder import DEFINITION_FILE, WorkspaceFolder


@dataclass(frozen=True, kw_only=True)
class AgreementVersion:
    """A version of the agreement and the definition its text holds."""

    version: AgreedVersion
    definition: LeadDefinition


@dataclass(frozen=True, kw_only=True)
class Workspace(WorkspaceFolder):
    """A workspace with what was agreed on in it."""

    def definition(self) -> LeadDefinition:
        """The lead definition in force now, by which leads are qualified."""
        return self.in_force().definition

    def written_definition(self) -> LeadDefinition:
        """What the YAML file says, checked, whether it was adopted or not."""
        return read_whole(self.definition_path)

    def in_force(self, at: datetime | None = None, store: Store | None = None) -> AgreementVersion:
        """The version by which leads are qualified at an instant, now unless given."""
        return agreed_text(self.agreed_versions(store).in_force(at or datetime.now(UTC)))

    def to_learn(self, store: Store | None = None) -> AgreementVersion:
        """The version that the next retrain learns, which may wait for just that."""
        return agreed_text(self.agreed_versions(store).due(datetime.now(UTC)))

    def agreed_versions(self, store: Store | None = None) -> AgreedVersions:
        """All versions; the YAML file becomes the first one where there is none yet.

        Parameters
        ----------
        store : Store, optional
            The workspace's, if it is open already.
        """
        opened = self.store() if store is None else store
        found = read_agreed(opened)
        if found.newest is None:
            # Of several processes that start at once, one is first and the others take its version.
            with suppress(OvertakenError):
                self._adopt_first(opened)
            found = read_agreed(opened)
        if store is None:
            opened.close()
        return found

    def _adopt_first(self, store: Store) -> None:
        definition = self.written_definition()
        agreement = definition.agreement
        signatures = () if agreement is None else agreement.agreed_by
        decision = AgreementDecision(
            by=getpass.getuser(),
            present=", ".join(signature.name for signature in signatures),
            what="",
            why="" if agreement is None else agreement.why.ja,
        )
        new = NewVersion(
            definition=unmarked(self.definition_path.read_text(encoding="utf-8-sig")),
            model=definition.fingerprint.model,
            agreement=definition.fingerprint.agreement,
            decision=decision,
            effective_from=EVER,
            replaces=None,
        )
        add_version(store, new)


def parse_whole(text: str, origin: str) -> LeadDefinition:
    """The definition a text holds, its rulebook asking only about features that exist.

    Raises
    ------
    DefinitionError
        If the text holds mistakes; all of them are listed with their lines.
    """
    definition = parse_definition(text, origin)
    check_rulebook(definition)
    return definition


def agreed_text(version: AgreedVersion) -> AgreementVersion:
    """A version with its text read; reading the same text again costs nothing."""
    return AgreementVersion(version=version, definition=_parsed(version.number, version.definition))


@lru_cache(maxsize=32)
def _parsed(number: int, text: str) -> LeadDefinition:
    return parse_whole(text, f"version {number} of {DEFINITION_FILE}")


def read_whole(path: Path) -> LeadDefinition:
    """The definition of a file, its rulebook asking only about features that exist.

    Raises
    ------
    DefinitionError
        If the file holds mistakes; all of them are listed with their lines.
    """
    definition = read_definition(path)
    check_rulebook(definition)
    return definition
