"""A small organisation with everything a pull must understand, and a larger one drawn at random."""

import random
from dataclasses import dataclass
from datetime import timedelta

from tests.contract.salesforce.org import START, Field, Org

LEAD = (
    Field("Id", "リード ID", "id"),
    Field("FirstName", "名"),
    Field("LastName", "姓"),
    Field("Email", "メール", "email"),
    Field("Phone", "電話", "phone"),
    Field("Company", "会社名"),
    Field("Title", "役職", tracked=True),
    Field("Industry", "業種", "picklist"),
    Field("NumberOfEmployees", "従業員数", "int", tracked=True),
    Field("LeadSource", "リードソース", "picklist"),
    Field("Status", "リード状況", "picklist", tracked=True),
    Field("OwnerId", "所有者 ID", "reference", tracked=True),
    Field("Department__c", "部署", tracked=True, custom=True),
    Field("Pain__c", "課題", "textarea", custom=True),
    Field("Timing__c", "導入時期", "picklist", tracked=True, custom=True),
    Field("Budget__c", "予算", "double", tracked=True, custom=True),
    Field("Decides__c", "決裁者", "boolean", tracked=True, custom=True),
    Field("CreatedDate", "作成日", "datetime"),
)
CONTACT = (
    Field("Id", "取引先責任者 ID", "id"),
    Field("AccountId", "取引先 ID", "reference"),
    Field("FirstName", "名"),
    Field("LastName", "姓"),
    Field("Email", "メール", "email"),
    Field("Phone", "電話", "phone"),
    Field("Title", "役職", tracked=True),
    Field("MailingCity", "市区郡"),
    Field("OwnerId", "所有者 ID", "reference", tracked=True),
    Field("Timing__c", "導入時期", "picklist", tracked=True, custom=True),
    Field("CreatedDate", "作成日", "datetime"),
)
ACCOUNT = (
    Field("Id", "取引先 ID", "id"),
    Field("Name", "取引先名"),
    Field("Industry", "業種", "picklist"),
    Field("NumberOfEmployees", "従業員数", "int"),
)
TYPES = {"Amount": "currency", "IsClosed": "boolean", "HasResponded": "boolean"}
OTHERS = {
    "Opportunity": ("AccountId", "Name", "StageName", "Amount", "RecordTypeId"),
    "Task": (
        "WhoId", "TaskSubtype", "IsClosed", "CompletedDateTime", "Subject", "Description",
        "Status", "ActivityDate",
    ),
    "Event": ("WhoId", "StartDateTime", "Subject"),
    "Campaign": ("Name", "Type"),
    "OpportunityContactRole": ("OpportunityId", "ContactId", "IsPrimary"),
    "CampaignMember": (
        "LeadId", "ContactId", "CampaignId", "HasResponded", "FirstRespondedDate", "Status",
    ),
}  # fmt: skip


def empty_org() -> Org:
    """An organisation with its fields, stages and two users, and nobody in it."""
    fields = {
        "Lead": {item.name: item for item in LEAD},
        "Contact": {item.name: item for item in CONTACT},
        "Account": {item.name: item for item in ACCOUNT},
    }
    fields |= {kind: {name: Field(name, name) for name in names} for kind, names in OTHERS.items()}
    org = Org(fields=fields)
    org.user = org.insert("User", Name="佐藤")
    for name, closed, won in (
        ("Prospecting", False, False),
        ("Closed Won", True, True),
        ("Closed Lost", True, False),
    ):
        org.insert("OpportunityStage", ApiName=name, IsClosed=closed, IsWon=won)
    return org


@dataclass
class Cast:
    """Ids of those who are in the small organisation."""

    converted: str
    contact: str
    deal: str
    plain: str
    loser: str
    winner: str
    deleted: str
    only_contact: str


