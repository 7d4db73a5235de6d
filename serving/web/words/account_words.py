"""The fixed words of pages about accounts, passwords and sessions."""

from features.core.text import Text

ACCOUNT_WORDS: dict[str, Text] = {
    # Setting a password
    "set_password": Text(ja="パスワードの設定", en="Set a password"),
    "set_password_about": Text(
        ja="ご自分だけのパスワードを決めてください。設定すると、ログイン中のすべての端末からログアウトします。",
        en="Choose a password that only you know. Once it is set, every device is signed out.",
    ),
    "characters_at_least": Text(ja="文字以上", en="characters at least"),
    "new_password": Text(ja="新しいパスワード", en="New password"),
    "again": Text(ja="新しいパスワード(もう一度)", en="New password, again"),
    "current_password": Text(ja="いまのパスワード", en="Current password"),
    "password_set": Text(
        ja="パスワードを設定しました。新しいパスワードでログインしてください。",
        en="Your password is set. Sign in with it.",
    ),
    "passwords_differ": Text(
        ja="2回の入力が一致しません。もう一度入力してください。",
        en="The two passwords differ. Type them again.",
    ),
    "password_weak": Text(
        ja="そのパスワードは使えません。12〜200文字で、5種類以上の文字を使い、"
        "ログイン名を含まないものにしてください。",
        en="This password cannot be used. Use 12 to 200 characters, at least five different, "
        "and leave out your login.",
    ),
    "password_wrong": Text(ja="いまのパスワードが違います。", en="The current password is wrong."),
    # The digest
    "digest_title": Text(ja="毎朝のお知らせ", en="E-mail digest"),
    "digest_stop_about": Text(
        ja="対応待ちのリードと月次レビューのお知らせメールを停止します。",
        en="You will get no more mails about waiting leads and monthly reviews.",
    ),
    "digest_stop": Text(ja="配信を停止する", en="Stop these mails"),
    "digest_stopped": Text(
        ja="配信を停止しました。お知らせメールは届きません。",
        en="Stopped. You get no more of these mails.",
    ),
    "digest_start": Text(ja="配信を再開する", en="Resume these mails"),
    # The second step
    "code_title": Text(ja="確認コード", en="Code"),
    "code_about": Text(
        ja="認証アプリに表示されている6桁のコードを入力してください。",
        en="Type the six digits that your authenticator app shows.",
    ),
    "code": Text(ja="確認コード(6桁)", en="Code (six digits)"),
    "code_wrong": Text(
        ja="コードが違うか、すでに使われています。次のコードを入力してください。",
        en="The code is wrong, or was used already. Type the next one.",
    ),
    "code_late": Text(
        ja="時間が経ったため、もう一度ログインしてください。",
        en="Too much time has passed. Sign in again.",
    ),
    # One's own account
    "account": Text(ja="アカウント", en="Account"),
    "change_password": Text(ja="パスワードを変更", en="Change the password"),
    "password_changed": Text(
        ja="パスワードを変更しました。ほかの端末からはログアウトしました。",
        en="Your password is changed, and every other device is signed out.",
    ),
    "sessions": Text(ja="ログイン中の端末", en="Where you are signed in"),
    "sessions_of": Text(ja="ログイン状況", en="Sessions"),
    "signed_in_at": Text(ja="ログイン", en="Signed in"),
    "last_used": Text(ja="最後の操作", en="Last used"),
    "this_session": Text(ja="この端末", en="this one"),
    "end_session": Text(ja="ログアウトさせる", en="Sign out"),
    "end_other_sessions": Text(ja="ほかのすべての端末をログアウト", en="Sign out everywhere else"),
    "end_all_sessions": Text(ja="すべてログアウトさせる", en="Sign out everywhere"),
    "sessions_ended": Text(ja="ログアウトさせました。", en="Signed out."),
    "second_factor": Text(ja="2段階認証", en="Second factor"),
    "second_factor_about": Text(
        ja="ログインのたびに、パスワードに加えて認証アプリのコードを求めます。",
        en="Every sign-in asks for a code of an authenticator app, beside the password.",
    ),
    "set_up_factor": Text(ja="認証アプリを登録", en="Set up an authenticator app"),
    "factor_steps": Text(
        ja="認証アプリに次のキーを登録し、表示されたコードを入力してください。",
        en="Add this key to your authenticator app, then type the code it shows.",
    ),
    "open_app": Text(ja="認証アプリで開く", en="Open in the app"),
    "turn_on": Text(ja="有効にする", en="Turn on"),
    "turn_off": Text(ja="無効にする", en="Turn off"),
    "factor_is_on": Text(ja="有効です。", en="It is on."),
    "factor_on": Text(ja="2段階認証を有効にしました。", en="The second factor is on."),
    "factor_off": Text(ja="2段階認証を無効にしました。", en="The second factor is off."),
    # People
    "name": Text(ja="氏名", en="Name"),
    "role": Text(ja="役割", en="Role"),
    "state": Text(ja="状態", en="State"),
    "active": Text(ja="有効", en="Active"),
    "disabled": Text(ja="無効", en="Disabled"),
    "invited": Text(ja="パスワード未設定", en="Password not set yet"),
    "people_about": Text(
        ja="追加と停止は管理者が行います。", en="Administrators add people and close accounts."
    ),
    "add_person": Text(ja="利用者を追加", en="Add a user"),
    "all_teams": Text(ja="空欄ならすべてのチーム", en="all teams if empty"),
    "login_taken": Text(
        ja="追加できません。ログイン名が空か、すでに使われています。",
        en="Nobody was added: the login is empty or taken.",
    ),
    "back_to_people": Text(ja="利用者の一覧へ", en="Back to People"),
    "save": Text(ja="保存", en="Save"),
    "password_link": Text(ja="パスワード設定用リンク", en="Link to set a password"),
    "password_link_about": Text(
        ja="本人だけに送ってください。1回だけ、24時間以内に使えます。この画面でしか表示されません。",
        en="Send it to its owner alone. It works once, within 24 hours, and is shown only here.",
    ),
    "make_link": Text(ja="リンクを発行", en="Make a link"),
    "close_account": Text(ja="アカウントを停止", en="Close the account"),
    "reopen_account": Text(ja="アカウントを再開", en="Open the account again"),
    "unlock_account": Text(ja="ログインの一時停止を解除", en="Unlock sign-in"),
    "changed": Text(ja="変更しました。", en="Changed."),
    "closed": Text(ja="停止し、ログアウトさせました。", en="Closed, and signed out everywhere."),
    "reopened": Text(ja="再開しました。", en="Open again."),
    "unlocked": Text(ja="解除しました。", en="Unlocked."),
}
