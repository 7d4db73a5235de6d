"""Pipedrive: its records as the engine takes them, and its fields as the engine fills them."""
