"""Job titles as people write them, with the seniority each states."""

from typing import Final

from features.core.parsing.job_title import Seniority

TITLES_BY_SENIORITY: Final = {
    Seniority.STAFF: ("担当", "一般社員", "スタッフ", "Staff", "Analyst"),
    Seniority.SENIOR_STAFF: ("主任", "情報システム部 主任", "Senior Specialist"),
    Seniority.TEAM_LEADER: ("係長", "チームリーダー", "Team Leader"),
    Seniority.ASSISTANT_MANAGER: ("課長代理", "課長補佐", "Assistant Manager"),
    Seniority.MANAGER: ("課長", "情報システム課長", "マネージャー", "Manager", "Marketing Manager"),
    Seniority.DEPUTY_HEAD: ("次長", "副部長", "営業部 次長"),
    Seniority.DEPARTMENT_HEAD: ("部長", "経営企画部長", "情報システム部 部長", "Director of IT"),
    Seniority.DIVISION_HEAD: ("本部長", "事業部長", "General Manager"),
    Seniority.EXECUTIVE_OFFICER: ("執行役員", "執行役員 兼 部長", "VP, Sales & Marketing"),
    Seniority.BOARD_DIRECTOR: ("取締役", "常務取締役"),
    Seniority.C_LEVEL: ("CTO", "最高執行責任者(COO)", "CIO"),
    Seniority.REPRESENTATIVE: ("代表取締役", "代表取締役社長", "President"),
}
"""Titles as written; within a level the first is the commonest."""

TITLES: Final = tuple(
    (title, seniority) for seniority, titles in TITLES_BY_SENIORITY.items() for title in titles
)
"""Title and seniority, in the order of the simulator's codes."""
