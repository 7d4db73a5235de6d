"""Fixed words of the page of a trial."""

from features.core.text import Text

TRIAL_WORDS: dict[str, Text] = {
    "trial": Text(ja="公平な比較試験", en="Trial by lot"),
    "trial_about": Text(
        ja="モデルやルールブックに、くじで分けたリードを合意した期間まかせ、結果を比べます。",
        en="Model and rulebooks each judge a share of the leads, by lot, for an agreed time; then "
        "what came of it is counted.",
    ),
    "trial_plan_hint": Text(
        ja="何か月かかるかは、データサイエンスが計画します(awase trial plan)。",
        en="How many months it takes: data science plan it (awase trial plan).",
    ),
    "trial_none": Text(ja="合意された試験はありません。", en="No trial is agreed at present."),
    "trial_agreed": Text(ja="合意した試験", en="The trial agreed"),
    "trial_not_counted": Text(
        ja="まだ数えていません。データサイエンスが数えると(awase trial status)、ここに出ます。",
        en="Not counted yet: what data science count (awase trial status) stands here.",
    ),
    "trial_ended": Text(ja="終わった試験", en="The last trial"),
    "trial_agree": Text(ja="試験に合意する", en="Agree on a trial"),
    "trial_end": Text(ja="試験を終える", en="End the trial"),
    "trial_name": Text(
        ja="名前(くじの鍵。英小文字、数字、下線)",
        en="Name (key of the lot: small letters, digits, underscores)",
    ),
    "trial_hypothesis_ja": Text(ja="確かめたいこと(日本語)", en="What it is to show (Japanese)"),
    "trial_hypothesis_en": Text(ja="確かめたいこと(英語)", en="What it is to show (English)"),
    "trial_share": Text(ja="モデルにまかせる割合(%)", en="Share judged by the model (%)"),
    "trial_learned_share": Text(
        ja="学習したルールブックにまかせる割合(%。0なら加えない)",
        en="Share judged by the learned rulebook (%; 0 leaves it out)",
    ),
    "trial_starts_on": Text(ja="開始日", en="First day"),
    "trial_months": Text(ja="登録する月数", en="Months in which leads enter"),
    "trial_worthwhile": Text(
        ja="意味のある最小の差(リード100件あたりの成果)",
        en="Smallest difference worth having (outcomes per 100 leads)",
    ),
    "trial_expected": Text(
        ja="終了時に見込む企業数(計画から)", en="Accounts expected at the end (from the plan)"
    ),
    "trial_present": Text(ja="出席者", en="Present"),
    "trial_without_answer": Text(ja="結論を待たずにやめる", en="Give it up without an answer"),
}

TRIAL_FAULTS: dict[str, Text] = {
    "wrong": Text(
        ja="すべての欄を確かめてください。名前は英小文字・数字・下線、割合は5〜95、開始日は今日以降です。",
        en="Check every field: the name of small letters, digits and underscores, a share of 5 to "
        "95, a first day from today on, and names of both teams.",
    ),
    "refused": Text(
        ja="リードが登録された試験は変えられません。終えてから、別の名前で、今日以降に始まる試験に合意してください。",
        en="A trial in which leads have entered stays as it was signed. End it, then agree on one "
        "with another name that begins today or later.",
    ),
    "not_yet": Text(
        ja="まだ何も決められないため、終えられません。結論を待たずにやめるときは、その欄に印を付けてください。",
        en="Nothing can be decided yet, so it does not end. To give it up without an answer, "
        "tick the box.",
    ),
}
