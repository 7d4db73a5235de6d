"""The YAML file of a workspace beside the agreed versions: how it stands to them, and writing it.

The file carries the number of the version it was written from, so that nobody's work is lost: an
edit of the newest version may become the next one, an edit of an older one is a conflict that a
person settles, and a decision made in the browser is written into it only while nobody has edited
it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from features.core.atomic_folder import write_whole_file
from features.core.errors import DefinitionError, LeadDataError, Refusal
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.yaml.write import marked, unmarked, version_of_text
from features.store.releases import definition_key
from serving.ledger.agreements import AgreedVersion, AgreedVersions
from serving.workspace.folder import DEFINITION_FILE
from serving.workspace.workspace import Workspace

FileState = Literal["same", "edited", "behind", "conflict"]
"""How the file stands to the newest version: it says the same; it was edited from it; it is an
older version as it was; it was edited from an older version."""


@dataclass(frozen=True, kw_only=True)
class WrittenFile:
    """The YAML file beside the agreed versions.

    Attributes
    ----------
    base : int
        The version it was written from.
    """

    state: FileState
    base: int
    text: str
    definition: LeadDefinition


def look_at_file(workspace: Workspace, agreed: AgreedVersions) -> WrittenFile:
    """The YAML file, and how it stands to the newest version.

    Raises
    ------
    DefinitionError
        If the file holds mistakes.
    """
    definition = workspace.written_definition()
    text = workspace.definition_path.read_text(encoding="utf-8-sig")
    base = version_of_text(text) or 1
    return WrittenFile(
        state=_state_of(definition, base, agreed), base=base, text=text, definition=definition
    )


def write_unless_edited(path: Path, before: AgreedVersion, after: AgreedVersion) -> bool:
    """Write a version into the YAML file, unless somebody has edited the file meanwhile.

    True if the file now holds the new version.

    Never raises for a file that cannot be written: a server may not be allowed to, and the next
    command on the data scientist's machine says that the file is behind.

    Parameters
    ----------
    path : path
        The workspace's YAML file.
    before : AgreedVersion
        The version that the file should hold until now.
    after : AgreedVersion
        The version to write.
    """
    try:
        now = unmarked(path.read_text(encoding="utf-8-sig"))
        if now not in (unmarked(before.definition), unmarked(after.definition)):
            return False
        write_version(path, after)
    except (OSError, UnicodeDecodeError):
        return False
    return True


def write_version(path: Path, version: AgreedVersion) -> None:
    """Write a version as a YAML file, whole or not at all."""
    write_whole_file(path, marked(version.definition, version.number).encode())


def file_notice(workspace: Workspace, agreed: AgreedVersions) -> Text | None:
    """Say that the YAML file is not what decides, if it is not; nothing is adopted by itself.

    Parameters
    ----------
    workspace : Workspace
    agreed : AgreedVersions
        All of its versions.
    """
    decides = agreed.in_force(datetime.now(UTC)).number
    then_ja = f"判定には版{decides}を使います。"
    try:
        written = look_at_file(workspace, agreed)
    except DefinitionError:
        return Text(
            ja=f"{DEFINITION_FILE}に誤りがあります(`awase check`が挙げます)。{then_ja}",
            en=f"{DEFINITION_FILE} holds mistakes (`awase check` lists them): "
            f"version {decides} decides.",
        )
    newest = _newest(agreed).number
    match written.state:
        case "same":
            return None
        case "behind":
            return Text(
                ja=f"{DEFINITION_FILE}は版{written.base}です。版{newest}が合意されています。"
                "`awase definition export`で更新できます。",
                en=f"{DEFINITION_FILE} is version {written.base}; version {newest} is agreed "
                "since. `awase definition export` brings the file up to date.",
            )
        case "edited":
            return Text(
                ja=f"{DEFINITION_FILE}は版{newest}から編集され、まだ合意されていません。{then_ja}"
                "`awase definition diff`で確かめ、`awase definition adopt --why`で採用します。",
                en=f"{DEFINITION_FILE} was edited since version {newest} and is not agreed yet: "
                f"version {decides} decides. See `awase definition diff`, then `awase definition "
                "adopt --why`.",
            )
        case "conflict":
            return Text(
                ja=f"{DEFINITION_FILE}は版{written.base}から編集されましたが、そののち"
                f"版{newest}が合意されました。{then_ja}`awase definition diff`で確かめてください。",
                en=f"{DEFINITION_FILE} was edited from version {written.base}, but version "
                f"{newest} is agreed since: version {decides} decides. See `awase definition "
                "diff`.",
            )


def refuse_conflict(written: WrittenFile, agreed: AgreedVersions, *, over: int | None) -> None:
    """Refuse to adopt a file that is not made from the newest version.

    Parameters
    ----------
    written : WrittenFile
    agreed : AgreedVersions
        All of its versions.
    over : int or None
        Number of the newest version, given by somebody who accepts that the file was edited from an
        older one.

    Raises
    ------
    Refusal
        If nobody takes that upon themselves.
    """
    newest = _newest(agreed)
    if written.state == "edited" or over == newest.number:
        return
    which = "is" if written.state == "behind" else "was edited from"
    msg = (
        f"the file must be made from the newest version, {newest.number} (by "
        f"{newest.decision.by} on {newest.adopted_at:%Y-%m-%d}); got one that {which} version "
        f"{written.base}. See `awase definition diff {newest.number} file`; then take over what is "
        "missing and `awase definition adopt "
        f"--over {newest.number}`, or drop your edit with `awase definition export --force`."
    )
    raise Refusal(msg)


def _state_of(definition: LeadDefinition, base: int, agreed: AgreedVersions) -> FileState:
    newest = _newest(agreed)
    key = definition_key(definition.fingerprint.model, definition.fingerprint.agreement)
    if key == newest.version:
        return "same"
    known = {version.number: version.version for version in agreed.versions}
    if known.get(base) == key:
        return "behind"
    return "edited" if base == newest.number else "conflict"


def _newest(agreed: AgreedVersions) -> AgreedVersion:
    if agreed.newest is None:
        msg = "a workspace must hold an agreed definition; got none. Adopt its file first."
        raise LeadDataError(msg)
    return agreed.newest
