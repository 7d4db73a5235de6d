"""Which CRMs there are: names of keys, commands and channels, known before anything is imported."""

CRMS = {
    "hubspot": "HubSpot",
    "salesforce": "Salesforce",
    "pipedrive": "Pipedrive",
}
"""CRMs, each with what people call it: the one line that registers a folder of ``serving/crm``."""
