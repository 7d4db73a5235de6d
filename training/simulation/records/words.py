"""Words from which names, companies and remarks of invented people are put together.

Addresses end in `.example`, and free-mail addresses carry the lead's number, so none can be
anybody's.
"""

from typing import Final

SURNAMES: Final = (
    ("佐藤", "sato"), ("鈴木", "suzuki"), ("高橋", "takahashi"), ("田中", "tanaka"),
    ("伊藤", "ito"), ("渡辺", "watanabe"), ("山本", "yamamoto"), ("中村", "nakamura"),
    ("小林", "kobayashi"), ("加藤", "kato"), ("吉田", "yoshida"), ("山田", "yamada"),
    ("佐々木", "sasaki"), ("山口", "yamaguchi"), ("松本", "matsumoto"), ("井上", "inoue"),
    ("木村", "kimura"), ("林", "hayashi"), ("斎藤", "saito"), ("清水", "shimizu"),
    ("山崎", "yamazaki"), ("森", "mori"), ("池田", "ikeda"), ("橋本", "hashimoto"),
    ("阿部", "abe"), ("石川", "ishikawa"), ("前田", "maeda"), ("藤田", "fujita"),
    ("小川", "ogawa"), ("岡田", "okada"), ("後藤", "goto"), ("長谷川", "hasegawa"),
    ("村上", "murakami"), ("近藤", "kondo"), ("石井", "ishii"), ("坂本", "sakamoto"),
    ("遠藤", "endo"), ("青木", "aoki"), ("藤井", "fujii"), ("西村", "nishimura"),
    ("福田", "fukuda"), ("太田", "ota"), ("三浦", "miura"), ("岡本", "okamoto"),
    ("髙田", "takada"), ("渡邉", "watanabe"), ("Smith", "smith"), ("Nguyen", "nguyen"),
    ("Müller", "mueller"), ("Tan", "tan"),
)  # fmt: skip

GIVEN_NAMES: Final = (
    ("健太", "kenta"), ("翔太", "shota"), ("大輔", "daisuke"), ("拓也", "takuya"),
    ("直樹", "naoki"), ("浩二", "koji"), ("誠", "makoto"), ("隆", "takashi"),
    ("和也", "kazuya"), ("亮", "ryo"), ("修", "osamu"), ("剛", "tsuyoshi"),
    ("智子", "tomoko"), ("美穂", "miho"), ("由美子", "yumiko"), ("恵", "megumi"),
    ("陽子", "yoko"), ("彩", "aya"), ("真由美", "mayumi"), ("千尋", "chihiro"),
    ("愛", "ai"), ("里奈", "rina"), ("優子", "yuko"), ("香織", "kaori"),
)  # fmt: skip

WESTERN_NAMES: Final = (
    ("Anna", "anna"), ("David", "david"), ("Grace", "grace"), ("Ken", "ken"),
    ("Linh", "linh"), ("Peter", "peter"), ("Wei", "wei"),
)  # fmt: skip

COMPANY_HEADS: Final = (
    ("東雲", "shinonome"), ("青葉", "aoba"), ("北斗", "hokuto"), ("瑞穂野", "mizuhono"),
    ("白樺", "shirakaba"), ("常盤", "tokiwa"), ("若草", "wakakusa"), ("銀河", "ginga"),
    ("双葉", "futaba"), ("若潮", "wakashio"), ("朝凪", "asanagi"), ("飛鳥", "asuka"),
    ("琥珀", "kohaku"), ("千歳", "chitose"), ("松風", "matsukaze"), ("山吹", "yamabuki"),
    ("鳴海", "narumi"), ("霧島", "kirishima"), ("ミナモ", "minamo"), ("サザンカ", "sazanka"),
    ("ツバメ", "tsubame"), ("ハルカゼ", "harukaze"), ("アオゾラ", "aozora"),
    ("ノースリーフ", "northleaf"), ("Blue Heron", "blueheron"), ("Kestrel", "kestrel"),
    ("Lumina", "lumina"), ("Tidewater", "tidewater"),
)  # fmt: skip

