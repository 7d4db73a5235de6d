"""The fixed words of pages, in Japanese and English, by the name templates use.

A test checks that every name a template uses is here, and that every name here is used.
"""

from features.core.text import Language, Text
from serving.ledger.access.users import Role
from serving.web.words.account_words import ACCOUNT_WORDS
from serving.web.words.decision_words import DECISION_WORDS
from serving.web.words.lead_words import LEAD_WORDS
from serving.web.words.review_words import REVIEW_WORDS
from serving.web.words.start_words import START_WORDS
from serving.web.words.trial_words import TRIAL_WORDS

LANGUAGE_NAMES: dict[Language, str] = {"ja": "日本語", "en": "English"}

ROLE_NAMES: dict[Role, Text] = {
    Role.SALES: Text(ja="営業", en="Sales"),
    Role.MARKETING: Text(ja="マーケティング", en="Marketing"),
    Role.DATA_SCIENCE: Text(ja="データサイエンス", en="Data science"),
    Role.ADMIN: Text(ja="管理者", en="Administrator"),
}

REACHED: dict[str, Text] = {
    "NONE": Text(ja="基準未満(育成中)", en="Below the cut-off"),
    "MQL": Text(ja="MQL", en="MQL"),
    "SQL": Text(ja="SQL候補", en="SQL candidate"),
    "accepted": Text(ja="営業受け入れ", en="Accepted by sales"),
    "opportunity": Text(ja="商談中", en="Open opportunity"),
}
"""How far a lead has come."""

NOT_BY_MODEL: dict[str, Text] = {
    "rulebook": Text(ja="ルールブックによる引き渡し", en="Handed over by the rulebook"),
    "exploration": Text(ja="試験的な引き渡し", en="Trial hand-over"),
    "person": Text(ja="担当者による引き渡し", en="Handed over by a person"),
}
"""Who handed a lead over where its probability did not."""

UNSCORED = Text(ja="未判定", en="Not scored")
"""Instead, of a lead about which no judgement is stored and nothing else says."""

VERDICTS: dict[str, Text] = {
    "accepted": Text(ja="受け入れ", en="Accepted"),
    "returned": Text(ja="差し戻し", en="Returned"),
    "opportunity": Text(ja="商談化", en="Opportunity"),
    "won": Text(ja="受注", en="Won"),
    "lost": Text(ja="失注", en="Lost"),
}
"""What became of a lead, as its history lists it."""


def state_words(reached: str | None, ended: str | None) -> Text:
    """Where a lead stands: what ended it, else how far it has come.

    Examples
    --------
    >>> state_words("opportunity", "won").en, state_words(None, None).en
    ('Won', 'Not scored')
    """
    if ended is not None:
        return VERDICTS[ended]
    return UNSCORED if reached is None else REACHED[reached]


ANSWERED: dict[str, Text] = {
    "accepted": Text(ja="「{who}」を受け入れました。", en="{who}: accepted."),
    "returned": Text(
        ja="「{who}」を差し戻しました。新しい動きがあれば一覧に戻ります。",
        en="{who}: returned. It comes back to the list when something new happens.",
    ),
}
"""That an answer was kept, on the page after it."""

HANDED_OVER_BY: dict[str, Text] = {
    "rulebook": Text(ja="ルールブック", en="the rulebook"),
    "learned_rulebook": Text(ja="学習したルールブック", en="the learned rulebook"),
    "model": Text(ja="モデル", en="the model"),
    "exploration": Text(ja="試験的な引き渡し", en="a trial drawn by lot"),
    "person": Text(ja="担当者", en="a person"),
    "trial": Text(ja="比較試験(くじ)", en="a trial (by lot)"),
}

