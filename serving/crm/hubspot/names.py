"""What our fields are called in HubSpot."""

PREFIX = "awase_"


def property_name(field: str) -> str:
    """Internal name of a property; never changes once an account has it."""
    return PREFIX + field
