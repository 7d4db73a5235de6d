"""``awase start``: from raw files or a CRM to a first release."""
