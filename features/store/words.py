"""Words that columns of the lead tables may hold; whoever checks them prints them from here."""

STAGES = ("accepted", "returned", "opportunity", "won", "lost")
"""What may become of a lead."""

QUALIFICATIONS = ("MQL", "SQL")
"""What a lead may be handed over as."""

HANDED_OVER_BY = ("rulebook", "model", "exploration", "person")
"""Who may have handed a lead over."""

ACTORS = ("lead", "sales")
"""Who may have done something."""

MESSAGE_STATES = ("waiting", "delivered", "superseded", "dead")
"""What may have become of a message to another system."""

ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "event": {"actor": ACTORS},
    "outcome": {"stage": STAGES},
    "hand_over": {"qualification": QUALIFICATIONS, "by": HANDED_OVER_BY},
}
"""Columns with a list of words, by table."""
