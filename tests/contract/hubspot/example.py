"""A small account with everything a pull must understand, and a larger one drawn at random."""

import random
from datetime import datetime, timedelta

from tests.contract.hubspot.account import Account, Property, iso_time

HOUR, DAY = 3_600_000, 86_400_000
START = int(datetime.fromisoformat("2026-01-05T00:00:00+00:00").timestamp() * 1000)

CONTACT_PROPERTIES = (
    Property("createdate", "Create Date", "datetime", "date"),
    Property("lastmodifieddate", "Last Modified Date", "datetime", "date"),
    Property("hs_object_id", "Record ID", "number", "number"),
    Property("email", "Email"),
    Property("firstname", "First Name"),
    Property("lastname", "Last Name"),
    Property("phone", "Phone Number"),
    Property("company", "Company Name"),
    Property("jobtitle", "Job Title"),
    Property("industry", "Industry"),
    Property("hs_analytics_source", "Original Source", "enumeration", "select"),
    Property("associatedcompanyid", "Primary Associated Company ID", "number", "number"),
    Property("hubspot_owner_id", "Contact owner", "enumeration", "select"),
    Property("busho", "部署"),
    Property("kadai", "課題", "string", "textarea"),
    Property("donyu_jiki", "導入時期"),
    Property("yosan", "予算"),
    Property("kessai", "決裁者", "bool", "booleancheckbox"),
    Property("lifecyclestage", "Lifecycle Stage", "enumeration", "radio"),
    Property("hs_lead_status", "Lead Status", "enumeration", "radio"),
    Property("hs_email_last_click_date", "Last marketing email click date", "datetime", "date"),
    Property("hs_email_optout", "Unsubscribed from all email", "bool", "booleancheckbox"),
    Property("hs_analytics_last_timestamp", "Time Last Seen", "datetime", "date"),
    Property("tantou_team", "担当チーム", calculated=True),
)
COMPANY_PROPERTIES = (
    Property("name", "Company name"),
    Property("domain", "Company Domain Name"),
    Property("industry", "Industry", "enumeration", "select"),
    Property("numberofemployees", "Number of Employees", "number", "number"),
)
DEAL_PROPERTIES = (
    Property("dealname", "Deal Name"),
    Property("amount", "Amount", "number", "number"),
    Property("dealstage", "Deal Stage", "enumeration", "radio"),
    Property("pipeline", "Pipeline", "enumeration", "select"),
    Property("createdate", "Create Date", "datetime", "date"),
    Property("closedate", "Close Date", "datetime", "date"),
)
NOTE_PROPERTIES = (
    Property("hs_note_body", "Note body", "string", "html"),
    Property("hs_timestamp", "Activity date", "datetime", "date"),
    Property("hubspot_owner_id", "Owner", "enumeration", "select"),
)
STAGES = [
    {"id": "appointmentscheduled", "label": "Appointment",
     "metadata": {"isClosed": "false", "probability": "0.2"}},
    {"id": "closedwon", "label": "Closed won",
     "metadata": {"isClosed": "true", "probability": "1.0"}},
    {"id": "closedlost", "label": "Closed lost",
     "metadata": {"isClosed": "true", "probability": "0.0"}},
]  # fmt: skip
FORMS = {
    "f1": "資料ダウンロード",
    "f2": "Webinar registration",
    "f3": "お問い合わせ",
    "f4": "ご相談・お見積もり",
}


def empty_account() -> Account:
    """An account with its properties, stages and forms, and no records."""
    account = Account()
    account.define("contacts", CONTACT_PROPERTIES)
    account.define("companies", COMPANY_PROPERTIES)
    account.define("deals", DEAL_PROPERTIES)
    account.define("notes", NOTE_PROPERTIES)
    account.groups = {"contacts": {"contactinformation": "Contact information"}, "notes": {}}
    account.pipelines["deals"] = [{"id": "default", "label": "Sales", "stages": STAGES}]
    account.forms = {key: {"id": key, "name": name} for key, name in FORMS.items()}
    return account


