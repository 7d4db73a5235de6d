"""What is done with rows of the lead tables that are not simply used, in words.

A rule's name is that of its count in :class:`features.data_check.DataCheck`; a test checks that
each has both.
"""

from features.text import Text

RULES = {
    "repeated_event_ids": Text(
        ja="同じ event_id の行はそれぞれ数えられます。取り込みでは内容の違う行を拒否します。",
        en="rows sharing an event_id all count; an import rejects those that differ",
    ),
    "events_without_lead": Text(
        ja="リード表にないリードのイベントは使いません。",
        en="events of leads that are not in the lead table are not used",
    ),
    "events_of_unknown_behaviour": Text(
        ja="リード定義にない行動は使いません。",
        en="events of behaviours the lead definition does not name are not used",
    ),
    "events_of_sales": Text(
        ja="営業の行動は記録として残しますが、特徴量にはしません。",
        en="what sales did is kept and shown, never judged",
    ),
    "events_outside_calendar": Text(
        ja="1970年より前と2105年より後のイベントは使いません。",
        en="events before 1970 or after 2105 are not used",
    ),
    "events_after_data_cutoff": Text(
        ja="データの締め日以降のイベントは、その時点になるまで見えません。",
        en="events at or after the data cut-off are not seen by any moment up to it",
    ),
    "events_known_late": Text(
        ja="後から判明したイベントは、判明した時点から数えます。",
        en="events learned of after they happened count from when they were learned",
    ),
    "events_before_creation": Text(
        ja="リード獲得より前のイベントも履歴として数えます。",
        en="events before the lead was created count as its history",
    ),
    "leads_without_events": Text(
        ja="イベントのないリードは、行動がすべて0のリードとして扱います。",
        en="leads without events are judged with zero behaviour",
    ),
    "facts_without_lead": Text(
        ja="リード表にないリードの属性は使いません。",
        en="facts of leads that are not in the lead table are not used",
    ),
    "facts_of_unknown_attribute": Text(
        ja="リード定義にない属性は使いません。",
        en="facts of attributes the lead definition does not name are not used",
    ),
    "facts_after_data_cutoff": Text(
        ja="データの締め日以降に判明した属性は、その時点になるまで見えません。",
        en="facts learned at or after the data cut-off are not seen by any moment up to it",
    ),
    "facts_without_honest_time": Text(
        ja="判明時期の記録がない属性は、リーク監査で疑わしいものとして扱います。",
        en="facts whose time nobody recorded are suspects of the leakage audit",
    ),
    "outcomes_without_lead": Text(
        ja="リード表にないリードの成果は使いません。",
        en="outcomes of leads that are not in the lead table are not used",
    ),
}
"""What is done with rows that are not simply used."""
