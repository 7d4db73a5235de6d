"""The meeting in a real browser: six screens that a room can read, without script and with keys."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from features.core.clock import to_second
from serving.ledger.minutes import MeetingDecision, write_decision
from tests.trial_reports import trial_report
from training.results_store import keep_trial_end

MONTH = "2023-12"
SCREENS = ["summary", "trend", "in-common", "easy-to-act-on", "nurture", "agreement"]


@pytest.fixture
def meeting(open_as, address) -> Callable[..., Any]:
    """Open the meeting of the month in a browser that shows it as a projector would."""

    def opened(login: str = "marketing", **options: Any) -> Any:
        page = open_as(login, height=720, **options)
        page.goto(f"{address}/review/{MONTH}")
        return page

    return opened


@pytest.mark.parametrize(
    ("projected", "locale"),
    [
        ("", "ja-JP"),
        pytest.param("", "en-GB", marks=pytest.mark.long),
        pytest.param("?projected=1", "ja-JP", marks=pytest.mark.long),
        ("?projected=1", "en-GB"),
    ],
)
def test_the_meeting_is_six_screens_that_a_room_can_read(
    meeting, address, locale, projected
) -> None:
    page = meeting(locale=locale, script=True)
    page.goto(f"{address}/review/{MONTH}{projected}")

    sizes = page.locator(".screen").evaluate_all(
        "screens => screens.map(one => [one.id, one.getBoundingClientRect().height])"
    )
    smallest = page.locator(".screen").evaluate_all(
        """screens => Math.min(...screens.flatMap(one => [...one.querySelectorAll("*")])
          .filter(node => [...node.childNodes].some(
            child => child.nodeType === 3 && child.data.trim()))
          .filter(node => node.getBoundingClientRect().width > 2)
          .map(node => {
            const svg = node.closest("svg");
            const zoom = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            return parseFloat(getComputedStyle(node).fontSize) * zoom;
          }))"""
    )
    figures = page.locator(".screen-figure b").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    page.context.close()

    assert [name for name, _ in sizes] == SCREENS
    assert max(height for _, height in sizes) <= 720
    assert smallest >= 16
    assert figures == [40] * 6


@pytest.mark.parametrize("locale", ["ja-JP", pytest.param("en-GB", marks=pytest.mark.long)])
def test_a_trial_has_a_screen_of_its_own_before_the_next_agreement(
    meeting, address, site, locale
) -> None:
    begins = to_second(datetime(2023, 8, 1, tzinfo=UTC))
    keep_trial_end(site.store, trial_report(begins))
    page = meeting(locale=locale)

    sizes = page.locator(".screen").evaluate_all(
        "screens => screens.map(one => [one.id, one.getBoundingClientRect().height])"
    )
    shown = page.inner_text("#trial")
    drawn = page.locator("#trial .screen-chart svg").count()
    details = page.locator("#trial .screen-figure a").get_attribute("href")
    page.goto(f"{address}{details}")
    told = page.inner_text("#trial")
    page.context.close()
    assert [name for name, _ in sizes] == [*SCREENS[:-1], "trial", SCREENS[-1]]
    assert max(height for _, height in sizes) <= 720
    assert drawn == 1
    better = "モデルのほうがよい" if locale == "ja-JP" else "The model is better"
    assert better in shown
    assert better in told


def test_minutes_of_two_meetings_leave_the_screens_their_size(meeting, site) -> None:
    said = "回答の期限を毎朝メールで知らせ、遅れたものは週に一度まとめて確かめる"
    for month, kpi in (("2023-11", "accepted_share"), (MONTH, None)):
        for screen in ["summary"] * 5 + ["trend"] * 5:
            decision = MeetingDecision(
                month=month,
                screen=screen,
                what=said,
                owner="佐藤",
                due=date(2024, 1, 10),
                kpi=kpi,
                by="marketing",
            )
            write_decision(site.store, decision)
    page = meeting()

    heights = page.locator(".screen").evaluate_all(
        "screens => screens.map(one => one.getBoundingClientRect().height)"
    )
    followed = page.locator(".followed tr").count()
    page.context.close()

    assert max(heights) <= 720
    assert followed == 4  # three, and where to find them all


def test_the_four_questions_come_in_their_words_and_order(meeting) -> None:
    page = meeting()

    headings = page.locator(".screen h2").all_inner_texts()
    page.context.close()

    assert headings[1:5] == [
        "引き渡したリードの傾向",
        "成果につながったリードの共通点",
        "営業が動きやすかったリード",
        "来月育てたいリード",
    ]


def test_a_decision_is_written_without_script_and_its_screen_stays(meeting) -> None:
    page = meeting("sales")
    side = page.locator("#nurture .decided")

    side.locator("textarea").fill("相談を案内するメールを送る")
    side.locator("input[name=owner]").fill("佐藤")
    side.locator("select").select_option("opportunity_count")
    side.locator("button.primary").click()
    page.wait_for_url(f"**/review/{MONTH}#nurture")
    listed = page.locator("#nurture .decided li").all_inner_texts()
    page.context.close()

    assert len(listed) == 1
    assert "相談を案内するメールを送る" in listed[0]
    assert "佐藤" in listed[0]


def test_the_language_is_switched_where_one_stands(meeting) -> None:
    page = meeting()

    page.locator("#nurture .languages button[value=en]").click()
    page.wait_for_url(f"**/review/{MONTH}#nurture")
    heading = page.inner_text("#nurture h2")
    page.context.close()

    assert heading == "What to nurture next month"


def test_the_keys_walk_the_whole_meeting(meeting) -> None:
    page = meeting(script=True)

    walked = []
    for key in ("1", *["ArrowRight"] * 5, "ArrowLeft", "3", "End", "Home"):
        page.keyboard.press(key)
        walked.append(page.evaluate("document.activeElement.id"))
    page.locator("#summary textarea").focus()
    page.keyboard.press("3")
    typed = page.locator("#summary textarea").input_value()
    page.context.close()

    assert walked == [*SCREENS, "nurture", "in-common", "agreement", "summary"]
    assert typed == "3"


def test_the_meeting_prints_one_screen_a_page(meeting) -> None:
    page = meeting()

    printed = page.pdf(landscape=True, format="A4")
    page.context.close()

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 6


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 390),
        pytest.param("light", 1280, marks=pytest.mark.long),
        pytest.param("dark", 390, marks=pytest.mark.long),
        ("dark", 1280),
    ],
)
def test_axe_has_nothing_against_the_meeting(meeting, width, scheme) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="checks for screen readers need the package axe-playwright-python",
    )
    page = meeting(script=True, bypass_csp=True, color_scheme=scheme, width=width)

    found = axe.Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()

    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []
    assert wide <= width
