import csv
from pathlib import Path

import pytest

from features.core.parsing.job_title import (
    DEPARTMENT_LABELS,
    SENIORITY_LABELS,
    Department,
    Seniority,
)
from features.core.parsing.title_words import DEPARTMENT_WORDS, GRADES, WHOLE_TITLES
from features.core.parsing.titles import read_job_title

with (Path(__file__).parent / "titles.csv").open(encoding="utf-8", newline="") as file:
    TITLES = list(csv.DictReader(file))


def _seniority(title: str) -> str:
    seniority = read_job_title(title).seniority
    return "" if seniority is None else seniority.name.lower()


@pytest.mark.parametrize(("part", "rows"), [("building", 473), ("held_out", 201)])
def test_the_labelled_titles_stay_right(part: str, rows: int) -> None:
    titles = [row for row in TITLES if row["part"] == part]

    wrong = {
        row["title"]: (_seniority(row["title"]), read_job_title(row["title"]).department)
        for row in titles
        if (_seniority(row["title"]), read_job_title(row["title"]).department or "")
        != (row["seniority"], row["department"])
    }

    assert len(titles) == rows
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize(
    "text", [None, "", "   ", "-", "不明", "Other", "0", "部", "長", "\n", "🙂"]
)
def test_what_names_no_title_is_unknown_and_never_staff(text: str | None) -> None:
    title = read_job_title(text)

    assert title.seniority is None
    assert title.department is None


def test_former_titles_do_not_count_and_current_ones_beside_them_do() -> None:
    assert read_job_title("元取締役 兼 営業本部長").seniority is None
    assert read_job_title("former VP, now Sales Manager").seniority is Seniority.MANAGER
    assert read_job_title("課長（元部長）").seniority is Seniority.MANAGER


def test_somebody_elses_title_does_not_count() -> None:
    assert read_job_title("Assistant to the CEO").seniority is Seniority.STAFF
    assert read_job_title("社長秘書").seniority is Seniority.STAFF
    assert read_job_title("取締役会事務局 担当").seniority is Seniority.STAFF


def test_width_case_and_spacing_change_nothing() -> None:
    assert read_job_title("ｾﾞﾈﾗﾙﾏﾈｰｼﾞｬｰ") == read_job_title("ゼネラルマネージャー")
    assert read_job_title("ＶＰ，　Ｓａｌｅｓ") == read_job_title("vp, sales")
    assert read_job_title("部　　長") == read_job_title("部長")


def test_a_letter_in_the_title_cell_is_read_quickly() -> None:
    assert read_job_title("部長" * 500_000).seniority is Seniority.DEPARTMENT_HEAD


def test_the_deputy_of_every_japanese_head_is_one_below() -> None:
    for word in ("課長", "部長", "本部長", "工場長", "センター長"):
        head = read_job_title(word).seniority
        assert head is not None
        assert read_job_title(f"副{word}").seniority == head - 1
        assert read_job_title(f"{word}代理").seniority == head - 1


def test_every_word_is_read_as_declared() -> None:
    wrong = [
        (word, grade)
        for grade, words in GRADES.items()
        for word in words
        if word not in WHOLE_TITLES and read_job_title(word).seniority != grade
    ]

    assert wrong == []


def test_every_grade_and_department_has_words_for_people() -> None:
    assert set(SENIORITY_LABELS) == set(Seniority)
    assert set(DEPARTMENT_LABELS) == set(Department) == set(DEPARTMENT_WORDS)


def test_no_department_word_is_claimed_twice() -> None:
    words = [word for words in DEPARTMENT_WORDS.values() for word in words]

    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    "text",
    ["部長ではない", "部長ではありません", "課長じゃない", "not a manager", "I'm not the CEO"],
)
def test_a_title_that_is_denied_is_none(text: str) -> None:
    assert read_job_title(text).seniority is None


def test_beside_a_denied_title_the_other_one_counts() -> None:
    assert read_job_title("部長ではなく課長") == read_job_title("課長")
