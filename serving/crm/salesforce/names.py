"""What our fields are called in Salesforce."""

PREFIX = "Awase_"
KEY_FIELD = "Awase_Key__c"
"""Field of activities that tells which hand-over a task logs."""
PERMISSION_SET = "Awase"


def developer_name(field: str) -> str:
    """Name of a custom field without the ending of custom fields."""
    return PREFIX + "_".join(part.capitalize() for part in field.split("_"))


def field_name(field: str) -> str:
    """Name of a custom field; never changes once an organisation has it."""
    return developer_name(field) + "__c"
