"""Files of a CRM into the store: a mapping says which column is what, a bad row stays outside."""
