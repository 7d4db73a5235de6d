"""A document among a workspace's reports, in both languages and every format of a file."""

from pathlib import Path

from features.core.atomic_folder import write_whole_file
from serving.workspace.workspace import Workspace
from training.reports.document.blocks import Document
from training.reports.document.formats import document_files


def write_document(place: Workspace, name: str, document: Document) -> Path:
    """Write a document among a workspace's reports, in both languages, and give its English page.

    Parameters
    ----------
    place : Workspace
    name : str
        What the names of its files begin with.
    document : Document
    """
    for file, content in document_files(name, document).items():
        write_whole_file(place.report_path(file), content)
    return place.report_path(f"{name}.en.html")
