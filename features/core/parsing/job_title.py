"""What a job title says: how senior, and in which department.

One scale for Japanese and English firms. Its order is who decides more, which is what a rule such
as ``seniority_at_least: department_head`` and a tree's split both need. Choices that could have
gone the other way: a plain English "Director" heads a department (the Japanese 部長), only "of the
board" makes one a 取締役; "Managing Director" is a 常務, a board member; CEO is a C-level word,
while president, owner and 代表 are representatives; a 担当部長 ranks with the 部長.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from features.core.text import Text


class Seniority(IntEnum):
    """Ordered from who carries out to who represents the company."""

    STAFF = 0
    SENIOR_STAFF = 1
    TEAM_LEADER = 2
    ASSISTANT_MANAGER = 3
    MANAGER = 4
    DEPUTY_HEAD = 5
    DEPARTMENT_HEAD = 6
    DIVISION_HEAD = 7
    EXECUTIVE_OFFICER = 8
    BOARD_DIRECTOR = 9
    C_LEVEL = 10
    REPRESENTATIVE = 11


SENIORITY_LABELS: dict[Seniority, Text] = {
    Seniority.STAFF: Text(ja="一般社員", en="Staff"),
    Seniority.SENIOR_STAFF: Text(ja="主任", en="Senior staff"),
    Seniority.TEAM_LEADER: Text(ja="係長・リーダー", en="Team leader"),
    Seniority.ASSISTANT_MANAGER: Text(ja="課長補佐・課長代理", en="Assistant manager"),
    Seniority.MANAGER: Text(ja="課長", en="Manager"),
    Seniority.DEPUTY_HEAD: Text(ja="次長・副部長", en="Deputy department head"),
    Seniority.DEPARTMENT_HEAD: Text(ja="部長", en="Department head"),
    Seniority.DIVISION_HEAD: Text(ja="本部長・事業部長", en="Division head"),
    Seniority.EXECUTIVE_OFFICER: Text(ja="執行役員", en="Executive officer, VP"),
    Seniority.BOARD_DIRECTOR: Text(ja="取締役", en="Director of the board"),
    Seniority.C_LEVEL: Text(ja="CxO・副社長", en="C-level"),
    Seniority.REPRESENTATIVE: Text(ja="代表・社長", en="President, representative"),
}


class Department(StrEnum):
    """What a person's part of the company does."""

    SALES = "sales"
    MARKETING = "marketing"
    PUBLIC_RELATIONS = "public_relations"
    CUSTOMER_SERVICE = "customer_service"
    IT = "it"
    RESEARCH_AND_DEVELOPMENT = "research_and_development"
    MANUFACTURING = "manufacturing"
    QUALITY = "quality"
    PROCUREMENT = "procurement"
    LOGISTICS = "logistics"
    OPERATIONS = "operations"
    HR = "hr"
    FINANCE = "finance"
    LEGAL = "legal"
    AUDIT = "audit"
    GENERAL_AFFAIRS = "general_affairs"
    PLANNING = "planning"
    MANAGEMENT = "management"


DEPARTMENT_LABELS: dict[Department, Text] = {
    Department.SALES: Text(ja="営業", en="Sales"),
    Department.MARKETING: Text(ja="マーケティング", en="Marketing"),
    Department.PUBLIC_RELATIONS: Text(ja="広報", en="Public relations"),
    Department.CUSTOMER_SERVICE: Text(ja="カスタマーサービス", en="Customer service"),
    Department.IT: Text(ja="情報システム", en="IT"),
    Department.RESEARCH_AND_DEVELOPMENT: Text(ja="研究開発・技術", en="R&D, engineering"),
    Department.MANUFACTURING: Text(ja="製造・生産", en="Manufacturing"),
    Department.QUALITY: Text(ja="品質", en="Quality"),
    Department.PROCUREMENT: Text(ja="購買・調達", en="Procurement"),
    Department.LOGISTICS: Text(ja="物流", en="Logistics"),
    Department.OPERATIONS: Text(ja="業務・運営", en="Operations"),
    Department.HR: Text(ja="人事", en="HR"),
    Department.FINANCE: Text(ja="経理・財務", en="Finance"),
    Department.LEGAL: Text(ja="法務", en="Legal"),
    Department.AUDIT: Text(ja="内部監査", en="Internal audit"),
    Department.GENERAL_AFFAIRS: Text(ja="総務・管理", en="General affairs"),
    Department.PLANNING: Text(ja="企画", en="Planning"),
    Department.MANAGEMENT: Text(ja="経営", en="Management"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class JobTitle:
    """What a title says; None where it does not say, which is never the same as staff."""

    seniority: Seniority | None = None
    department: Department | None = None
