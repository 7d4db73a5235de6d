"""From files to a lead definition and a mapping that both pass every check."""

from dataclasses import dataclass
from datetime import UTC, datetime

from features.core.errors import LeadDataError
from features.definition import LeadDefinition, parse_definition
from features.importing.mapping.mapping import Mapping
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.proposal.column_guess import Understanding
from features.importing.proposal.lead_times import LeadTimes, lead_times
from features.importing.proposal.writing.names import name_all, slug
from features.importing.proposal.writing.write_definition import Circumstances, write_definition
from features.importing.proposal.writing.write_mapping import MappingText


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Both files as text and read, and what they rest on."""

    understanding: Understanding
    times: LeadTimes
    definition_text: str
    mapping_text: str
    definition: LeadDefinition
    mapping: Mapping


TOKYO = "Asia/Tokyo"


def guess_zone(found: Understanding) -> str:
    """Tokyo where headers are Japanese, else UTC: files seldom say."""
    return zone_of("".join(c.header for c in found.columns))


def zone_of(words: str) -> str:
    """Tokyo for words in Japanese, else UTC."""
    return TOKYO if any("\u3040" <= letter <= "\u9fff" for letter in words) else "UTC"


def propose(
    found: Understanding, *, time_zone: str | None = None, per_month: int | None = None
) -> Proposal:
    """Write both files for what was understood, and read them as if a person had written them.

    Parameters
    ----------
    found : Understanding
    time_zone : str, optional
        Of times without an offset; guessed from the headers' language unless given.
    per_month : int, optional
        Leads that sales can work in a month.

    Raises
    ------
    LeadDataError
        If no column tells what became of leads.
    """
    if not found.outcomes:
        file = found.tables.leads
        msg = (
            f"one column must tell which leads became opportunities or customers; got none in "
            f"{file.name} (columns: {file.headers}). Add a "
            "status, a date of winning or a file of deals to the export."
        )
        raise LeadDataError(msg)
    zone = time_zone or guess_zone(found)
    times = lead_times(found, datetime.now(UTC).timestamp())
    named = name_all(found)
    definition_text = write_definition(
        found,
        times,
        setting=Circumstances(
            name=slug(found.tables.leads.called, "leads", set()),
            time_zone=zone,
            per_month=per_month,
        ),
        named=named,
    )
    definition = parse_definition(definition_text, "proposed lead definition")
    mapping_text = MappingText(
        found,
        named=named,
        time_zone=zone,
        until=times.until,
        language="ja" if guess_zone(found) == TOKYO else "en",
    ).write()
    mapping = parse_mapping(mapping_text, "proposed mapping", definition)
    return Proposal(
        understanding=found,
        times=times,
        definition_text=definition_text,
        mapping_text=mapping_text,
        definition=definition,
        mapping=mapping,
    )
