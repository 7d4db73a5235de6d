"""Parts of a definition written back into its text, everything else left as it was.

A definition is written by people, with their comments and their order; a program that changes
something touches only the lines of that part. A round trip through ruamel.yaml keeps comments but
writes the whole file anew: of the 248 lines of our template it indents or folds 155 in another way.

A text that Awase has adopted carries a comment that says which version it is. So whoever edits a
copy, on whatever machine, edits a known version, and an edit of an old one is noticed.
"""

import re
from typing import Any

import yaml

from features.core.errors import DefinitionError
from features.definition.rulebook import Rulebook
from features.definition.section import DefinitionSection
from features.definition.yaml.document import Path, compose, read_document
from features.definition.yaml.yaml_text import WIDTH, on_one_line

RULEBOOK = "rulebook"

_MARK = re.compile(r"^# Version (\d+) of the agreement\.[^\n]*\n", re.MULTILINE)
_MARK_TEXT = "# Version {} of the agreement. Awase writes this line; leave it as it is.\n"


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
    return with_part(text, RULEBOOK, rulebook)


def with_part(text: str, key: str, part: DefinitionSection) -> str:
    """Replace the part of a definition at one of its keys, or append it; see :func:`with_rulebook`.

    Parameters
    ----------
    text : str
        YAML of the definition.
    key : str
        Top-level key, such as ``rulebook``.
    part : DefinitionSection
        What stands there afterwards.

    Returns
    -------
    str
        YAML; what lies outside the part is left as it was.
    """
    return _with_lines(text, key, part_text(key, part))


def with_key_of(text: str, key: str, other: str) -> str:
    """Replace the part of a definition at one of its keys by what another text says there.

    Parameters
    ----------
    text, other : str
        YAML of definitions.
    key : str
        Top-level key. Where the other text has none, it goes.

    Raises
    ------
    DefinitionError
        If a text is not YAML.
    """
    span = _lines_of(other, key)
    lines = other.splitlines(keepends=True)
    part = "" if span is None else "".join(lines[span[0] : span[1]])
    return _with_lines(text, key, f"{part.rstrip()}\n" if part else "")


def _with_lines(text: str, key: str, written: str) -> str:
    span = _lines_of(text, key)
    if span is None:
        return f"{text.rstrip()}\n\n{written}" if written else text
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: span[0]], written, *lines[span[1] :]])


def _lines_of(text: str, key: str) -> tuple[int, int] | None:
    """From which line, counted from 0, to before which a top-level key stands; None without it."""
    document = read_document(text, key)
    if key not in document.content:
        return None
    first = document.line((key,))
    lines = text.splitlines()
    later = [line for path, line in document.lines.items() if len(path) == 1 and line > first]
    end = min(later) - 1 if later else len(lines)
    # What stands right above the next key belongs to it.
    while end > first and _is_comment_or_blank(lines[end - 1]):
        end -= 1
    return first - 1, end


def rulebook_text(rulebook: Rulebook) -> str:
    """A rulebook as YAML, one line for each label and condition."""
    return part_text(RULEBOOK, rulebook)


def with_value(text: str, path: Path, value: Any) -> str:
    """Set one value of a YAML text, everything around it untouched.

    What is not there yet is added: a key after the last of its mapping, a named item at the end of
    its list. What is replaced loses its inner comments.

    Parameters
    ----------
    text : str
        YAML.
    path : tuple of str or int
        Keys, positions and names of list items that lead to the value from the top.
    value : scalar, list or dict
        As JSON has them; None writes null.

    Raises
    ------
    DefinitionError
        If the path leads through a plain value, or into a list to an item without that name.
    """
    node, depth = _deepest(text, path)
    rest = path[depth:]
    if not rest or _is_null(node):
        written = _nested(rest, value)
        start, end = _span(text, node)
        # "rules:" with nothing after it has no room of its own.
        room = "" if end > start else " "
        return text[:start] + room + on_one_line(written) + text[end:]
    value = _nested(rest[1:], value)
    if depth == 0:
        return f"{text.rstrip()}\n\n{rest[0]}: {on_one_line(value)}\n"
    return _with_added(text, node, (rest[0], value), path)


def _nested(path: Path, value: Any) -> Any:
    """A value inside the mappings and lists that lead to it."""
    for step in reversed(path):
        value = [value] if _is_called(value, step) else {step: value}
    return value


def _is_called(value: Any, step: str | int) -> bool:
    """Whether it is the item of a list that a step names."""
    return isinstance(value, dict) and step in (value.get("name"), value.get("behaviour"))


