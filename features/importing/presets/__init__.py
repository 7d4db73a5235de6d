"""Exports of known CRMs, recognised by their headers and mapped without a mapping by hand."""

from features.importing.presets.propose import FileNote, Proposal, propose_mapping

__all__ = ["FileNote", "Proposal", "propose_mapping"]