def small_account() -> Account:
    """Two people of two companies: what each pull test looks at.

    Numbers: company 101 and 102; contacts 103 (Sato) and 104 (Suzuki).
    """
    account = empty_account()
    first = account.create("companies", {"name": "青空工業", "industry": "MACHINERY"}, at=START)
    second = account.create("companies", {"name": "Blue Ltd", "industry": "RETAIL"}, at=START)
    account.update("companies", first.id, {"numberofemployees": "120"}, at=START)
    account.update("companies", first.id, {"numberofemployees": "150"}, at=START + 30 * DAY)
    sato = account.create(
        "contacts",
        {
            "email": "taro.sato@aozora.example",
            "lastname": "佐藤",
            "firstname": "太郎",
            "company": "青空工業",
            "jobtitle": "課長",
            "hs_analytics_source": "ORGANIC_SEARCH",
            "lifecyclestage": "lead",
        },
        at=START + DAY,
    )
    suzuki = account.create(
        "contacts",
        {"email": "Suzuki@Blue.example", "lastname": "Suzuki", "jobtitle": "Director"},
        at=START + 2 * DAY,
    )
    account.join_company(sato.id, first.id, START + DAY)
    account.join_company(sato.id, second.id, START + 60 * DAY)
    account.update("contacts", sato.id, {"jobtitle": "部長"}, at=START + 40 * DAY)
    account.update("contacts", sato.id, {"yosan": "300万円"}, at=START + 41 * DAY)
    account.update("contacts", sato.id, {"yosan": ""}, at=START + 42 * DAY)
    account.update(
        "contacts", sato.id, {"lifecyclestage": "marketingqualifiedlead"}, at=START + 43 * DAY
    )
    call = account.create(
        "calls", {"hs_timestamp": iso_time(START + 44 * DAY)}, at=START + 45 * DAY
    )
    account.link("calls", call.id, "contacts", sato.id, suzuki.id)
    account.submit("f1", "taro.sato@aozora.example", START + DAY + HOUR)
    account.submit("f4", "SUZUKI@blue.example", START + 3 * DAY)
    account.submit("f4", "nobody@else.example", START + 3 * DAY)
    deal = account.create(
        "deals",
        {"dealname": "D", "dealstage": "appointmentscheduled", "amount": "5000000"},
        at=START + 46 * DAY,
    )
    account.link("deals", deal.id, "contacts", sato.id)
    account.update("deals", deal.id, {"dealstage": "closedlost"}, at=START + 50 * DAY)
    account.update("deals", deal.id, {"dealstage": "appointmentscheduled"}, at=START + 51 * DAY)
    account.update("deals", deal.id, {"dealstage": "closedwon"}, at=START + 55 * DAY)
    return account


def random_account(n_contacts: int, seed: int = 1) -> Account:
    """Contacts, companies, calls, forms and deals in plenty, the same for the same seed."""
    draw = random.Random(seed)
    account = empty_account()
    companies = [
        account.create("companies", {"name": f"Company {n}", "industry": "RETAIL"}, at=START)
        for n in range(max(n_contacts // 10, 1))
    ]
    for number in range(n_contacts):
        born = START + draw.randrange(60) * DAY + draw.randrange(DAY)
        contact = account.create(
            "contacts",
            {"email": f"p{number}@c{number % 7}.example", "lastname": f"P{number}"},
            at=born,
        )
        account.join_company(contact.id, draw.choice(companies).id, born)
        for title in draw.sample(("課長", "部長", "担当", "社長"), draw.randrange(4)):
            account.update(
                "contacts", contact.id, {"jobtitle": title}, at=born + draw.randrange(30 * DAY)
            )
        for _ in range(draw.randrange(4)):
            at = born + draw.randrange(30 * DAY)
            call = account.create("calls", {"hs_timestamp": iso_time(at)}, at=at)
            account.link("calls", call.id, "contacts", contact.id)
        for _ in range(draw.randrange(3)):
            form = draw.choice(tuple(FORMS))
            account.submit(form, f"p{number}@c{number % 7}.example", born + draw.randrange(DAY))
        if draw.random() < 0.2:
            at = born + draw.randrange(30 * DAY)
            deal = account.create("deals", {"dealstage": "appointmentscheduled"}, at=at)
            account.link("deals", deal.id, "contacts", contact.id)
            account.update("deals", deal.id, {"dealstage": "closedwon"}, at=at + 5 * DAY)
    return account


def days(number: float) -> int:
    """Second of a moment so many days after the start."""
    return START // 1000 + int(timedelta(days=number).total_seconds())
