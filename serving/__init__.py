"""From a release to people: decisions, reasons, ledger writes, pages, command line."""
