"""Lists of leads and contacts: the fields that all CRMs have, whatever they call them."""

from collections.abc import Container, Iterable
from functools import cache
from typing import Any

from features.importing.presets.kinds import YES, Fields, canonical

LEAD_FIELDS: Fields = {
    "id": ("hs_object_id", "Record ID", "レコードID", "Lead ID", "リードID", "Contact ID",
           "コンタクトID", "vid", "id"),
    "created": ("createdate", "Create Date", "Created Date", "作成日", "Created Time", "作成時刻",
                "作成日時", "created_at"),
    "updated": ("updated_at", "lastmodifieddate", "Last Modified Date", "最終更新日"),
    "deleted": ("is_deleted", "_fivetran_deleted"),
    "first_name": ("First Name", "名"),
    "last_name": ("Last Name", "姓"),
    "name": ("Full Name", "氏名", "お名前"),
    "email": ("Email", "Eメール", "メール", "E-mail", "メールアドレス"),
    "phone": ("Phone Number", "電話番号", "Phone", "電話"),
    "company": ("Company Name", "会社名", "Company / Account", "Company", "会社"),
    "job_title": ("Job Title", "役職", "Title", "タイトル", "Designation"),
    "department": ("Department", "部署", "部署名"),
    "industry": ("Industry", "業種"),
    "company_size": ("Number of Employees", "numemployees", "No. of Employees", "従業員数"),
    "annual_revenue": ("Annual Revenue", "年間売上"),
    "country": ("Country/Region", "国/地域", "Country", "国"),
    "city": ("City", "市区町村"),
    "channel": ("Original Source", "Original Traffic Source", "hs_analytics_source",
                "Lead Source", "リードソース", "リード発生元"),
    "pain_point": ("Pain Point", "課題"),
    "purchase_timing": ("Purchase Timing", "導入時期", "導入予定時期"),
    "budget": ("Budget", "予算"),
    "decision_maker": ("Decision Maker", "決裁者"),
    "owner": ("hubspot_owner_id", "Contact owner", "コンタクト担当者", "Owner ID", "Lead Owner",
              "リード 所有者"),
    "account_id": ("associatedcompanyid", "Associated Company ID", "Primary Associated Company ID",
                   "関連付けられた会社ID"),
}  # fmt: skip
"""Headers of HubSpot, Salesforce, Zoho and Marketo, in the interface and as people see them."""


LEAD_ENTRY: dict[str, Any] = {
    "lead_id": "$id",
    "lead": {"created_at": "$created"},
    "when?": [{"column": "$deleted", "not_in": list(YES)}],
    "person?": "$person",
    "facts?": "$facts",
}
"""Template of every list of leads; presets add to it."""


@cache
def field_of(header: str) -> str | None:
    """Which field known CRMs call so; None for other headers."""
    plain = canonical(header)
    known = LEAD_FIELDS.items()
    return next((field for field, names in known if plain in map(canonical, names)), None)


def attribute_names(named: Iterable[str], known: Container[str]) -> dict[str, str]:
    """Attributes by the name a history of changes gives them, for those that are known.

    Parameters
    ----------
    named : iterable of str
        Fields that the history tells of.
    known : container of str
        Attributes of the lead definition.
    """
    fields = {text: field_of(text) for text in named}
    return {text: field for text, field in fields.items() if field is not None and field in known}