def _with_added(text: str, node: yaml.Node, added: tuple[str | int, Any], path: Path) -> str:
    """The text with a key and its value in a mapping, or an item at the end of a list."""
    key, value = added
    start, end = _span(text, node)
    if isinstance(node, yaml.MappingNode):
        last, line = node.value[-1][1] if node.value else None, f"{key}: {on_one_line(value)}"
        column = node.start_mark.column
        whole = _content(node) | {str(key): value}
    elif isinstance(node, yaml.SequenceNode) and _is_called(value, key):
        last, line = node.value[-1] if node.value else None, f"- {on_one_line(value)}"
        column = node.start_mark.column
        whole = [*_content(node), value]
    else:
        msg = f"only what stands there can be changed; got {_dotted(path)!r}. See the text."
        raise DefinitionError(msg)
    if node.flow_style or last is None:
        return text[:start] + on_one_line(whole) + text[end:]
    end = _span(text, last)[1]
    end = text.find("\n", end) if "\n" in text[end:] else len(text)
    return f"{text[:end]}\n{' ' * column}{line}{text[end:]}"


def without_item(text: str, path: Path) -> str:
    """Remove an item of a list; comments inside it go too.

    Parameters
    ----------
    text : str
        YAML.
    path : tuple of str or int
        Keys, positions and names of list items that lead to it from the top.

    Raises
    ------
    DefinitionError
        If nothing of a list stands there.
    """
    node, depth = _deepest(text, path)
    around, above = _deepest(text, path[:-1])
    if depth < len(path) or above < len(path) - 1 or not isinstance(around, yaml.SequenceNode):
        msg = f"only what stands in a list can be dropped; got {_dotted(path)!r}. See the text."
        raise DefinitionError(msg)
    if around.flow_style or len(around.value) == 1:
        kept = [
            _content(item)
            for item in around.value
            if item.start_mark.index != node.start_mark.index
        ]
        start, end = _span(text, around)
        return text[:start] + on_one_line(kept) + text[end:]
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    end = text.find("\n", _span(text, node)[1]) + 1
    return text[:start] + (text[end:] if end else "")


def _deepest(text: str, path: Path) -> tuple[yaml.Node, int]:
    """The innermost node on a path that is there, and how many steps lead to it."""
    node: Any = compose(text)
    for depth, step in enumerate(path):
        inner = _inner(node, step)
        if inner is None:
            return node, depth
        node = inner
    return node, len(path)


def _inner(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    if isinstance(node, yaml.SequenceNode):
        return next((item for item in node.value if step in _names(item)), None)
    return None


def _names(item: yaml.Node) -> tuple[str, ...]:
    """What a list's item is called: its name, or the behaviour that it limits."""
    found = (_inner(item, key) for key in ("name", "behaviour"))
    return tuple(node.value for node in found if isinstance(node, yaml.ScalarNode))


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")


def _span(text: str, node: Any) -> tuple[int, int]:
    """Where a node's own characters begin and end; what stands below a block is not its own."""
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        return start, end
    lines = text[start:end].splitlines(keepends=True)
    while len(lines) > 1 and _is_comment_or_blank(lines[-1]):
        lines.pop()
    return start, start + len("".join(lines).rstrip())


def _content(node: yaml.Node) -> Any:
    """What a node says, as values."""
    return read_document(yaml.serialize(node, Dumper=yaml.SafeDumper), RULEBOOK).content


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def part_text(key: str, part: DefinitionSection) -> str:
    """A part as YAML under its key."""
    content: dict[str, Any] = {key: part.model_dump(mode="json", exclude_defaults=True)}
    return str(
        yaml.safe_dump(
            content, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH
        )
    )


def version_of_text(text: str) -> int | None:
    """The version that a text says it is, or was before somebody edited it; None without a mark."""
    found = _MARK.search(text)
    return None if found is None else int(found[1])


def marked(text: str, number: int) -> str:
    """The text with the mark of a version in its first lines, in place of any other mark.

    A line for editors (``# yaml-language-server``) stays first.
    """
    plain = unmarked(text)
    mark = _MARK_TEXT.format(number)
    if plain.startswith("# yaml-language-server"):
        first, _, rest = plain.partition("\n")
        return f"{first}\n{mark}{rest}"
    return mark + plain


def unmarked(text: str) -> str:
    """The text without the mark of a version."""
    return _MARK.sub("", text)


def _is_comment_or_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
