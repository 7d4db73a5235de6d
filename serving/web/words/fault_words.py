"""What pages say where something could not be shown or kept."""

from features.core.text import Text

FAULTS: dict[int, tuple[Text, Text]] = {
    400: (
        Text(ja="処理できませんでした", en="That did not work"),
        Text(
            ja="アドレスや入力内容を確認してください。", en="Check the address or what you entered."
        ),
    ),
    403: (
        Text(ja="このページは開けません", en="This page is not open to you"),
        Text(
            ja="あなたの役割では利用できません。必要な場合は管理者に相談してください。",
            en="Your role does not include it. If you need it, ask an administrator.",
        ),
    ),
    404: (
        Text(ja="ページが見つかりません", en="There is no such page"),
        Text(
            ja="アドレスが違うか、担当外のリードです。一覧から探してください。",
            en="The address is wrong, or the lead is not one of yours. Look in the worklist.",
        ),
    ),
    413: (
        Text(ja="送信されませんでした", en="Nothing was sent"),
        Text(ja="送信内容が大きすぎます。短くしてください。", en="It is too large. Shorten it."),
    ),
    500: (
        Text(ja="問題が発生しました", en="Something went wrong here"),
        Text(
            ja="しばらくしてからもう一度お試しください。続く場合は管理者に連絡してください。",
            en="Please try again in a moment. If it keeps happening, tell an administrator.",
        ),
    ),
}
"""Heading and next step when a page cannot be shown; other codes are told as 400."""

STALE_FORM = (
    Text(ja="送信されませんでした", en="Nothing was sent"),
    Text(
        ja="フォームの有効期限が切れています。前のページを読み込み直してから、"
        "もう一度送信してください。",
        en="The form is out of date. Load the page before this one again, then send it.",
    ),
)
"""Instead of what 403 says otherwise."""

SESSION_ENDED = (
    Text(ja="まだ送信されていません", en="Not sent yet"),
    Text(
        ja="ログインの有効期限が切れていました。入力した内容はこの画面に残っています。"
        "別のタブでログインしてから、ここで送信してください。",
        en="Your session had ended. What you typed is still here: sign in in another tab, then "
        "send it from this one.",
    ),
)
"""Instead, of what was typed on a lead's card after the session ended."""
