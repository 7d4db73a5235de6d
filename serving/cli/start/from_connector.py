"""A start from tables as a data connector copies them from a CRM: joined through one another."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from features.core.errors import LeadDataError
from features.core.formats import count
from features.definition import TEMPLATE, parse_definition, read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping import Mapping
from features.importing.presets.entries import recognise
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.writing.propose_mapping import map_by_presets
from features.store import Store
from serving.cli.output.console import heading, say
from serving.cli.start.from_crm import CrmProposal, fit_to_store
from serving.crm.registry import known_exports


def propose_by_presets(
    files: list[Path], looked_at: tuple[LookedAt, ...], *, asks: bool
) -> CrmProposal | None:
    """Propose both files where a vendor's presets know leads and outcomes of such tables.

    Parameters
    ----------
    files : list of path
        Files or folders.
    looked_at : tuple of LookedAt
        Those that hold rows.
    asks : bool
        Whether anybody can answer; otherwise proposed answers are taken.

    Returns
    -------
    CrmProposal or None
        None where no preset tells what became of leads.

    Raises
    ------
    LeadDataError
        If no row of the others tells of a lead.
    """
    kinds = (recognise([c.header for c in one.columns], known_exports()) for one in looked_at)
    if not any(kind is not None and kind.tells_through_others for kind in kinds):
        return None
    template = read_definition(TEMPLATE)
    known = map_by_presets(files, template, exports=known_exports())
    if known is None or not _tells_outcomes(known.mapping):
        return None
    heading("Known by the headers, joined as the CRM keeps them")
    for entry in known.mapping.files:
        through = [join.file for join in entry.joins]
        say(f"  {entry.match[0]}{' through ' + ', '.join(through) if through else ''}")
    # What a preset could read does not tell what anybody fills in: a trial import does.
    with TemporaryDirectory() as folder, closing(Store.open(f"sqlite:///{folder}/x.db")) as store:
        import_files(store, files, mapping=known.mapping, definition=template)
        _refuse_apart(store)
        definition_text = fit_to_store(store, template.outcome.stage, asks=asks)
    fitted = parse_definition(definition_text, "proposed lead definition")
    mapping = map_by_presets(files, fitted, exports=known_exports())
    if mapping is None:
        return None
    return CrmProposal(definition_text=definition_text, mapping_text=mapping.text)


def _tells_outcomes(mapping: Mapping) -> bool:
    entries = mapping.files
    return any(e.lead for e in entries) and any(e.outcomes for e in entries)


def _refuse_apart(store: Store) -> None:
    """Refuse tables of which no row of the others tells of a lead, as in samples."""
    rows = {name: store.read_table(name).num_rows for name in ("lead", "outcome", "event", "fact")}
    if rows["lead"] and rows["outcome"] and rows["event"] + rows["fact"]:
        return
    got = ", ".join(f"{count(n).en} rows of {name}" for name, n in rows.items())
    msg = (
        "tables that a connector copied must tell of the same leads, by their keys; got "
        f"{got}. Copy all of them whole and at one time, and start again."
    )
    raise LeadDataError(msg)
