"""A small company with everything a pull must understand."""

from dataclasses import dataclass
from datetime import datetime

from tests.contract.pipedrive.company import Company, Row

HOUR, DAY = 3_600, 86_400
START = int(datetime.fromisoformat("2026-01-05T00:00:00+00:00").timestamp())

SALES, ONBOARDING = 1, 2
STAGES = {1: SALES, 2: SALES, 3: ONBOARDING}


def empty_company() -> Company:
    """A company with its fields, pipelines and stages, and no records."""
    company = Company()
    for code, name in (
        ("name", "Name"),
        ("first_name", "First name"),
        ("last_name", "Last name"),
        ("email", "Email"),
        ("phone", "Phone"),
        ("org_id", "Organization"),
        ("add_time", "Person created"),
    ):
        company.define("persons", name, code=code)
    company.define("persons", "役職")
    company.define("persons", "予算", type="enum", options=["未定", "100万円以上"])
    for code, name in (("name", "Name"), ("industry", "Industry")):
        company.define("organizations", name, code=code)
    company.define("organizations", "従業員数", type="double")
    for code, name in (
        ("title", "Title"),
        ("value", "Value"),
        ("currency", "Currency"),
        ("status", "Status"),
        ("stage_id", "Stage"),
        ("person_id", "Person"),
    ):
        company.define("deals", name, code=code)
    company.define("activities", "Type", code="type")
    company.pipelines = {SALES: "Sales", ONBOARDING: "Onboarding"}
    company.stages = dict(STAGES)
    return company


def key_of(company: Company, name: str, kind: str = "persons") -> str:
    """The key of a field, by what people call it."""
    return next(one.code for one in company.fields[kind].values() if one.name == name)


def email(address: str) -> list[dict[str, object]]:
    return [{"value": address, "primary": True, "label": "work"}]


@dataclass(frozen=True)
class Cast:
    """Who is in the small company."""

    suzuki: Row
    sato: Row
    firm: Row
    call: Row
    deal: Row


def small_company() -> tuple[Company, Cast]:
    """Two persons, one of them at a firm, a call, and a deal that was won and went on."""
    company = empty_company()
    company.now = lambda: START + 60 * DAY
    title = key_of(company, "役職")
    firm = company.add("organizations", at=START, name="Yamada", industry="retail")
    suzuki = company.add(
        "persons", at=START, first_name="Hanako", last_name="Suzuki", name="Hanako Suzuki",
        emails=email("hanako@example.com"), org_id=firm.id, **{title: "課長"},
    )  # fmt: skip
    sato = company.add(
        "persons", at=START + DAY, first_name="Ken", last_name="Sato", name="Ken Sato",
        emails=email("ken@example.com"),
    )  # fmt: skip
    company.change("persons", suzuki.id, at=START + 10 * DAY, **{title: "部長"})
    call = company.add(
        "activities", at=START + 2 * DAY, type="call", done=True, person_id=suzuki.id,
        participants=[{"person_id": suzuki.id}], due_date="2026-01-07", due_time="09:00:00",
        marked_as_done_time="2026-01-08T01:00:00Z",
    )  # fmt: skip
    deal = company.add(
        "deals", at=START + 5 * DAY, title="First", value=500, currency="JPY", status="open",
        stage_id=1, person_id=suzuki.id,
    )  # fmt: skip
    company.change("deals", deal.id, at=START + 20 * DAY, status="won")
    company.change("deals", deal.id, at=START + 30 * DAY, stage_id=3, status="open")
    return company, Cast(suzuki, sato, firm, call, deal)
