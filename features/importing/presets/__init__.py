"""Exports of known CRMs, recognised by their headers, and what is made of each."""
