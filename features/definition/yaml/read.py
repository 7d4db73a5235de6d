"""Reading a lead definition: one door, every mistake at once."""

import json
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from features.core.errors import DefinitionError
from features.definition.lead_definition import LeadDefinition
from features.definition.yaml.check_references import all_faults
from features.definition.yaml.document import YamlDocument, read_document
from features.definition.yaml.draft import PartialDefinition
from features.definition.yaml.errors import DefinitionFault, raise_faults
from features.definition.yaml.shape import shape_faults

TEMPLATE = Path(__file__).with_name("template.yaml")
"""The agreement most firms start from."""


def read_definition(path: Path | str) -> LeadDefinition:
    """The lead definition of a YAML file.

    Raises
    ------
    DefinitionError
        If the file cannot be read, or holds mistakes; all of them are listed with their lines.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        msg = f"the lead definition must be a readable file; got {path} ({error.strerror})."
        raise DefinitionError(f"{msg} Check the path.") from error
    except UnicodeDecodeError as error:
        msg = f"the lead definition must be UTF-8 text; got {path}, which is not."
        raise DefinitionError(f"{msg} Save it as UTF-8.") from error
    return parse_definition(text, str(path))


@lru_cache(maxsize=16)  # A process reads the file again for whatever it looks at.
def parse_definition(text: str, origin: str) -> LeadDefinition:
    """The lead definition a YAML text holds.

    Parameters
    ----------
    text : str
    origin : str
        What errors call the text: a file name, or where it came from.

    Raises
    ------
    DefinitionError
        If the text holds mistakes; all of them are listed with their lines.
    """
    document = read_document(text, origin)
    definition, faults = _validate(document)
    raise_faults(document, faults)
    if definition is None:  # a failed validation always has faults
        raise DefinitionError(f"{origin}: the lead definition cannot be read.")
    return definition


def _validate(document: YamlDocument) -> tuple[LeadDefinition | None, list[DefinitionFault]]:
    faults = [DefinitionFault(path=path, must=must, got=False) for path, must in document.faults]
    faults += all_faults(PartialDefinition(document))
    try:
        # By way of JSON, because only there does pydantic's strict mode take lists for tuples.
        content = json.dumps(document.content)
        definition = LeadDefinition.model_validate_json(content, strict=True)
        return definition.written_in(document), faults
    except ValidationError as error:
        return None, [*faults, *shape_faults(LeadDefinition, error)]
