"""A CRM of which only files are read."""
