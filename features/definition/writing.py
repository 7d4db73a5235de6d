"""A changed rulebook written back into a definition's text, everything else left as it was.

A definition is written by people, with their comments and their order; a program that proposes a
rulebook touches only the lines of the rulebook.
"""

import yaml

from features.definition.document import read_document
from features.definition.rules import Rulebook

KEY = "rulebook"
WIDTH = 100


def with_rulebook(text: str, rulebook: Rulebook) -> str:
    """The text of a definition with another rulebook.

    Parameters
    ----------
    text : str
        A valid definition. Comments inside its rulebook are lost with it.

    Raises
    ------
    DefinitionError
        If the text is not YAML.
    """
    document = read_document(text, KEY)
    lines = text.splitlines(keepends=True)
    starts = sorted(line for path, line in document.lines.items() if len(path) == 1)
    written = rulebook_text(rulebook)
    if KEY not in document.content:
        return text.rstrip("\n") + "\n\n" + written
    first = document.line((KEY,))
    later = [line for line in starts if line > first]
    end = later[0] - 1 if later else len(lines)
    # What stands right above the next key belongs to it.
    while end > first and _is_comment_or_blank(lines[end - 1]):
        end -= 1
    return "".join([*lines[: first - 1], written, *lines[end:]])


def rulebook_text(rulebook: Rulebook) -> str:
    """A rulebook as YAML, one line for each label and condition."""
    content = {KEY: rulebook.model_dump(mode="json", exclude_defaults=True)}
    return str(
        yaml.safe_dump(
            content, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH
        )
    )


def _is_comment_or_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
