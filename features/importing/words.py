"""Words that a mapping may lead to: stages, judges, actors."""

STAGES = ("accepted", "returned", "opportunity", "won", "lost")
"""What may become of a lead, as the outcome table knows it."""

QUALIFICATIONS = ("MQL", "SQL")
"""What a lead may be handed over as."""

HANDED_OVER_BY = ("rulebook", "model", "exploration", "person")
"""Who may have handed a lead over."""

ACTORS = ("lead", "sales")
"""Who may have done something."""

SKIP, REJECT = "skip", "reject"
"""What may be done with a word that the mapping does not list."""
