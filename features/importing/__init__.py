"""Files of a CRM into the store: a mapping says which column is what, a bad row stays outside."""

from features.importing.import_files import Importer, import_files
from features.importing.mapping.mapping import Mapping
from features.importing.mapping.mapping_file import parse_mapping, read_mapping
from features.importing.reporting.report import FileReport, ImportReport, TableCount

__all__ = [
    "FileReport",
    "ImportReport",
    "Importer",
    "Mapping",
    "TableCount",
    "import_files",
    "parse_mapping",
    "read_mapping",
]
