"""Paths of HubSpot's interface, all under the one version."""

from serving.crm.hubspot.client import VERSION

FORMS = f"/marketing/forms/{VERSION}"
SUBMISSIONS = "/form-integrations/v1/submissions/forms"
"""The one path that has no dated successor yet."""


def objects(kind: str, rest: str = "") -> str:
    """Records of one kind."""
    return f"/crm/objects/{VERSION}/{kind}{rest}"


def associations(from_kind: str, to_kind: str) -> str:
    """Which records of one kind belong to which of another, for many at once."""
    return f"/crm/associations/{VERSION}/{from_kind}/{to_kind}/batch/read"


def properties(kind: str, rest: str = "") -> str:
    """The fields of a kind of records."""
    return f"/crm/properties/{VERSION}/{kind}{rest}"


def pipelines(kind: str) -> str:
    """Pipelines and their stages."""
    return f"/crm/pipelines/{VERSION}/{kind}"
