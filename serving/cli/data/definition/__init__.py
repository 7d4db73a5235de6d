"""``awase definition``: what was agreed, and how that changes."""
