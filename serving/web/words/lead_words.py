"""Words of what people write on a lead's card, and of the page of an account."""

from features.core.text import Text

LEAD_WORDS: dict[str, Text] = {
    # Lead card
    "reason_later": Text(ja="後で(結果が分かってから)", en="Later, when the result is known"),
    "reason_due": Text(
        ja="結果が分かったら、受け入れた理由を選んでください。",
        en="When the result is known, say what made it worth accepting.",
    ),
    "all_reasons": Text(ja="すべての理由", en="All reasons"),
    "sent_back": Text(
        ja="営業が差し戻しました。新しい動きがあるまで、マーケティングが育成します。",
        en="Sales sent this lead back: marketing nurtures it until something new happens.",
    ),
    "answer_is_late": Text(
        ja="回答期限を過ぎています。今日中に連絡し、回答してください。",
        en="The agreed time to answer is over: call today, then answer.",
    ),
    "nobody_yet": Text(ja="未定", en="nobody yet"),
    "assign": Text(ja="担当者を決める", en="Assign"),
    "account_of_lead": Text(ja="この会社", en="Account"),
    "colleagues": Text(ja="同じ会社のほかのリード", en="Other leads at this account"),
    "whole_account": Text(ja="会社のページを開く", en="Open the account"),
    "notes": Text(ja="メモ", en="Notes"),
    "new_note": Text(
        ja="新しいメモ(回答とは別に残ります)", en="New note (kept apart from answers)"
    ),
    "keep_note": Text(ja="メモを保存", en="Save the note"),
    "typed": Text(ja="入力した内容", en="What you typed"),
    "send_again": Text(ja="もう一度送信", en="Send again"),
    "sign_in_beside": Text(ja="別のタブでログイン", en="Sign in in another tab"),
    "meanwhile": Text(ja="先に回答がありました", en="Somebody answered first"),
    "meanwhile_about": Text(
        ja="このページを開いている間に、次の回答が記録されました。"
        "あなたの回答はまだ保存されていません。",
        en="While your page was open, this answer was recorded. Yours is not saved yet.",
    ),
    "keep_first": Text(ja="先の回答のままにする", en="Keep the first answer"),
    "replace_first": Text(ja="自分の回答に置き換える", en="Replace it with mine"),
    "your_answer": Text(ja="あなたの回答", en="Your answer"),
    # Account of leads
    "account_leads": Text(ja="リード", en="Leads"),
    "deals": Text(ja="商談と受注", en="Deals"),
    "no_deals": Text(ja="商談はまだありません。", en="No deal yet."),
    "activity": Text(ja="最近の行動", en="Latest activity"),
    "list_comma": Text(ja="、", en=", "),
}
