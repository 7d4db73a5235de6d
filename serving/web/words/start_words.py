"""Fixed words of the page on which raw files become a first release."""

from features.core.text import Text

START_WORDS: dict[str, Text] = {
    "start_title": Text(ja="データから最初のモデルまで", en="From your files to a first release"),
    "start_about": Text(
        ja="各列が何かを推定しました。違うところを直してから、下のボタンを押してください。"
        "データはこのパソコンの外に出ません。",
        en="Each column was taken for something. Correct what is wrong, then press the button "
        "below. Nothing leaves this computer.",
    ),
    "start_misfit": Text(
        ja="この選び方では読めません。ID・成果・作成日の列を確かめてください。",
        en="The files cannot be read by these choices: look at id, outcome and creation.",
    ),
    "start_outcome": Text(
        ja="商談や受注になったことを示す列", en="Column that tells which leads converted"
    ),
    "start_order": Text(ja="03/04/2026 のような日付", en="Dates such as 03/04/2026"),
    "start_day": Text(ja="日が先(4月3日)", en="Day first (3 April)"),
    "start_month": Text(ja="月が先(3月4日)", en="Month first (4 March)"),
    "start_zone": Text(ja="時差の書かれていない時刻のタイムゾーン", en="Time zone of plain times"),
    "start_capacity": Text(
        ja="営業が1か月に対応できるリード数(空欄なら10件のうち3件)",
        en="Leads that sales can work in a month (blank: three of ten)",
    ),
    "start_table": Text(ja="リードの表の最初の行", en="First rows of the leads"),
    "start_role": Text(ja="列の役割", en="Role of the column"),
    "start_sure": Text(ja="確かさ", en="Confidence"),
    "start_doubt": Text(ja="要確認", en="please check"),
    "start_other_files": Text(ja="そのほかのファイル", en="Other files"),
    "start_linked": Text(ja="リードとつながる列:", en="belongs to the leads by"),
    "start_looked_up": Text(ja="参照する列:", en="looked up by"),
    "start_unused": Text(
        ja="使いません(つながる列がありません)", en="not used: nothing meets the leads"
    ),
    "start_counts": Text(ja="取り込むとどうなるか", en="What would be stored"),
    "start_rows": Text(ja="行", en="Rows"),
    "start_stored": Text(ja="保存するリード", en="Leads stored"),
    "start_rejected": Text(ja="読めない行", en="Rows rejected"),
    "start_left_out": Text(ja="作成日のない行(除外)", en="Rows without a day (left out)"),
    "start_reached": Text(ja="成果に至ったリード", en="Leads that converted"),
    "start_by_month": Text(ja="作成月ごとの成果の割合", en="Converted, by month of creation"),
    "start_in_month": Text(ja="月", en="Month"),
    "start_leads": Text(ja="リード", en="Leads"),
    "start_share": Text(ja="割合", en="Share"),
    "start_again": Text(ja="この役割で数え直す", en="Count again with these roles"),
    "start_begin": Text(ja="最初のモデルを作る", en="Make the first release"),
    "start_running": Text(
        ja="取り込み、確認、学習、判定をしています。数分かかることがあります。",
        en="Importing, checking, learning and scoring. It may take minutes.",
    ),
    "start_failed": Text(ja="途中で止まりました", en="It stopped"),
    "start_release": Text(ja="モデルができました", en="A release is in use"),
    "start_no_release": Text(
        ja="まだモデルはありません。ルールブックで始められます",
        en="No release yet: the rulebook decides",
    ),
    "start_learned_from": Text(
        ja="学習に使える、成果に至ったリード", en="Converted leads to learn from"
    ),
    "start_needed": Text(ja="必要な数", en="Needed"),
    "start_worthwhile": Text(ja="足りる見込みの月", en="Expected in"),
    "start_why": Text(ja="理由(英語)", en="Why"),
    "start_next": Text(ja="次に見るもの", en="Where to look"),
    "start_guesses": Text(ja="推定とその理由", en="Guesses with their reasons"),
    "start_agreement": Text(ja="合意の案", en="The agreement, proposed"),
    "start_pages": Text(ja="画面を開く", en="Open the pages"),
}
