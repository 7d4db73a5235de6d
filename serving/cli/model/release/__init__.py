"""``awase release``: what is in use, what was before, and a person's word on which should be."""