def small_org() -> tuple[Org, Cast]:
    """Four leads and a contact: one converted and won, two merged, one deleted."""
    org = empty_org()
    other = org.insert("User", Name="Lee")
    account = org.insert("Account", Name="北斗工業", Industry="製造", NumberOfEmployees=250)
    converted = org.insert(
        "Lead", FirstName="花子", LastName="田中", Email="hanako@hokuto.example.co.jp",
        Company="北斗工業", Title="主任", Status="Open - Not Contacted", LeadSource="Web",
        Industry="製造", NumberOfEmployees=250.0, OwnerId=org.user,
    )  # fmt: skip
    org.tick(hours=1)
    plain = org.insert(
        "Lead", LastName="Smith", Email="smith@example.com", Company="Example", Title=None,
        Status="Open - Not Contacted", LeadSource="Trade Show", OwnerId=org.user,
    )  # fmt: skip
    loser, winner, deleted = (
        org.insert(
            "Lead",
            LastName=name,
            Email=f"{name}@example.net",
            Company=name,
            Status="Open - Not Contacted",
            OwnerId=org.user,
        )
        for name in ("loser", "winner", "deleted")
    )
    only_contact = org.insert(
        "Contact", AccountId=account, LastName="鈴木", Email="suzuki@hokuto.example.co.jp",
        Title="部長", OwnerId=other,
    )  # fmt: skip
    org.tick(days=2)
    org.update("Lead", converted, Title="営業部長", Timing__c="3ヶ月以内")
    org.update("Lead", converted, OwnerId=other)
    webinar = org.insert("Campaign", Name="導入セミナー", Type="Webinar")
    org.insert(
        "CampaignMember", LeadId=converted, ContactId=None, CampaignId=webinar,
        HasResponded=True, FirstRespondedDate="2026-01-08", Status="Responded",
    )  # fmt: skip
    for who, subtype in ((converted, "Call"), (loser, "Email"), (only_contact, "Call")):
        org.insert(
            "Task", WhoId=who, TaskSubtype=subtype, IsClosed=True, CompletedDateTime=org.time()
        )
    org.insert("Task", WhoId=plain, TaskSubtype="Call", IsClosed=False, CompletedDateTime=None)
    org.insert("Event", WhoId=winner, StartDateTime=org.time(), Subject="visit")
    org.tick(days=3)
    contact, _, deal = org.convert(converted, opportunity=True, account=account)
    org.tick(days=1)
    org.update("Contact", contact, Title="本部長")
    org.merge("Lead", winner, [loser])
    org.delete("Lead", deleted)
    org.update("Lead", plain, Status="Unqualified")
    org.tick(days=10)
    org.update("Opportunity", deal, StageName="Closed Lost")
    org.tick(days=1)
    org.update("Opportunity", deal, StageName="Prospecting")
    org.tick(days=4)
    org.update("Opportunity", deal, StageName="Closed Won", Amount=1_200_000.0)
    org.tick(hours=1)
    return org, Cast(converted, contact, deal, plain, loser, winner, deleted, only_contact)


def large_org(n_leads: int, n_tasks: int, seed: int = 7) -> Org:
    """Leads with two changes each, and finished calls and mails spread over them."""
    org, draw = empty_org(), random.Random(seed)
    leads = []
    for number in range(n_leads):
        org.now = START + timedelta(seconds=number * 40)
        leads.append(
            org.insert(
                "Lead", LastName=f"n{number}", Email=f"n{number}@example.com",
                Company=f"c{number % 5_000}", Title="主任", Status="Open - Not Contacted",
                OwnerId=org.user, NumberOfEmployees=float(number % 900),
            )
        )  # fmt: skip
    for lead in leads:
        org.now += timedelta(seconds=3)
        org.update("Lead", lead, Title=draw.choice(("部長", "課長", "Manager")))
        org.update("Lead", lead, Timing__c=draw.choice(("3ヶ月以内", "未定")))
    for _ in range(n_tasks):
        org.now += timedelta(seconds=1)
        kind = draw.choice(("Call", "Email"))
        org.insert(
            "Task", WhoId=draw.choice(leads), TaskSubtype=kind, IsClosed=True,
            CompletedDateTime=org.time(),
        )  # fmt: skip
    return org
