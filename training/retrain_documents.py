"""What a retrain leaves for people to read: its report and the model card, in both languages."""

from features.definition import LeadDefinition
from features.text import LANGUAGES
from training.document import as_html, as_markdown
from training.records import RetrainReport
from training.release import Release
from training.report import retrain_document

_CARD = "model_card."


def retrain_documents(
    report: RetrainReport, release: Release, definition: LeadDefinition
) -> dict[str, str]:
    """Report and model card as text and as pages, by the name of their file."""
    files = release.files.items()
    documents = {name: text.decode() for name, text in files if name.startswith(_CARD)}
    for language in LANGUAGES:
        found = retrain_document(report, zone=definition.zone, language=language)
        documents[f"report.{language}.md"] = as_markdown(found)
        documents[f"report.{language}.html"] = as_html(found)
    return documents
