"""Fixed words of the meeting: its screens, its minutes, the figures in detail."""

from features.core.text import Text

REVIEW_WORDS: dict[str, Text] = {
    "review": Text(ja="月次レビュー", en="Monthly review"),
    # Home
    "manager_home": Text(ja="ホーム", en="Home"),
    "being_made": Text(
        ja="今月の数字を準備しています。少し待って開き直してください。",
        en="The month's figures are being made. Come back in a moment.",
    ),
    "waiting_with": Text(ja="誰の回答を待っているか", en="Whose answer is waited for"),
    "nobody_owns": Text(ja="担当者なし", en="nobody"),
    "changed_this_week": Text(ja="この1週間の変化", en="What a week has changed"),
    "this_week": Text(ja="直近7日", en="Last 7 days"),
    "week_before": Text(ja="その前の7日", en="The 7 before"),
    "contents": Text(ja="目次", en="Contents"),
    "take_away": Text(ja="ファイルで保存", en="Save as"),
    "prints_as_pdf": Text(ja="印刷・PDF保存用のページ", en="Page to print or keep as PDF"),
    "made_at": Text(ja="作成", en="Made"),
    "out_of_date": Text(
        ja="このレビューのあとに記録・判定・定義が更新されています。",
        en="Records, decisions or the definition have moved since this review was made.",
    ),
    "make_again": Text(ja="最新の内容で作り直す", en="Rebuild with latest data"),
    "details": Text(ja="数字の詳細", en="The figures in detail"),
    "back_to_meeting": Text(ja="会議の画面に戻る", en="Back to the meeting"),
    "screens": Text(ja="画面", en="Screen"),
    "screen_before": Text(ja="前へ", en="Back"),
    "screen_after": Text(ja="次へ", en="Next"),
    "project": Text(ja="投影する", en="Project"),
    "leave_projection": Text(ja="投影をやめる", en="Stop projecting"),
    "decided": Text(ja="決めたこと", en="Decided"),
    "what_decided": Text(ja="何を決めたか", en="What was decided"),
    "who_sees_to_it": Text(ja="担当", en="Who"),
    "by_when": Text(ja="期限", en="By when"),
    "aims_at": Text(ja="動かすKPI", en="KPI it aims at"),
    "write_down": Text(ja="議事録に残す", en="Write down"),
    "withdraw": Text(ja="取り消す", en="Take out"),
    "last_time": Text(ja="前回決めたことと、その後", en="Decided last time, and what came of it"),
    "nothing_to_draw": Text(
        ja="図にできるほどの記録がまだありません。", en="There is not enough yet to draw."
    ),
    "to_proposals": Text(ja="変更案を見る", en="See what could change"),
    "meeting_keys": Text(
        ja="キー: ← → で前後の画面、1〜6 で移動、f で全画面。",
        en="Keys: ← and → move by a screen, 1 to 6 jump, f fills the display.",
    ),
    "figure_and_target": Text(ja="実績と目標(縦線)", en="Figure and target (mark)"),
    "figure": Text(ja="実績", en="Figure"),
    "can_change": Text(ja="未確定", en="can change"),
    "of_these_shown": Text(ja="うち表示", en="shown of these:"),
    "in_both_languages": Text(ja="(日英)", en="(Japanese and English)"),
}
