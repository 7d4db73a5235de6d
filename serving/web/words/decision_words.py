"""Fixed words of the pages on which the agreement is read, compared and changed."""

from features.core.text import Text

DECISION_WORDS: dict[str, Text] = {
    # Proposals
    "proposals": Text(ja="次の合意", en="Next agreement"),
    "proposals_about": Text(
        ja="来月に向けて変えることを選び、変更内容を確認して提案します。相手の部門が承認すると有効になります。",
        en="Choose what to change for next month, review the change, then propose it. It holds "
        "once the other team approves.",
    ),
    "proposals_read": Text(
        ja="来月に向けて何を変えられるかを確認できます。提案と承認はマーケティングと営業が行います。",
        en="See what could change next month. Marketing and sales propose and approve.",
    ),
    "capacity_title": Text(ja="来月の引き渡し件数", en="Hand-overs next month"),
    "capacity_about": Text(
        ja="営業が対応できる件数を動かすと、見込みが変わります。括弧内は90%の範囲です。",
        en="Move the number of leads sales can work and see what to expect, with 90% ranges.",
    ),
    "capacity_slider": Text(ja="月あたりの対応件数", en="Leads sales can work a month"),
    "show_outlook": Text(ja="見込みを見る", en="Show the outlook"),
    "fixed_choices": Text(ja="よく使う件数", en="Usual choices"),
    "as_it_is": Text(ja="現在", en="Today"),
    "cut_off_from": Text(ja="MQLの基準(確率)", en="MQL from"),
    "sql_cut_off_from": Text(ja="SQL候補の基準(確率)", en="SQL candidate from"),
    "next_month_handed_over": Text(ja="来月の引き渡し", en="Hand-overs next month"),
    "outlook_crossing": Text(ja="基準に達するリード(月)", en="Leads that reach it a month"),
    "outlook_sql": Text(ja="うちSQL候補(月)", en="SQL candidates a month"),
    "outlook_opportunities": Text(ja="うち成果に至る件数", en="Of those handed over, with outcome"),
    "outlook_rate": Text(ja="基準に達したリードの成果率", en="Conversion at the cut-off"),
    "outlook_looked": Text(
        ja="検証期間に毎日判定し、初めて基準に達したリード", en="in the test period, scored daily"
    ),
    "decide_capacity": Text(ja="この件数に変更する", en="Use this number"),
    "no_capacity": Text(
        ja="日付のあるデータで学習したモデルが採用されると、ここに見込みが表示されます。",
        en="Once a model learned from dated data is in use, the outlook appears here.",
    ),
    "learned_title": Text(ja="学習したルールブック", en="The learned rulebook"),
    "learned_about": Text(
        ja="過去の成果から学習した点数です。今のルールブックと違う行だけを並べています。",
        en="Points learned from past outcomes: the rows that differ from today's rulebook.",
    ),
    "row_by_row": Text(ja="行ごとに選ぶ", en="Row by row"),
    "rule": Text(ja="規則", en="Rule"),
    "today_says": Text(ja="今", en="Today"),
    "learned_says": Text(ja="学習した結果", en="Learned"),
    "take": Text(ja="採り入れる", en="Take"),
    "no_such_rule": Text(ja="なし(外す)", en="none (take it out)"),
    "no_learned": Text(
        ja="学習したルールブックはまだありません。awase retrain を実行してください。",
        en="There is no learned rulebook yet. Run awase retrain.",
    ),
    "same_volume": Text(ja="同じ件数で比べると", en="At equal volume"),
    "volume": Text(ja="件数", en="Leads"),
    "todays_rulebook": Text(ja="今のルールブック", en="Today's rulebook"),
    "learned_short": Text(ja="学習したルールブック", en="Learned"),
    "model_short": Text(ja="モデル", en="Model"),
    "recovered": Text(
        ja="モデルとの差を何割埋めるか", en="Share of the model's advantage recovered"
    ),
    "caught_note": Text(
        ja="引き渡したリードのうち、期限内に成果に至った件数です。",
        en="Leads handed over that reached the outcome in time.",
    ),
    "no_forecast": Text(
        ja="日付のないデータのため、将来の予測ではありません。",
        en="These data have no dates: this is not a forecast.",
    ),
    "keep_rulebook": Text(ja="今のルールブックを使う", en="Keep today's rulebook"),
    "take_learned": Text(ja="学習したルールブックにする", en="Use the learned rulebook"),
    "points_by_hand": Text(ja="点数を個別に変える", en="Change points one by one"),
    "parts_title": Text(ja="行動と情報の見直し", en="What to add or drop"),
    "parts_about": Text(
        ja="外すと、次回の学習から有効になります。追加と修正はYAMLで行います。",
        en="What is dropped takes effect with the next retrain. Additions and corrections are made "
        "in the YAML file.",
    ),
    "no_parts": Text(ja="見直しの候補はありません。", en="Nothing to add or drop."),
    "all_parts": Text(ja="役に立っている項目", en="What helps the model"),
    "advice_drop": Text(ja="外す", en="Drop"),
    "advice_add": Text(ja="追加を検討", en="Consider adding"),
    "advice_mend": Text(ja="要確認", en="Check"),
    "look_at_change": Text(ja="変更内容を確認する", en="Review the change"),
    "version_waits": Text(
        ja="最新の版は次回の学習を待っています。いま決める変更も、それと同時に有効になります。",
        en="The newest version waits for the next retrain. What is decided now takes effect with "
        "it.",
    ),
    # One part of the agreement as a form
    "propose_change": Text(ja="変更を提案", en="Propose a change"),
    "add_item": Text(ja="追加する", en="Add one"),
    "drop_item": Text(ja="これを外す", en="Take this out"),
    "nothing_changed": Text(ja="まだ何も変わっていません。", en="Nothing is changed yet."),
    "name_may_stay_empty": Text(
        ja="空欄にすると、英語の表示名から付けます。",
        en="Left empty, it is made from the English label.",
    ),
    "how_conditions_are_written": Text(ja="条件の書き方", en="How conditions are written"),
    "all_of": Text(ja="すべて満たす", en="All of them"),
    "any_of": Text(ja="いずれかを満たす", en="Any of them"),
    # Deciding
    "decide_title": Text(ja="合意の内容", en="What is agreed"),
    "changes": Text(ja="変更点", en="Changes"),
    "at_once": Text(
        ja="モデルの再学習は不要です。選んだ日から有効になります。",
        en="No retrain is needed; it takes effect on the day you choose.",
    ),
    "next_retrain": Text(ja="次回の学習から", en="With the next retrain"),
    "targets_within_capacity": Text(
        ja="KPIの目標も対応力に合わせる", en="Adjust the KPI targets to the capacity too"
    ),
    "waits_in_part": Text(
        ja="「次回の学習から」の変更は学習を待ちます。それ以外は選んだ日から有効になります。",
        en="What has to be learned waits for the next retrain; the rest holds from the day you "
        "choose.",
    ),
    "compared_in_force": Text(
        ja="有効な版と比べてすぐに変わること",
        en="Changes at once, compared with the version in force",
    ),
    "compared_waiting": Text(ja="待っている版との違い", en="Compared with the version that waits"),
    "nothing_chosen": Text(
        ja="変更が選ばれていません。「次の合意」で選んでください。",
        en="Nothing is changed. Choose something under Next agreement.",
    ),
    "faults": Text(ja="このままでは合意できません", en="This cannot be agreed on as it is"),
    "propose": Text(ja="提案する", en="Propose it"),
    "both_approve": Text(
        ja="両部門が1名ずつ承認すると、次の版になります。提案した人の部門は承認済みです。",
        en="It becomes the next version once one of each team has approved it. The team that "
        "proposes has.",
    ),
    "proposed_change": Text(ja="変更の提案", en="Proposed change"),
    "proposed_by": Text(ja="提案者", en="Proposed by"),
    "propose_again": Text(ja="もう一度提案する", en="Propose it again"),
    "waiting_changes": Text(ja="承認を待つ提案", en="Changes that wait for an approval"),
    "approvals": Text(ja="承認", en="Approvals"),
    "approved": Text(ja="承認", en="Approved"),
    "not_approved": Text(ja="未承認", en="not yet"),
    "approve_for": Text(ja="承認する", en="Approve"),
    "to_comment": Text(ja="コメントする", en="Comment"),
    "take_back": Text(ja="取り下げる", en="Take it back"),
    "change_open": Text(ja="承認待ち", en="Waiting"),
    "change_withdrawn": Text(ja="取り下げ", en="Taken back"),
    "change_closed": Text(
        ja="この提案はすでに終わっています。", en="This proposal has ended already."
    ),
    "needs_other_team": Text(
        ja="承認はマーケティングと営業が行います。", en="Marketing and sales approve."
    ),
    "effect": Text(ja="変更による見込み", en="What it would bring"),
    "effect_waits": Text(
        ja="次回の学習から有効になる変更です。判定の変わるリードは、学習のあとにわかります。",
        en="It holds from the next retrain, which will show whose qualification changes.",
    ),
    "with_change": Text(ja="この変更のあと", en="With this change"),
    "no_effect_outlook": Text(
        ja="来月の件数の見込みは、モデルの基準で引き渡しているときに表示されます。",
        en="The outlook for a month appears while the model's cut-offs decide.",
    ),
    "leads_that_flip": Text(ja="判定の変わるリード", en="Leads whose qualification changes"),
    "by_rulebook_alone": Text(ja="ルールブックの判定が変わるリード", en="By the rulebook"),
    "by_rulebook_about": Text(
        ja="引き渡しはモデルの基準で決まるため、件数は変わりません。",
        en="The model's cut-offs decide on hand-overs, so their number stays.",
    ),
    "purpose": Text(ja="目的", en="Purpose"),
    "qualifies": Text(ja="基準:", en="It takes"),
    "stop": Text(ja="。", en="."),
    "it_is": Text(ja="位置づけ", en="It is"),
    "mql_is": Text(
        ja="マーケティングが育て、営業に引き渡すリード。",
        en="A lead that marketing hand over to sales.",
    ),
    "sql_is": Text(
        ja="営業が受け入れ、商談にできると判断したリード。",
        en="A lead that sales accept, since they can make it an opportunity.",
    ),
    "who_leads": Text(ja="主担当", en="Who leads"),
    "who_when_why": Text(ja="だれが、いつ、なぜ", en="Who, when, why"),
    "what_agreed": Text(ja="合意したこと", en="What was agreed"),
    "why_agreed": Text(ja="理由", en="Why"),
    "effective": Text(ja="有効になる日", en="Effective from"),
    "back_to_proposals": Text(ja="選び直す", en="Choose again"),
    "overtaken": Text(
        ja="その間に別の版が合意されました。変更点を確認して、もう一度提案してください。",
        en="Another version was agreed on meanwhile. Look at the changes and propose them again.",
    ),
    "say_all": Text(
        ja="合意したいことと理由を入力してください。",
        en="Say what is to be agreed, and why.",
    ),
    "day_wrong": Text(
        ja="有効になる日は今日以降の日付を選んでください。",
        en="Choose today or a later day to take effect.",
    ),
    # Reading versions
    "in_force": Text(ja="適用中", en="In force"),
    "planned": Text(ja="予定", en="Planned"),
    "waiting_to_learn": Text(ja="学習待ち", en="Waits for a retrain"),
    "earlier": Text(ja="以前の版", en="Earlier"),
    "since": Text(ja="適用開始", en="From"),
    "decided_by": Text(ja="登録者", en="Recorded by"),
    "present": Text(ja="出席者", en="Attendees"),
    "present_marketing": Text(ja="出席者(マーケティング)", en="Attendees (marketing)"),
    "present_sales": Text(ja="出席者(営業)", en="Attendees (sales)"),
    "present_hint": Text(ja="「、」で区切って入力", en="Names, separated by commas"),
    "newest_changes": Text(ja="最新の変更", en="Newest changes"),
    "no_changes": Text(ja="意味の変わる違いはありません。", en="No difference in meaning."),
    "compare": Text(ja="比べる", en="Compare"),
    "compare_versions": Text(ja="版を比べる", en="Compare two versions"),
    "before": Text(ja="変更前", en="Before"),
    "after": Text(ja="変更後", en="After"),
    "go_back": Text(ja="この版に戻す", en="Go back to this version"),
    "read_version": Text(ja="読む", en="Read"),
    "diff_title": Text(ja="版の違い", en="What differs"),
    "back_to_definition": Text(ja="リード定義に戻る", en="Back to the lead definition"),
    "pairs_title": Text(ja="行動 × 情報", en="Behaviour × information"),
    "pairs_about": Text(
        ja="行動と情報が揃ったときの合計点と、その点数での判定です。",
        en="Points of a behaviour and a piece of information together, and what they qualify for.",
    ),
    "alone": Text(ja="単独", en="alone"),
}
