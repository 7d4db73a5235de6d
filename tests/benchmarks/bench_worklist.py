"""Pages of the worklist over a million leads: first, far down, by team, searched, counted.

On SQLite and on a PostgreSQL of its own.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from features.store import Store
from serving.ledger.leads.worklist import PagePosition, WorklistFilter, count_listed, read_page
from tests.postgres import postgres_server

LEADS = 1_000_000
REPEATS = 7

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :leads - 1)"
_LEADS = f"""
INSERT INTO lead (lead_id, created_at, day_only) {_NUMBERS}
SELECT 'L' || (1000000 + i), 1, FALSE FROM n
"""
_PERSONS = f"""
INSERT INTO person (lead_id, name, company) {_NUMBERS}
SELECT 'L' || (1000000 + i), 'person ' || i, 'company ' || (i / 10) FROM n
"""
_SURNAMES = "佐藤鈴木高橋田中伊渡辺山本村小林加吉斎松井上清森阿部池石前川岡後長谷遠青坂"
_GIVEN = "拓也美咲健太郎花子翔大輔陽菜"
# One name in forty is 佐藤; one lead in fifty thousand is called ryz, which nothing else holds.
_TEXTS = f"""
INSERT INTO person_search (lead_id, text) {_NUMBERS}
SELECT 'L' || (1000000 + i), substr('{_SURNAMES}', 1 + i % 40, 2)
  || CASE WHEN i % 50000 = 7 THEN 'ryz' ELSE substr('{_GIVEN}', 1 + i % 11, 2) END
  || '\n' || 'person' || i || '\n' || 'company' || (i / 10) FROM n
"""
# A seventh answered, one in a thousand in a deal; 7919 is prime, so priorities come unsorted.
_STANDINGS = f"""
INSERT INTO standing (lead_id, decision_id, as_of, priority, probability, qualification,
  rulebook_points, rulebook_qualification, cycle, handed_over_at, verdict, reached, owner, team,
  listed)
{_NUMBERS} SELECT 'L' || (1000000 + i), i, 1, (CAST(i AS BIGINT) * 7919 % 1000003) / 1e6,
  (CAST(i AS BIGINT) * 7919 % 1000003) / 1e6, 'MQL', 5, 'NONE', 1, 1,
  CASE i % 7 WHEN 0 THEN 'accepted' END,
  CASE WHEN i % 1000 = 0 THEN 'opportunity' WHEN i % 4 = 0 THEN 'SQL' ELSE 'MQL' END,
  'owner ' || (i % 300), 'team ' || (i % 10), TRUE FROM n
"""


def main() -> None:
    """Print the median time of each query on both databases, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        sqlite = _medians(f"sqlite:///{Path(folder) / 'worklist.db'}")
        with postgres_server() as server:
            postgres = _medians(str(server.get_uri()))
    print(f"worklist of {LEADS:,} leads, median of {REPEATS}   SQLite   PostgreSQL")
    for name, median in sqlite.items():
        print(f"  {name:28s} {median:13.1f} ms {postgres[name]:8.1f} ms")


def _medians(url: str) -> dict[str, float]:
    store = Store.open(url)
    _fill(store)
    far = PagePosition(key=0.3, lead_id="L")
    medians = {name: _median_ms(query) for name, query in _queries(store, far).items()}
    store.close()
    return medians


def _queries(store: Store, far: PagePosition) -> dict[str, Callable[[], object]]:
    return {
        "first page": lambda: read_page(store, WorklistFilter()),
        "a page far down": lambda: read_page(store, WorklistFilter(), after=far),
        "first page of one team": lambda: read_page(store, WorklistFilter(team="team 3")),
        "first page, waiting": lambda: read_page(store, WorklistFilter(waiting=True)),
        "search by company": lambda: read_page(store, WorklistFilter(search="company 4242")),
        "search by a name": lambda: read_page(store, WorklistFilter(search="佐藤 拓也")),
        "search by two digits": lambda: read_page(store, WorklistFilter(search="42")),
        "search by two letters of many": lambda: read_page(store, WorklistFilter(search="佐藤")),
        "search by two letters of few": lambda: read_page(store, WorklistFilter(search="yz")),
        "search by two letters in vain": lambda: read_page(store, WorklistFilter(search="qq")),
        "search by one letter in vain": lambda: read_page(store, WorklistFilter(search="鬱")),
        "search in vain": lambda: read_page(store, WorklistFilter(search="northleaf")),
        "search by owner": lambda: read_page(store, WorklistFilter(search="owner 42")),
        "first page, far come": lambda: read_page(store, WorklistFilter(reached="opportunity")),
        "count": lambda: count_listed(store, WorklistFilter()),
        "count, far come": lambda: count_listed(store, WorklistFilter(reached="opportunity")),
        "count of one team": lambda: count_listed(store, WorklistFilter(team="team 3")),
    }


def _fill(store: Store) -> None:
    with store.engine.begin() as connection:
        for statement in (_LEADS, _PERSONS, _TEXTS, _STANDINGS):
            connection.execute(text(statement), {"leads": LEADS})
    with store.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _median_ms(query: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        query()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)
