"""The fixed words of digests."""

from features.core.text import Text
from serving.ledger.leads.queues import Queue

HEADINGS = {
    Queue.OVERDUE: Text(ja="期限超過: {n}件", en="Overdue: {n}"),
    Queue.DUE_TODAY: Text(ja="今日が期限: {n}件", en="Due today: {n}"),
    Queue.NEW: Text(ja="新しい引き渡し: {n}件", en="New hand-overs: {n}"),
    Queue.NOBODY: Text(ja="担当者のいないSQL候補: {n}件", en="SQL candidates nobody has: {n}"),
}
TITLE = Text(
    ja="今日のリード: 期限超過{overdue}件、今日が期限{due_today}件、新しい引き渡し{new}件",
    en="Leads today: {overdue} overdue, {due_today} due today, {new} new",
)
MORE = Text(ja="ほか{n}件", en="and {n} more")
TODAY = Text(ja="「今日」を開く", en="Open Today")
REVIEW_TITLE = Text(ja="{month}のレビュー", en="Review of {month}")
REVIEW = Text(ja="レビューを開く", en="Open the review")
WHY = Text(
    ja="Awaseにログイン名がメールアドレスで登録されている方にお送りしています。",
    en="You get this because your login in Awase is this address.",
)
STOP = Text(ja="配信を停止する:", en="Stop these mails:")
