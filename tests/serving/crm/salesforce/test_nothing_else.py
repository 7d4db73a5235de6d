"""A push changes our fields and nothing else, whatever rules the organisation has."""

from tests.serving.crm.salesforce.test_push import folder, in_force, org

__all__ = ["folder", "in_force", "org"]

STAMPS = ("LastModifiedDate", "LastModifiedById", "SystemModstamp")


def _not_ours(org) -> dict[str, dict[str, object]]:
    return {
        key: {n: v for n, v in row.items() if not n.startswith("Awase_") and n not in STAMPS}
        for kind in ("Lead", "Contact", "Account")
        for key, row in org.records[kind].items()
    }


def test_owners_and_every_field_that_is_not_ours_stay(in_force, org) -> None:
    org.assigns_to = org.insert("User", Name="受付")
    org.workflows = [("Title", "Rating", "Hot"), ("OwnerId", "Status", "Reassigned")]
    for row in org.records["Lead"].values():
        row["Rating"] = None
    before = _not_ours(org)

    report = in_force.push()

    assert report.problems == ()
    assert in_force.told("L003", "Qualification") is not None
    assert _not_ours(org) == before


def test_a_rule_that_warns_of_duplicates_does_not_stop_our_fields(in_force, org) -> None:
    org.looks_alike = set(org.records["Lead"])

    assert in_force.push().problems == ()
    assert in_force.told("L003", "Qualification") is not None
