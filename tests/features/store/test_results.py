from features.store.results import list_subjects, read_finding, write_finding


def test_the_newest_finding_about_a_subject_replaces_the_one_before(store) -> None:
    write_finding(store, "review", "2026-03", record="1", stamp="a")
    write_finding(store, "review", "2026-03", record="2", stamp="b")
    write_finding(store, "review", "2026-02", record="3")
    write_finding(store, "backtest", "newest", record="4")

    found = read_finding(store, "review", "2026-03")

    assert found is not None
    assert (found.record, found.stamp) == ("2", "b")
    assert list_subjects(store, "review") == ("2026-02", "2026-03")
    assert read_finding(store, "review", "2026-01") is None
