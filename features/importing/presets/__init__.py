"""Exports of known CRMs, recognised by their headers and mapped without a mapping by hand."""

from features.importing.presets.propose import FileNote, MappingProposal, propose_mapping

__all__ = ["FileNote", "MappingProposal", "propose_mapping"]
