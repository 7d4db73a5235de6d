"""Words by which headers and values tell what they are, in the languages exports come in.

Patterns are tried on :func:`plain_header`: small letters without accents, words apart. To teach
another language or product a word, add it to its line; nothing else knows words.
"""

import re
import unicodedata

from features.core.text import Text


def plain_header(header: str) -> str:
    """A header in small letters without accents, words set apart by one space."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFKC", header))
    bare = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text))
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", bare).casefold()).strip()


def _word(latin: str, japanese: str = "") -> re.Pattern[str]:
    return re.compile(rf"\b(?:{latin})\b" + (f"|{japanese}" if japanese else ""))


ID = _word(
    "ids?|key|code|guid|uuid|number(?! of)|no(?! of)|nr|num(?! of)|nummer|kennung|identifiant|"
    "numero|codigo|identificador|ref|case|vid",
    "番号|コード|識別|管理no|[ぁ-んァ-ヶー一-龠]id\\b",
)
LEAD = _word(
    r"leads?|prospects?|mql|contacts?|kontakt\w*|interessent\w*|candidats?|contactos?|inquiry|"
    r"opportunit(y|ies)|applicants?|applications?|records?|cases?",
    "リード|見込|コンタクト|顧客|問い?合わ?せ|レコード",
)
LEADS_FILE = _word(
    r"(my |all |raw |new )?(leads?|prospects?)( list| export)?", "リード(一覧)?|見込み?客(一覧)?"
)
"""What a file of leads is called."""
WHO = _word(r"(user|visitor|client|customer|member)( pseudo)? id|device id", "ユーザーid|会員番号")
"""Names who did something, in a log of events."""
CREATED = _word(
    r"created?|created (at|on|date|time)|createdate|creation|registered|registration|sign ?up|"
    r"first contact|inquiry date|entry date|lead date|engage date|acquired|opened?|date added|"
    r"received|erstellt\w*|erstellungsdatum|angelegt\w*|anlagedatum|eingangsdatum|cree|"
    r"date d entree|creado|fecha de (alta|registro)",
    "作成日|作成時|登録日|登録時|獲得日|受付日|発生日|問い?合わ?せ日|流入日|初回接触|起票日",
)
UPDATED = _word(
    r"(last )?(modified|updated?)( at| on| date| time)?|lastmodifieddate|geandert\w*|"
    r"aktualisiert\w*|"
    r"(last|latest) \w*( \w+)? ?(activity|contacted|viewed|login|visit)|derniere \w+|modifie|"
    r"letzte \w+|ultima \w+|modificado|exported?|synced|sync\w*",
    "更新日|更新時|変更日|最終|出力日|同期",
)
TIME = _word(
    r"dates?|at|on|time|timestamp|datum|day|zeit|heure|fecha|am|le", "日$|日時|時刻|日付|年月日"
)
WON = _word(
    r"won|win|converted|(?<!first )(?<!recent )conversion|customer|signed|sold|approved|"
    r"activated|registered|success|"
    r"konvertiert|converti[es]?|convertid[oa]|"
    r"gewonnen|abschluss\w*|auftrag\w*|gagnee?|conclue?|ganad[oa]|cerrada ganada|purchased?|"
    r"contract(ed)?|closed won|close convert lead|buy|buyer|bought|subscri(bed|ption)|enrol(l)?ed",
    "受注|成約|契約|顧客化|入会|購入",
)
TARGET = _word(r"y|target|label|response|class")
"""What tables made for learning call the result."""
OPPORTUNITY = _word(
    r"opportunit(y|ies)|deals?|qualif(y|ied)|sql|meeting booked|opportunite|oportunidad|"
    r"verkaufschance\w*|chance",
    "商談|案件化|アポ|見込みあり",
)
ON_THE_WAY = _word(
    r"(qualified|ready|about|likely) to (buy|sign|purchase|close)|decision maker bought in|"
    r"contract (sent|out|drafted|review|negotiation|pending|preparation)|"
    r"purchas(e|ing) (process|decision)|verbal(ly)? \w+",
    "(契約|受注|成約|購入)(書送付|書確認|交渉|準備|検討|見込|予定|前|手続)",
)
"""Stages of deals that sound like their end and are not."""
QUALIFIED = _word(r"qualif(y|ied)|sql")
"""What comes before a deal, where both have a day."""
LOST = _word(
    r"lost|declined|rejected|cancell?ed|unqualified|disqualif(y|ied)|dead|not converted|"
    r"close unconvert lead|"
    r"verloren|perdue?|perdid[oa]|churned",
    "失注|見送り|対象外|却下|キャンセル|失効|見込みなし",
)
DEALT = _word(
    r"deals?|opportunit(y|ies)|amounts?|prices?|revenue|payments?|invoices?|orders?|contracts?|"
    r"quotes?",
    "商談|案件|金額|受注|失注|契約|見積|請求|注文|売上",
)
"""Names of files and columns of what leads became."""
STATUS = _word(
    r"status|stage|state|phase|etape|statut|estado|etapa|outcome|result\w*|ergebnis|lifecycle",
    "ステータス|状態|フェーズ|段階|ステージ|結果|状況",
)
TYPE = _word(
    r"type|activity|event|events|action|behaviou?r|what|kind|typ|aktion|aktivitat|activite|"
    r"evenement|actividad|evento|event name",
    "種別|種類|行動|イベント|アクション|活動",
)
MEMBER_STATUS = _word("(campaign )?member status", "メンバーの?(状況|状態|ステータス)")
"""What a member of a campaign did about it: never a result, though a word may sound like one."""
OF_WHAT = _word(
    r"(deal|opportunity|account|company|customer|client|lead|contact|product|business|payment) "
    r"(type|kind)",
    "(商談|取引|案件|顧客|会社|企業|リード|製品|商品)の?(種別|種類)",
)
"""Kinds of things, which tell nothing that happened."""
JUDGED = _word(
    r"tags?|score|scoring|quality|grade|rating|index|profile|probability|success rate|"
    r"forecast|priority|bewertung|notes?|memo|comments?|remarks?|next step|lost reason|"
    r"loss reason|reason|amount won|close value|deal (value|amount)|"
    r"(expected|weighted|est|estimated) (revenue|value|amount|[am]rr)|"
    r"(days|hours|time) (in|at|since) (the )?(current |last |this )?(stage|status|phase)|"
    r"days (open|to close)|sales cycle( days)?|(call |contact )?duration( (sec|seconds|min))?|"
    r"verlustgrund|notiz\w*|commentaire|raison|motivo|"
    r"comentario|puntuacion|punkte",
    "スコア|確度|評価|品質|ランク|備考|メモ|失注理由|理由|受注額|受注金額|契約金額|見込金額|見込売上|期待売上|予想売上|(期待|予想|推定)収益|確率|確信度|成功率|滞留日数|優先度",
)
ATTENDANCE = _word(
    r"attended|attendance( status)?|participated|participation|showed up|no show|teilgenommen|"
    r"teilnahme|present",
    "出席|出欠|参加|来場|受講",
)
CAME = frozenset(
    ["attended", "present", "participated", "showed up", "出席", "参加", "来場", "受講"]
)
STAYED_AWAY = frozenset(
    [
        *("no show", "no-show", "absent", "registered", "cancelled", "canceled", "declined"),
        *("欠席", "不参加", "未参加", "未来場", "未受講"),
        *("キャンセル", "申込", "申込済", "申込のみ"),
    ]
)
"""What tables of seminars say of those who registered, besides yes and no."""
LIFECYCLE_DONE = ("COMPLETE", "complete", "Complete", "COMPLETED", "完了")

_ITSELF = r"(?! (segment|type|tier|categor\w*|class|group|status|stage|kind|region|age))"
"""After a company: what follows says of what kind it is, not which."""

PERSON = {
    "email": _word(r"e ?mail( address)?|mail|correo( electronico)?|courriel", "メール|eメール"),
    "phone": _word(r"phone( number)?|tel|mobile|telefon\w*|telephone", "電話|携帯|tel"),
    "name_kana": _word(
        r"(name |first name |last name )?(kana|furigana|phonetic)",
        "^(?!.*(会社|企業|法人|社名|住所)).*(フリガナ|ふりがな|よみがな|読み仮名|カナ(?!ダ))",
    ),
    "company": _word(
        rf"company{_ITSELF}( name)?|account name|organi[sz]ation|firma|unternehmen|societe|"
        r"entreprise|empresa",
        "会社名|企業名|法人名|貴社名|^会社$",
    ),
    "name": _word(
        r"(full |first |last |contact |sur|given |family )?name|firstname|lastname|vorname|"
        r"nachname|nom|prenom|nombre|apellidos?",
        "氏名|お名前|^姓$|^名$|^名前|担当者名$",
    ),
    "address": _word(
        r"address|street|zip|postal( code)?|postcode|fax|birth\w*|strasse|plz|adresse|direccion",
        "住所|郵便|番地|fax|生年月日",
    ),
}
OWNER = _word(
    r"(lead |contact |account |deal )?owner( id| name)?|sales (rep|agent|person)|salesperson|"
    r"assigned to|rep|agent|s[dr]r id|hubspot owner id|besitzer|zustandig\w*|vertriebler|"
    r"proprietaire|commercial|propietario|vendedor|resource",
    "所有者|(?<!先方)(?<!ご)(?<!客様)担当者|営業担当|担当営業",
)
TEAM = _word(r"team|sales team|equipe|equipo", "担当チーム|営業所|チーム")
ACCOUNT = _word(
    rf"(account|company|organi[sz]ation){_ITSELF}( id)?|(customer|client) id|associatedcompanyid|"
    r"kundennummer|id societe|id empresa|firmen id",
    "企業id|取引先|会社id|法人番号|企業コード",
)
BLANKS = frozenset(
    [
        "select",
        "please select",
        "none selected",
        "n/a",
        "na",
        "#n/a",
        "null",
        "none",
        "nan",
        "-",
        "--",
        "—",
        "(none)",
        "(blank)",
        "k.a.",
        "選択なし",
        "選択してください",
        "未選択",
        "未入力",
        "未設定",
        "未定義",
        "(空白)",
    ]
)
YES = frozenset(
    [
        "1",
        "yes",
        "y",
        "true",
        "t",
        "ja",
        "oui",
        "si",
        "sí",
        "はい",
        "有",
        "あり",
        "○",
        "◯",
        "済",
        "wahr",
        "vrai",
        "verdadero",
        "won",
        "x",
    ]
)
NO = frozenset(
    [
        "0",
        "no",
        "n",
        "false",
        "f",
        "nein",
        "non",
        "いいえ",
        "無",
        "なし",
        "×",
        "未",
        "falsch",
        "faux",
        "falso",
        "lost",
        "-",
    ]
)

CHANNEL = _word(
    r"(lead |original |traffic |utm )?source|channel|origin|medium|kanal|quelle|canal|origine|"
    r"fuente|origen|lead origin|leadquelle",
    "チャネル|流入元|経路|リードソース|発生元|媒体",
)
ATTRIBUTES: tuple[tuple[str, str, re.Pattern[str], Text], ...] = (
    ("channel", "category", CHANNEL,
        Text(ja="獲得チャネル", en="Channel")),
    ("company_size", "company_size", _word(
        r"employees?|company size|headcount|mitarbeiter\w*|effectifs?|empleados|"
        r"no of employees|numemployees", "従業員|社員数|会社規模|企業規模"),
        Text(ja="従業員数", en="Employees")),
    ("job_title", "job_title", _word(
        r"(job )?title|position|job|designation|titel|funktion|fonction|poste|cargo|puesto",
        "役職|職位|肩書"), Text(ja="役職", en="Job title")),
    ("department", "category", _word(
        r"department|abteilung|service|departement|departamento", "部署|部門|所属"),
        Text(ja="部署", en="Department")),
    ("purchase_timing", "purchase_timing", _word(
        r"(purchase |buying |implementation )?(timing|timeframe|timeline)|zeitplan|"
        r"kaufzeitpunkt|echeance|plazo", "導入時期|導入予定|検討時期|購入時期"),
        Text(ja="導入時期", en="Purchase timing")),
    ("budget", "money", _word("budget|presupuesto", "予算"), Text(ja="予算", en="Budget")),
    ("annual_revenue", "money", _word(
        r"(?<!expected )(?<!weighted )(?<!forecast )(?<!est )(?<!estimated )(annual )?revenue|"
        r"turnover|umsatz|chiffre d affaires|facturacion", "年商|(?<!見込)(?<!期待)(?<!予想)売上"),
        Text(ja="売上高", en="Revenue")),
    ("decision_maker", "boolean", _word(
        r"decision maker|entscheider|decideur|decisor", "決裁"),
        Text(ja="決裁者", en="Decision maker")),
    ("industry", "category", _word(
        r"industry|sector|branche|secteur|industria", "業種|業界"),
        Text(ja="業種", en="Industry")),
    ("country", "category", _word(r"country|land|pays|pais|office location", "^国|国名"),
     Text(ja="国", en="Country")),
    ("city", "category", _word(r"city|stadt|ville|ciudad", "市区町村|都市"),
     Text(ja="市区町村", en="City")),
    ("region", "category", _word(r"region|prefecture|state province", "都道府県|地域|エリア"),
     Text(ja="地域", en="Region")),
    ("pain_point", "free_text", _word(
        r"pain points?|challenges?|message|herausforderung|besoin|necesidad",
        "課題|お困り|ご要望|内容"),
        Text(ja="課題", en="Pain point")),
)  # fmt: skip
"""Attributes of the field: name, kind, header, label; the first that fits a header is taken."""

BEHAVIOURS: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("unsubscribe", -15, _word(r"unsubscribed?|opt ?out|abgemeldet|desabonne|baja",
        "配信停止|解除")),
    ("consultation_request", 20, _word(
        r"consult\w*|quote|quotation|estimate|demo( request)?|trial|angebot|devis|presupuesto",
        "相談|見積|デモ|トライアル|商談の?(予約|申し?込)")),
    ("webinar", 10, _word(
        r"webinars?|seminars?|event attended|attended|conference|seminario|séminaire",
        "セミナー|ウェビナー|イベント|展示会|カンファレンス|説明会")),
    ("document_download", 5, _word(
        r"downloads?|downloaded|white ?paper|e ?book|brochure|telechargement|descarga",
        "資料|ダウンロード|ホワイトペーパー")),
    ("inquiry", 15, _word(
        r"inquiry|enquiry|form( submit\w*| submission| filled)?|contact(ed)? us|anfrage|"
        r"formulaire|consulta", "問い?合わ?せ|フォーム")),
    ("pricing_page_visit", 5, _word(r"pricing( page)?|preisseite|tarifs?|precios", "料金")),
    ("email_click", 3, _word(r"(e ?mail )?click(ed|s)?|klick|clic", "クリック")),
    ("email_open", 1, _word(r"(e ?mail )?open(ed|s)?|geoffnet|ouvert\w*|abierto", "開封")),
    ("page_visit", 1, _word(
        r"(page|site|web) ?(visit|view)s?|visits?|pageview|besuch|visite|visita", "訪問|閲覧")),
)  # fmt: skip
"""Behaviours of the article with their points: name, points, words."""


def behaviour_named(text: str) -> tuple[str, int] | None:
    """The behaviour that a text names, with its points; None if it names none."""
    plain = plain_header(text)
    return next(((name, n) for name, n, words in BEHAVIOURS if words.search(plain)), None)


FIELD = _word(
    r"(field|property|attribute)( name| label)?|name|feld(name)?|champ|campo|edited field",
    "プロパティ|項目|フィールド|属性",
)
"""Names what changed, in a history of changes."""
OLD_VALUE = _word(
    r"(old|previous|before|prior)( value)?|alter wert|ancienne( valeur)?|(valor )?anterior",
    "変更前|旧|以前",
)
NEW_VALUE = _word(
    r"(new )?value|new|after|(neuer )?wert|(nouvelle )?valeur|(nuevo )?valor", "変更後|新|値"
)
HANDED_OVER = _word(
    r"hand(ed)?[ -]?over( at| on| date)?|passed to sales( at| on)?|(became a )?marketing qualified "
    r"lead date|mql (date|at|on)|assigned to sales( at| on)?|ubergabe\w*|ubergeben am|"
    r"transmis( le)?|fecha de traspaso|traspasado",
    "引き渡し|引渡|トスアップ|営業連携",
)
"""When a lead was passed to sales."""
ACCEPTED = _word(r"accepted|sal|angenommen|accepte|aceptad[oa]", "受け?入れ|受領|有効|承認")
RETURNED = _word(
    r"returned|rejected|sent back|recycled|zuruckgegeben|abgelehnt|renvoye|refuse|devuelt[oa]|"
    r"rechazad[oa]",
    "差し?戻し|返却|対象外|却下|無効",
)
PROPENSITY = _word(r"propensity|(draw|selection|assignment) (probability|chance)", "抽出確率")
HANDED_OVER_BY = {
    "rulebook": "rulebook",
    "rules": "rulebook",
    "ルールブック": "rulebook",
    "ルール": "rulebook",
    "model": "model",
    "モデル": "model",
    "person": "person",
    "manual": "person",
    "手動": "person",
    "exploration": "exploration",
    "random": "exploration",
    "お試し": "exploration",
}
"""Who decided a hand-over, by the words exports have for it."""

SALES = _word(
    r"call(ed)?|anruf|appel|llamada|meeting|task|nabellen|sales email|sent",
    "架電|電話|訪問営業|商談|送信済",
)
"""What sales did and not the lead."""
