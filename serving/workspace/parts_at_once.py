"""What of a new version holds at once, though the rest of it waits for a retrain."""

from features.core.errors import DefinitionError
from features.definition import LeadDefinition
from features.definition.diff import Change, diff_definitions
from features.definition.yaml.write import unmarked, with_key_of
from serving.workspace.folder import DEFINITION_FILE
from serving.workspace.workspace import AgreementVersion, parse_whole

NEW = f"the new version of {DEFINITION_FILE}"


def changes_at_once(in_force: AgreementVersion, text: str, part: str | None) -> tuple[Change, ...]:
    """What a new text changes as soon as it is agreed, compared with what is in force.

    Who agreed, when and why is left out: every version says that for itself.

    Parameters
    ----------
    in_force : AgreementVersion
    text : str
        YAML text of the new version, without mistakes.
    part : str or None
        What of it holds at once, as :func:`at_once_text` finds it.
    """
    before, new = in_force.definition, parse_whole(text, NEW)
    if part is not None:
        new = parse_whole(part, NEW)
    elif before.fingerprint.model != new.fingerprint.model:
        return ()
    return _differences(before, new)


def at_once_text(in_force: AgreementVersion, text: str) -> str | None:
    """What of a new text holds before a retrain has learned the rest.

    Parameters
    ----------
    in_force : AgreementVersion
        Its inputs and outcome stay: they are what the champion can read.
    text : str
        YAML text of the new version, without mistakes.

    Returns
    -------
    str or None
        The text in force with every part of the new one that goes with it; a rulebook goes whole or
        not at all. None where nothing has to be learned, or no part can hold.
    """
    before, model = in_force.definition, in_force.definition.fingerprint.model
    if parse_whole(text, NEW).fingerprint.model == model:
        return None
    found = unmarked(in_force.version.definition)
    for key in LeadDefinition.model_fields:
        candidate = with_key_of(found, key, text)
        try:
            fits = parse_whole(candidate, NEW).fingerprint.model == model
        except DefinitionError:  # it asks about an input that is not learned yet
            fits = False
        found = candidate if fits else found
    return found if _differences(before, parse_whole(found, NEW)) else None


def _differences(before: LeadDefinition, after: LeadDefinition) -> tuple[Change, ...]:
    return diff_definitions(before.model_copy(update={"agreement": after.agreement}), after)
