"""Requests generated from the API's own documentation: none of them may end in a defect.

A few hundred at every run, ten thousand in ``make test-long``.
"""

from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.openapi import from_dict


@pytest.mark.parametrize("n_requests", [330, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_generated_request_ends_in_a_defect(site, client, n_requests: int) -> None:
    document = client.get("/v1/openapi.json").json()
    schema = from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations()]
    told: Counter[int] = Counter()
    defects: list[tuple[str, str]] = []

    def send(case: schemathesis.Case) -> None:
        path = "/v1" + case.formatted_path
        body = case.body if isinstance(case.body, dict | list | str | int | float) else None
        answer = client.request(case.method, path, params=_texts(case.query), json=body)
        told[answer.status_code] += 1
        if answer.status_code >= 500:
            defects.append((f"{case.method} {case.path}", str(answer.status_code)))

    each = max(n_requests // len(operations), 1)
    for operation in operations:
        generated = operation.as_strategy() | operation.as_strategy(
            generation_mode=schemathesis.GenerationMode.NEGATIVE
        )
        _try(generated, send, each)

    assert defects == []
    assert sum(told.values()) >= each * len(operations) * 0.5
    assert told[200]
    assert told[422]


def _try(generated: st.SearchStrategy[schemathesis.Case], send, each: int) -> None:
    @seed(20_260_401)
    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=generated)
    def run(case: schemathesis.Case) -> None:
        send(case)

    run()


def _texts(query: dict[str, object] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (query or {}).items() if value is not None}