COMPANY_TAILS: Final = {
    "manufacturing": (("精機", "seiki"), ("製作所", "works"), ("化成", "kasei")),
    "it": (("システムズ", "systems"), ("ソフト", "soft"), ("データ", "data")),
    "wholesale_retail": (("商事", "shoji"), ("ストア", "store"), ("物産", "bussan")),
    "finance": (("信用保証", "hosho"), ("リース", "lease"), ("キャピタル", "capital")),
    "construction": (("建設", "kensetsu"), ("工務店", "komuten"), ("設備", "setsubi")),
    "logistics": (("運輸", "unyu"), ("ロジスティクス", "logistics"), ("倉庫", "soko")),
    "healthcare": (("メディカル", "medical"), ("薬品", "yakuhin"), ("ケア", "care")),
    "education": (("学園", "gakuen"), ("教育出版", "kyoiku")),
    "public": (("振興機構", "kiko"), ("市民財団", "zaidan")),
}  # fmt: skip

LEGAL_FORMS: Final = (
    ("株式会社{}", 0.46), ("{}株式会社", 0.30), ("(株){}", 0.06), ("有限会社{}", 0.05),
    ("合同会社{}", 0.05), ("{} Co., Ltd.", 0.05), ("{} Inc.", 0.03),
)  # fmt: skip
PUBLIC_FORM: Final = "一般財団法人{}"

FREE_MAIL_DOMAINS: Final = ("gmail.com", "yahoo.co.jp", "outlook.jp", "icloud.com", "hotmail.com")

CHANNEL_WORDS: Final = {
    "organic_search": "自然検索",
    "paid_ad": "Web広告",
    "webinar": "セミナー",
    "exhibition": "展示会",
    "referral": "紹介",
    "partner": "パートナー",
    "list": "リスト",
    "social_ad": "SNS広告",
}
INDUSTRY_WORDS: Final = {
    "manufacturing": "製造業",
    "it": "IT・通信",
    "wholesale_retail": "卸売・小売",
    "finance": "金融",
    "construction": "建設",
    "logistics": "運輸・物流",
    "healthcare": "医療・福祉",
    "education": "教育",
    "public": "官公庁・団体",
}
DEPARTMENT_WORDS: Final = {
    "it": "情報システム",
    "planning": "経営企画",
    "sales": "営業",
    "marketing": "マーケティング",
    "general_affairs": "総務",
    "hr": "人事",
    "manufacturing": "製造",
    "research_and_development": "研究開発",
    "finance": "経理・財務",
}

PAIN_POINTS: Final = (
    "見込み客の優先順位がつけられない",
    "マーケと営業で案件の認識がずれている",
    "引き渡したリードが放置されている",
    "Excelでの管理が限界",
    "展示会で集めた名刺を活用できていない",
    "失注の理由が残らず改善できない",
    "営業の人手が足りず、架電先を絞りたい",
    "レポート作成に毎月3日かかる",
    "Leads are scattered over three tools",
    "No agreed definition of a qualified lead",
)

TIMING_WORDS: Final = {
    1: ("1ヶ月以内", "1か月以内", "1ヶ月以内に導入したい"),
    3: ("3ヶ月以内", "3か月以内", "within 3 months"),
    6: ("半年以内", "6ヶ月以内", "within 6 months"),
    12: ("1年以内", "12ヶ月以内", "within a year"),
}

COMMENTS: Final = {
    "clear_need": ("課題が具体的。デモを提案済み。", "現行ツールへの不満が強い。", ""),
    "right_person": ("決裁者と直接話せた。", "推進役で、社内の体制も決まっている。", ""),
    "right_timing": ("来期の稼働に間に合わせたいとのこと。", "比較検討の最終段階。", ""),
    "budget_secured": ("予算取得済み。見積もりを依頼された。", ""),
    "no_need": ("情報収集のみとのこと。", "資料を見たかっただけ。", ""),
    "too_early": ("検討は来年度以降。", "時期未定。半年後に再度連絡。", ""),
    "no_budget": ("今期の予算なし。", "予算感が合わない。", ""),
    "not_the_right_person": ("担当部署が違う。紹介も難しい。", ""),
    "not_reachable": ("3回架電、不在。", "メールの返信なし。", ""),
    "not_a_fit": ("競合の調査と思われる。", "学生。", ""),
}

SALES_PEOPLE: Final = (
    ("大野 直人", "首都圏"), ("岸 美咲", "首都圏"), ("Chris Walker", "首都圏"),
    ("古川 涼", "首都圏"),
    ("谷口 亜希", "西日本"), ("武田 俊", "西日本"), ("内田 真", "西日本"),
    ("平野 圭", "エンタープライズ"), ("島田 梓", "エンタープライズ"),
    ("福井 聡", "エンタープライズ"),
)  # fmt: skip
"""Name and team."""

TEAM_LABELS: Final = {
    "首都圏": "Tokyo area",
    "西日本": "Western Japan",
    "エンタープライズ": "Enterprise",
}
"""What the teams are called in English."""