PAGE_WORDS: dict[str, Text] = {
    **DECISION_WORDS,
    **ACCOUNT_WORDS,
    **START_WORDS,
    **TRIAL_WORDS,
    **LEAD_WORDS,
    **REVIEW_WORDS,
    # Around every page
    "skip": Text(ja="本文へ移動", en="Skip to content"),
    "language": Text(ja="表示言語", en="Language"),
    "menu": Text(ja="メニュー", en="Menu"),
    "worklist": Text(ja="リード一覧", en="Worklist"),
    "definition": Text(ja="リード定義", en="Lead definition"),
    "people": Text(ja="利用者", en="People"),
    "sign_out": Text(ja="ログアウト", en="Sign out"),
    "back_to_list": Text(ja="一覧に戻る", en="Back to the worklist"),
    "back": Text(ja="前のページに戻る", en="Back"),
    "to_mend": Text(ja="確認する項目:", en="Please correct:"),
    "request_number": Text(ja="お問い合わせ番号:", en="Reference number:"),
    # Signing in
    "sign_in": Text(ja="ログイン", en="Sign in"),
    "login": Text(ja="ログイン名", en="Login"),
    "password": Text(ja="パスワード", en="Password"),
    "company_sign_in": Text(
        ja="会社のアカウントでログイン", en="Sign in with your company account"
    ),
    "company_sign_in_failed": Text(
        ja="会社のアカウントで確認できませんでした。もう一度お試しください。",
        en="Your company's sign-in did not confirm who you are. Try again.",
    ),
    "company_sign_in_unknown": Text(
        ja="このアカウントはまだ登録されていません。管理者に登録を依頼してください。",
        en="There is no account for you here yet. Ask an admin to make one.",
    ),
    "sign_in_failed": Text(
        ja="ログイン名またはパスワードが違います。",
        en="The login or the password is wrong.",
    ),
    "sign_in_paused": Text(
        ja="試行回数が上限に達しました。15分ほどおいてからお試しください。急ぐときや、"
        "待っても続くときは、管理者に解除を依頼してください。",
        en="Too many attempts. Please wait a quarter of an hour and try again. If it is urgent, "
        "or waiting does not help, ask an admin to unlock the account.",
    ),
    "sign_in_first": Text(
        ja="ログインすると、開こうとしたページに進みます。",
        en="Sign in to go on to the page you asked for.",
    ),
    "not_saved": Text(
        ja="ログインの有効期限が切れたため、いま送信した内容は保存されていません。"
        "ログインしてもう一度送信してください。",
        en="Your session had ended, so what you just sent was not saved. "
        "Sign in and send it again.",
    ),
    "no_cookie": Text(
        ja="画面の有効期限が切れたか、ブラウザーがCookieを保存していません。"
        "もう一度お試しください。",
        en="This page was out of date, or your browser keeps no cookies. Please try again.",
    ),
    "about": Text(
        ja="マーケティングと営業が合意した、ひとつのリード定義。",
        en="One definition of a qualified lead, agreed by marketing and sales.",
    ),
    # Today
    "today": Text(ja="今日", en="Today"),
    "act_now": Text(ja="今すぐ対応", en="Act now"),
    "act_now_note": Text(
        ja="基準に達して引き渡されたリードと、まだ誰も担当していないSQL候補。確率の高い順です。",
        en="Handed over at the cut-off, and SQL candidates nobody has; the most probable first.",
    ),
    "below": Text(ja="基準未満の引き渡し", en="Handed over below the cut-off"),
    "below_note": Text(
        ja="モデルの基準には届かず、ルールブックか担当者が引き渡したリード。",
        en="Handed over by the rulebook or a person, though below the model's cut-off.",
    ),
    "exploration": Text(ja="試験的な引き渡し", en="Trial hand-overs"),
    "exploration_note": Text(
        ja="無作為に選んだリード。回答から、モデルが見落としているものがわかります。",
        en="Drawn by lot: your answers show what the model misses.",
    ),
    "overdue_note": Text(ja="回答期限を過ぎています。", en="The agreed time is over."),
    "due_today": Text(ja="今日が期限", en="Due today"),
    "new": Text(ja="新しい引き渡し", en="New hand-overs"),
    "nobody": Text(ja="担当者のいないSQL候補", en="SQL candidates nobody has"),
    "whose": Text(ja="誰のリード", en="Whose leads"),
    "mine": Text(ja="自分", en="Mine"),
    "then": Text(ja="。", en="; "),
    "but": Text(ja="ただし", en="but"),
    "time_left": Text(ja="残り時間", en="Time left"),
    "not_handed_over": Text(ja="引き渡し前", en="Not handed over yet"),
    "telephone": Text(ja="電話", en="Telephone"),
    "all_of_them": Text(ja="すべて見る", en="See all"),
    "today_empty": Text(
        ja="対応を待つリードはありません。", en="Nothing is waiting: every lead has been answered."
    ),
    "keys": Text(
        ja="キー: j・k で移動、Enter で詳細、a で受け入れ、r で差し戻し、x で選択、Esc で閉じる",
        en="Keys: j and k move, Enter shows the lead, a accepts, r sends back, x selects, "
        "Esc closes",
    ),
    "open_card": Text(ja="カードを開く", en="Open the card"),
    "close_panel": Text(ja="閉じる", en="Close"),
    "panel_failed": Text(
        ja="読み込めませんでした。カードを開いてください。",
        en="This could not be loaded. Open the card instead.",
    ),
    "select_lead": Text(ja="選択", en="Select"),
    "answer_several": Text(ja="選んだリードにまとめて回答", en="Answer the selected leads"),
    "several_answered": Text(ja="{}件に回答しました。", en="Leads answered: {}."),
    "several_left": Text(
        ja="{}件はすでに回答があったため、そのままです。",
        en=" Left as they were, answered already: {}.",
    ),
    "none_selected": Text(ja="リードが選ばれていません。", en="No lead was selected."),
    "choose_answer": Text(ja="回答と理由を選ぶ", en="Choose an answer and its reason"),
    "send_answer": Text(ja="回答する", en="Send the answer"),
    "filters": Text(ja="絞り込み・並べ替え", en="Filter and sort"),
    "filters_chosen": Text(ja="絞り込み中", en="Filtered"),
    "clear_filters": Text(ja="すべて解除", en="Clear"),
    "apply": Text(ja="表示", en="Show"),
    "channel": Text(ja="チャネル", en="Channel"),
    "only_overdue": Text(ja="期限超過のみ", en="Overdue only"),
    "words": Text(ja="語句", en="Words"),
    "saved_views": Text(ja="保存した表示", en="Saved views"),
    "save_view": Text(ja="この表示を保存", en="Save this view"),
    "view_name": Text(ja="表示の名前", en="Name of the view"),
    "remove_view": Text(ja="削除", en="Remove"),
    "sort": Text(ja="並び順", en="Sort by"),
    "sort_probability": Text(ja="確率の高い順", en="Probability"),
    "sort_waiting_longest": Text(ja="待ち時間の長い順", en="Waiting longest"),
    "sort_owner": Text(ja="担当者順", en="Owner"),
    "view_returned": Text(ja="差し戻し", en="Returned"),
    "view_won": Text(ja="受注", en="Won"),
    "view_lost": Text(ja="失注", en="Lost"),
    # Worklist
    "all": Text(ja="すべて", en="All"),
    "waiting": Text(ja="回答待ち", en="Waiting for an answer"),
    "search": Text(ja="検索", en="Search"),
    "search_hint": Text(
        ja="氏名・会社名・電話・担当者・ID", en="Name, company, phone, owner or ID"
    ),
    "searched": Text(ja="検索語:", en="Searched for"),
    "end_search": Text(ja="検索を解除", en="Clear the search"),
    "pages": Text(ja="ページと保存", en="Pages and files"),
    "lead": Text(ja="リード", en="Lead"),
    "probability": Text(ja="確率", en="Probability"),
    "moved": Text(ja="前回との差", en="Change"),
    "phase": Text(ja="フェーズ", en="Phase"),
    "led_by": Text(ja="主担当:", en="led by"),
    "why": Text(ja="主な理由", en="Main reasons"),
    "waiting_for": Text(ja="引き渡しから", en="Since hand-over"),
    "owner": Text(ja="担当者", en="Owner"),
    "overdue": Text(ja="期限超過", en="overdue"),
    "answer_within": Text(ja="回答期限", en="Answer within"),
    "answer": Text(ja="回答する", en="Answer"),
    "answer_anew": Text(ja="変更する", en="Change"),
    "answered": Text(ja="回答済み", en="Answered"),
    "change_on_card": Text(ja="リードカードで変更する", en="Change it on the lead card"),
    "answered_note": Text(
        ja="変更できます。最新の回答を使います。",
        en="You can change it; the newest answer counts.",
    ),
    "accept": Text(ja="受け入れる", en="Accept"),
    "accept_note": Text(ja="営業が対応を始めます。", en="Sales will work this lead."),
    "give_back": Text(ja="差し戻す", en="Send back"),
    "give_back_note": Text(
        ja="今は対応しない(マーケティングに戻す)。", en="Not now: back to marketing."
    ),
    "choose_reason": Text(ja="選んでください", en="Choose one"),
    "reason": Text(ja="理由", en="Reason"),
    "comment": Text(ja="コメント", en="Comment"),
    "easy_to_act_on": Text(ja="動きやすかったか", en="Easy to act on?"),
    "not_said": Text(ja="未回答", en="No answer"),
    "yes": Text(ja="はい", en="yes"),
    "no": Text(ja="いいえ", en="no"),
    "nothing_listed": Text(ja="該当するリードはありません。", en="No lead is here at present."),
    "nothing_waiting": Text(
        ja="回答待ちのリードはありません。すべて回答済みです。",
        en="Nothing waits for an answer. Every hand-over has been answered.",
    ),
    "nothing_found": Text(
        ja="該当するリードはありません。検索語を確かめるか、「すべて」で探してください。",
        en="No lead matches. Check the spelling, or search among all.",
    ),
    "see_all": Text(ja="すべてのリードを見る", en="See all leads"),
    "nothing_scored": Text(
        ja="まだ判定されたリードがありません。awase score を実行してください。",
        en="No leads have been scored yet. Run awase score.",
    ),
    "next_page": Text(ja="次のページ", en="Next page"),
    "export_csv": Text(ja="CSVで保存", en="Save as CSV"),
    "export_xlsx": Text(ja="Excelで保存", en="Save for Excel"),
    "company": Text(ja="会社名", en="Company"),
    "first_page": Text(ja="最初のページ", en="First page"),
    "unnamed": Text(ja="(氏名なし)", en="(no name)"),
    "rulebook_points": Text(ja="ルール点", en="rule points"),
    # Lead card
    "take_it": Text(
        ja="まだ引き渡されていません。受け入れると、営業の担当になります。",
        en="Not handed over yet: accept it to take it.",
    ),
    "as_of": Text(ja="判定日時", en="Scored as of"),
    "reasons": Text(ja="判定の理由", en="Why"),
    "reasons_note": Text(
        ja="10ポイントごとに、成果に至る見込みと至らない見込みの比が2倍になります。合計が上の確率です。",
        en="Ten points double the odds; the total gives the probability above.",
    ),
    "longer_is_stronger": Text(
        ja="棒が長いほど強く効いています。", en="The longer the bar, the stronger the reason."
    ),
    "unit_of_points": Text(ja="ポイントの単位", en="What a point is"),
    "for_it": Text(ja="プラスの理由", en="For"),
    "against_it": Text(ja="マイナスの理由", en="Against"),
    "base": Text(ja="平均的なリードの水準", en="Average lead"),
    "total": Text(ja="合計", en="Total"),
    "calibration": Text(ja="較正による調整", en="Calibration adjustment"),
    "others": Text(ja="そのほかの理由", en="Other reasons"),
    "position": Text(ja="行動 × 情報", en="Behaviour × information"),
    "behaviour": Text(ja="行動", en="Behaviour"),
    "information": Text(ja="情報", en="Information"),
    "timeline": Text(ja="行動の履歴", en="Timeline"),
    "timeline_note": Text(ja="最近の行動", en="Latest behaviour"),
    "no_events": Text(ja="記録された行動はありません。", en="No behaviour is recorded."),
    "known": Text(ja="わかっていること", en="What is known"),
    "unknown": Text(ja="未確認", en="Not known yet"),
    "ask_next": Text(ja="まず聞くこと", en="Open with"),
    "if_answered": Text(ja="回答ごとの確率", en="Probability by answer"),
    "nothing_to_ask": Text(ja="確認すべき項目は残っていません。", en="Nothing is left to ask."),
    "similar": Text(ja="似ていた過去のリード", en="Similar past leads"),
    "similar_note": Text(
        ja="理由がもっとも近かったリードのその後。確率は当時の判定、日付はその判定日です。",
        en="What became of the leads whose reasons were nearest: the probability they were given "
        "then, and the day.",
    ),
    "rulebook": Text(ja="ルールブックの判定", en="The rulebook's view"),
    "no_rule_applies": Text(ja="該当するルールはありません。", en="No rule applies."),
    "why_it_moved": Text(ja="前回からの変化", en="Why it moved"),
    "history": Text(ja="引き渡しと回答", en="Hand-overs and answers"),
    "handed_over": Text(ja="引き渡し", en="Handed over"),
    "no_history": Text(ja="引き渡しはまだありません。", en="Not handed over yet."),
    "verdict": Text(ja="営業の回答", en="Your answer"),
    "email_address": Text(ja="メールアドレス", en="E-mail"),
    "given_answer": Text(ja="営業の回答", en="Sales' answer"),
    "waiting_hours": Text(ja="回答待ち(時間)", en="Waiting (hours)"),
    "contact": Text(ja="連絡先", en="Contact"),
    "to_answer": Text(ja="回答する ↓", en="Answer ↓"),
    "no_model": Text(
        ja="このリードはルールブックだけで判定されました。モデルの採用後に確率と理由が表示されます。",
        en="Only the rulebook qualified this lead. Once a model is in use, its probability and "
        "reasons appear here.",
    ),
    "no_judgement": Text(
        ja="このリードの判定は保存されていません。取り込み後まだスコアリングされていないか、"
        "スコアリングが始まる前に商談化などで終わったリードです。",
        en="This lead has no score: it has not been scored since it was imported, or it had "
        "become an opportunity or ended before scoring began.",
    ),
    "release_gone": Text(
        ja="判定に使ったモデルを読み込めないため、理由を表示できません。",
        en="The release that scored this lead cannot be read, so its reasons cannot be shown.",
    ),
    # Definition
    "agreed_on": Text(ja="合意日", en="Agreed on"),
    "outcome": Text(ja="成果とみなすもの", en="What counts as the outcome"),
    "rules": Text(ja="ルールと点数", en="Rules and points"),
    "mql_when": Text(ja="MQLの条件", en="MQL when"),
    "sql_when": Text(ja="SQL候補の条件", en="SQL candidate when"),
    "or": Text(ja="、または", en=", or"),
    "checklist": Text(ja="チェックリスト:", en="the checklist:"),
    "phases": Text(ja="フェーズと役割", en="Phases and who does what"),
    "kpis": Text(ja="KPI", en="KPIs"),
    "kpi": Text(ja="指標", en="KPI"),
    "target": Text(ja="目標", en="Target"),
    "to": Text(ja="〜", en=" to "),
    "team": Text(ja="チーム", en="Team"),
    "marketing": Text(ja="マーケティング", en="Marketing"),
    "sales": Text(ja="営業", en="Sales"),
    "behaviours": Text(ja="行動", en="Behaviours"),
    "attributes": Text(ja="情報項目", en="Information"),
    "capacity": Text(ja="営業の対応力", en="Sales capacity"),
    "accept_reasons": Text(ja="受け入れの理由", en="Reasons for accepting"),
    "return_reasons": Text(ja="差し戻しの理由", en="Reasons for returning"),
    "versions": Text(ja="これまでの版", en="Versions so far"),
}
