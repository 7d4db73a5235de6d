"""Exports of made-up companies: language, encoding, dates, separator and layout by a seed."""

import csv
import gzip
import io
import random
import string
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

HEADERS = {
    "id": {
        "en": ["Lead ID", "id", "Record ID", "lead_id", "Prospect Id", "ContactNumber"],
        "ja": ["リードID", "ID", "管理番号", "顧客番号", "レコードID", "見込み客コード"],
        "de": ["Lead-ID", "Kontakt ID", "Interessentennummer Nr."],
        "fr": ["Identifiant", "ID prospect", "Numéro de contact"],
        "es": ["ID de contacto", "Código", "Número de prospecto"],
    },
    "created": {
        "en": [
            "Create Date",
            "created_at",
            "Created Time",
            "Date Added",
            "Registration Date",
            "First Contact Date",
            "CreatedDate",
        ],
        "ja": ["作成日", "登録日時", "獲得日", "リード作成日時", "受付日", "問い合わせ日"],
        "de": ["Erstellt am", "Erstellungsdatum", "Angelegt am", "Eingangsdatum"],
        "fr": ["Date de création", "Créé le"],
        "es": ["Fecha de creación", "Fecha de alta", "Fecha de registro"],
    },
    "won_date": {
        "en": [
            "Opportunity Date",
            "Converted Date",
            "Won Date",
            "deal_date",
            "Date Qualified",
            "Opportunity Created",
        ],
        "ja": ["商談化日", "受注日", "成約日", "案件化日時", "契約日"],
        "de": ["Gewonnen am", "Abschlussdatum", "Datum Verkaufschance"],
        "fr": ["Date opportunité", "Date gagnée"],
        "es": ["Fecha oportunidad", "Fecha ganada"],
    },
    "status": {
        "en": ["Status", "Lead Status", "Stage", "deal_stage", "Outcome"],
        "ja": ["ステータス", "リードステータス", "状態", "商談フェーズ", "結果"],
        "de": ["Status", "Phase", "Ergebnis"],
        "fr": ["Statut", "Étape"],
        "es": ["Estado", "Etapa"],
    },
    "flag": {
        "en": ["Converted", "IsWon", "Customer", "is_converted"],
        "ja": ["成約", "受注フラグ", "商談化"],
        "de": ["Gewonnen"],
        "fr": ["Gagné"],
        "es": ["Ganado"],
    },
    "closed": {
        "en": ["Close Date", "Closed At"],
        "ja": ["完了日", "クローズ日"],
        "de": ["Abschlussdatum"],
        "fr": ["Fermé le"],
        "es": ["Fecha de cierre"],
    },
    "type": {
        "en": ["Activity Type", "event", "Event Name", "action"],
        "ja": ["行動種別", "アクション", "活動種別"],
        "de": ["Aktivität", "Typ"],
        "fr": ["Activité", "Événement"],
        "es": ["Actividad", "Evento"],
    },
    "at": {
        "en": ["Activity Date", "timestamp", "occurred_at", "Date"],
        "ja": ["発生日時", "日時", "活動日"],
        "de": ["Zeitstempel Datum", "Datum"],
        "fr": ["Date", "Heure"],
        "es": ["Fecha", "Fecha y hora"],
    },
    "email": {
        "en": ["Email", "E-mail Address"],
        "ja": ["メールアドレス", "Eメール"],
        "de": ["E-Mail"],
        "fr": ["Courriel", "E-mail"],
        "es": ["Correo electrónico"],
    },
    "name": {
        "en": ["Full Name", "Last Name", "contact_name"],
        "ja": ["氏名", "お名前"],
        "de": ["Nachname"],
        "fr": ["Nom"],
        "es": ["Apellidos", "Nombre"],
    },
    "company": {
        "en": ["Company", "Company Name", "organization"],
        "ja": ["会社名", "企業名"],
        "de": ["Firma", "Unternehmen"],
        "fr": ["Société", "Entreprise"],
        "es": ["Empresa"],
    },
    "phone": {
        "en": ["Phone", "mobile"],
        "ja": ["電話番号"],
        "de": ["Telefon"],
        "fr": ["Téléphone"],
        "es": ["Teléfono"],
    },
    "channel": {
        "en": ["Lead Source", "Channel", "Original Source", "utm_source"],
        "ja": ["流入元", "獲得チャネル", "リードソース"],
        "de": ["Quelle", "Kanal"],
        "fr": ["Origine", "Canal"],
        "es": ["Origen", "Fuente"],
    },
    "industry": {
        "en": ["Industry", "sector"],
        "ja": ["業種"],
        "de": ["Branche"],
        "fr": ["Secteur"],
        "es": ["Industria"],
    },
    "company_size": {
        "en": ["Number of Employees", "employees", "Company Size"],
        "ja": ["従業員数"],
        "de": ["Mitarbeiter"],
        "fr": ["Effectif"],
        "es": ["Empleados"],
    },
    "job_title": {
        "en": ["Job Title", "Position"],
        "ja": ["役職", "職位"],
        "de": ["Funktion"],
        "fr": ["Fonction", "Poste"],
        "es": ["Cargo", "Puesto"],
    },
    "purchase_timing": {
        "en": ["Purchase Timing", "Timeframe"],
        "ja": ["導入時期"],
        "de": ["Zeitplan"],
        "fr": ["Échéance"],
        "es": ["Plazo"],
    },
    "owner": {
        "en": ["Lead Owner", "Owner", "sales_rep"],
        "ja": ["担当者", "営業担当", "リード所有者"],
        "de": ["Zuständig"],
        "fr": ["Propriétaire"],
        "es": ["Propietario"],
    },
    "lost_reason": {
        "en": ["Lost Reason", "Closed Lost Reason"],
        "ja": ["失注理由"],
        "de": ["Verlustgrund"],
        "fr": ["Raison de perte"],
        "es": ["Motivo de pérdida"],
    },
    "won_amount": {
        "en": ["Amount Won", "Contract Value", "ARR"],
        "ja": ["受注金額", "契約金額"],
        "de": ["Auftragswert"],
        "fr": ["Montant gagné"],
        "es": ["Importe ganado"],
    },
    "webinar": {
        "en": ["Last Webinar Date", "Webinar Date"],
        "ja": ["セミナー参加日"],
        "de": ["Webinar am"],
        "fr": ["Date du webinar"],
        "es": ["Fecha del webinar"],
    },
    "updated": {
        "en": ["Last Modified Date", "updated_at"],
        "ja": ["更新日時", "最終更新日"],
        "de": ["Geändert am"],
        "fr": ["Modifié le"],
        "es": ["Modificado el"],
    },
    "note": {
        "en": ["Notes", "Comments"],
        "ja": ["備考", "メモ"],
        "de": ["Notizen"],
        "fr": ["Commentaire"],
        "es": ["Comentario"],
    },
}
WORDS = {
    "won": {"en": "Closed Won", "ja": "受注", "de": "Gewonnen", "fr": "Gagnée", "es": "Ganada"},
    "lost": {"en": "Lost", "ja": "失注", "de": "Verloren", "fr": "Perdue", "es": "Perdida"},
    "open": {
        "en": "Working",
        "ja": "対応中",
        "de": "In Arbeit",
        "fr": "En cours",
        "es": "En curso",
    },
    "new": {"en": "New", "ja": "新規", "de": "Neu", "fr": "Nouveau", "es": "Nueva"},
    "visit": {
        "en": "Page Visit",
        "ja": "サイト訪問",
        "de": "Besuch",
        "fr": "Visite",
        "es": "Visita",
    },
    "download": {
        "en": "Download",
        "ja": "資料ダウンロード",
        "de": "Download",
        "fr": "Téléchargement",
        "es": "Descarga",
    },
    "webinar": {
        "en": "Webinar",
        "ja": "セミナー参加",
        "de": "Webinar",
        "fr": "Webinar",
        "es": "Webinar",
    },
    "converted": {
        "en": "Converted",
        "ja": "商談化",
        "de": "Gewonnen",
        "fr": "Gagnée",
        "es": "Ganada",
    },
    "yes": {"en": "Yes", "ja": "はい", "de": "Ja", "fr": "Oui", "es": "Sí"},
    "no": {"en": "No", "ja": "いいえ", "de": "Nein", "fr": "Non", "es": "No"},
}
DATES = {
    "iso": "%Y-%m-%d %H:%M:%S",
    "slash": "%Y/%m/%d %H:%M",
    "day": "%Y-%m-%d",
    "day_first": "%d/%m/%Y %H:%M",
    "month_first": "%m/%d/%Y %H:%M",
    "dots": "%d.%m.%Y",
    "kanji": "%Y年%m月%d日",
    "iso_zone": "%Y-%m-%dT%H:%M:%S+00:00",
}
LANGUAGES = {
    "en": (
        ("utf-8", "utf-8-sig", "utf-16"),
        ("iso", "slash", "day", "day_first", "month_first", "iso_zone"),
    ),
    "ja": (("cp932", "utf-8", "utf-8-sig", "utf-16"), ("iso", "slash", "day", "kanji", "iso_zone")),
    "de": (("utf-8", "utf-8-sig", "cp1252"), ("dots", "day_first", "iso")),
    "fr": (("utf-8", "utf-8-sig", "cp1252"), ("day_first", "iso", "day")),
    "es": (("utf-8", "utf-16", "cp1252"), ("day_first", "day")),
}
LAYOUTS = ("dates", "status", "status_closed", "flag", "deals", "log", "log_alone")
ATTRIBUTES = ("channel", "industry", "company_size", "job_title", "purchase_timing")
PEOPLE = ("email", "name", "company", "phone")


@dataclass
class Company:
    """Files of one company, and what each column is: (file, header) -> role and its name."""

    seed: int
    layout: str
    language: str
    truth: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    key: str = ""
    created: str = ""
    outcome: tuple[str, str] = ("", "")


def make_company(folder: Path, seed: int, n: int = 260) -> Company:
    """Write the files of a company into a folder and say what is what."""
    return _Maker(folder, seed, n).make()


class _Maker:
    def __init__(self, folder: Path, seed: int, n: int) -> None:
        self.folder, self.seed, self.n = folder, seed, n
        self.draw = random.Random(seed)
        self.language = self.draw.choice(("en", "en", "ja", "ja", "de", "fr", "es"))
        encodings, dates = LANGUAGES[self.language]
        self.encoding = self.draw.choice(encodings)
        self.date_format = DATES[self.draw.choice(dates)]
        self.separator = self.draw.choice(",,;\t")
        self.company = Company(seed, LAYOUTS[seed % len(LAYOUTS)], self.language)
        self.used: set[str] = set()
        begin = datetime(2024, 1, 1)
        self.created = sorted(
            begin + timedelta(minutes=self.draw.randrange(500 * 1440)) for _ in range(n)
        )
        style = self.draw.choice(("numbers", "hex", "letters"))
        self.ids = [self._id(style, at) for at in range(n)]
        self.won = [self.draw.random() < 0.25 for _ in range(n)]
        self.lost = [not w and self.draw.random() < 0.5 for w in self.won]
        self.ends = [c + timedelta(days=self.draw.randrange(2, 50)) for c in self.created]

    def make(self) -> Company:
        """Write everything."""
        layout = self.company.layout
        if layout != "log_alone":
            self._leads(layout)
        if layout in ("log", "log_alone"):
            self._log(alone=layout == "log_alone")
        if layout == "deals":
            self._deals()
        return self.company

    def _id(self, style: str, at: int) -> str:
        if style == "numbers":
            return str(70_000 + at * 3)
        if style == "hex":
            return "".join(self.draw.choice("0123456789abcdef") for _ in range(24))
        return "L-" + "".join(
            self.draw.choice(string.ascii_uppercase + "0123456789") for _ in range(8)
        )

    def _header(self, what: str) -> str:
        choices = [h for h in HEADERS[what][self.language] if h not in self.used]
        header = self.draw.choice(choices or [HEADERS[what][self.language][0] + " 2"])
        self.used.add(header)
        return header

    def _time(self, at: datetime) -> str:
        return at.strftime(self.date_format)

    def _word(self, what: str) -> str:
        return WORDS[what][self.language]

    def _leads(self, layout: str) -> None:
        columns: dict[str, list[str]] = {}
        roles: dict[str, tuple[str, str]] = {}

        def add(what: str, values: list[str], role: str, named: str = "") -> str:
            header = self._header(what) if what in HEADERS else what
            columns[header], roles[header] = values, (role, named)
            return header

        self.key_header = add("id", self.ids, "id")
        self.company.key = self.key_header
        self.company.created = add("created", [self._time(c) for c in self.created], "created")
        self._attributes(add)
        self._outcome(add, layout)
        self._junk(add)
        order = list(columns)
        first, rest = order[:1], order[1:]
        self.draw.shuffle(rest)
        if self.draw.random() < 0.3:
            rest.insert(self.draw.randrange(len(rest)), first.pop())
        self._write("leads", [*first, *rest], columns, roles)
        if layout in ("dates", "status", "status_closed", "flag"):
            self.company.outcome = (self.leads_file, self.outcome_header)

    def _attributes(self, add) -> None:  # type: ignore[no-untyped-def]
        values = {
            "channel": ["search", "expo", "referral", "ads"],
            "industry": ["IT", "retail", "manufacturing", "finance", "logistics"],
            "company_size": [str(x) for x in (5, 12, 40, 80, 150, 400, 1200, 5000)],
            "job_title": ["部長", "課長", "担当"]
            if self.language == "ja"
            else ["Director", "Manager", "Staff"],
            "purchase_timing": ["3ヶ月以内", "未定", "半年以内"]
            if self.language == "ja"
            else ["within 3 months", "undecided", "this year"],
        }
        for name in self.draw.sample(ATTRIBUTES, self.draw.randint(2, 5)):
            gaps = self.draw.choice((0, 0.1, 0.4))
            blank = self.draw.choice(("", "-", "N/A", "選択なし" if self.language == "ja" else ""))
            given = [
                blank if self.draw.random() < gaps else self.draw.choice(values[name])
                for _ in range(self.n)
            ]
            add(name, given, "attribute", name)
        for name in self.draw.sample(PEOPLE, self.draw.randint(0, 4)):
            add(name, [self._person(name, at) for at in range(self.n)], "personal data", name)
        if self.draw.random() < 0.6:
            reps = ["Sato", "Suzuki", "Smith", "Weber", "Martin"]
            add("owner", [self.draw.choice(reps) for _ in range(self.n)], "owner")
        if self.draw.random() < 0.4:
            add(
                "webinar",
                [
                    self._time(c + timedelta(days=self.draw.randrange(1, 9)))
                    if self.draw.random() < 0.3
                    else ""
                    for c in self.created
                ],
                "behaviour",
                "webinar",
            )

    def _person(self, name: str, at: int) -> str:
        who = "".join(self.draw.choice(string.ascii_lowercase) for _ in range(7))
        return {
            "email": f"{who}@{who[:4]}.example",
            "name": who.title(),
            "company": f"{who[:4].title()} Inc",
            "phone": f"03-{at:04d}-{self.draw.randrange(10_000):04d}",
        }[name]

    def _outcome(self, add, layout: str) -> None:  # type: ignore[no-untyped-def]
        ends, won, lost = self.ends, self.won, self.lost
        if layout == "dates":
            given = [self._time(e) if w else "" for e, w in zip(ends, won, strict=True)]
            self.outcome_header = add("won_date", given, "outcome")
        elif layout in ("status", "status_closed"):
            words = [
                self._word("won" if w else "lost" if x else self.draw.choice(("open", "new")))
                for w, x in zip(won, lost, strict=True)
            ]
            self.outcome_header = add("status", words, "outcome")
            if layout == "status_closed":
                closed = [
                    self._time(e) if w or x else "" for e, w, x in zip(ends, won, lost, strict=True)
                ]
                add("closed", closed, "outcome")
        elif layout == "flag":
            yes, no = self.draw.choice(
                (("1", "0"), ("TRUE", "FALSE"), (self._word("yes"), self._word("no")))
            )
            self.outcome_header = add("flag", [yes if w else no for w in won], "outcome")

    def _junk(self, add) -> None:  # type: ignore[no-untyped-def]
        n, draw = self.n, self.draw
        junk = [
            ("Row", [str(at + 1) for at in range(n)], "left out"),
            ("system_flag", ["v2"] * n, "left out"),
            ("x_legacy", [""] * n, "left out"),
            (
                "checksum",
                ["".join(draw.choice("0123456789abcdef") for _ in range(32)) for _ in range(n)],
                "left out",
            ),
            ("updated", [self._time(e + timedelta(days=60)) for e in self.ends], "left out"),
            (
                "note",
                [
                    f"note {draw.randrange(10**6)} text" if draw.random() < 0.5 else ""
                    for _ in range(n)
                ],
                "leak suspect",
            ),
            (
                "lost_reason",
                [draw.choice(("price", "timing")) if x else "" for x in self.lost],
                "leak suspect",
            ),
            (
                "won_amount",
                [str(draw.randrange(1000, 9000)) if w else "" for w in self.won],
                "leak suspect",
            ),
        ]
        for what, values, role in draw.sample(junk, draw.randint(2, 6)):
            add(what, values, role)

    def _log(self, *, alone: bool) -> None:
        rows: list[tuple[datetime, str, str]] = []
        for lead, created, won, end in zip(
            self.ids, self.created, self.won, self.ends, strict=True
        ):
            for _ in range(self.draw.randrange(1, 7)):
                at = created + timedelta(minutes=self.draw.randrange(1, 40_000))
                rows.append(
                    (at, lead, self._word(self.draw.choice(("visit", "download", "webinar"))))
                )
            if won:
                rows.append((end, lead, self._word("converted")))
        rows.sort()
        header = self.key_header if not alone and self.draw.random() < 0.5 else None
        header = header or self.draw.choice(
            HEADERS["id"][
                "en" if self.language == "en" else "ja" if self.language == "ja" else self.language
            ]
        )
        kind, at = self._header("type"), self._header("at")
        columns = {
            header: [lead for _, lead, _ in rows],
            kind: [what for _, _, what in rows],
            at: [self._time(when) for when, _, _ in rows],
        }
        roles = {
            header: ("id", ""),
            at: ("created" if alone else "time of events", ""),
            kind: ("outcome", ""),
        }
        name = self._write("activities", list(columns), columns, roles)
        self.company.outcome = (name, kind)
        if alone:
            self.company.key, self.company.created = header, at

    def _deals(self) -> None:
        who = [at for at in range(self.n) if self.won[at] or self.lost[at]]
        header = self.draw.choice((self.key_header, HEADERS["id"][self.language][0]))
        status, closed = self._header("status"), self._header("closed")
        columns = {
            "Deal Nr": [str(900_000 + at) for at in who],
            header: [self.ids[at] for at in who],
            status: [self._word("won" if self.won[at] else "lost") for at in who],
            closed: [self._time(self.ends[at]) for at in who],
        }
        roles = {
            "Deal Nr": ("leak suspect", ""),
            header: ("id", ""),
            status: ("outcome", ""),
            closed: ("outcome", ""),
        }
        self.company.outcome = (self._write("deals", list(columns), columns, roles), status)

    def _write(
        self,
        stem: str,
        order: list[str],
        columns: dict[str, list[str]],
        roles: dict[str, tuple[str, str]],
    ) -> str:
        name = f"{stem}_2025{self.draw.randrange(1, 13):02d}.csv"
        text = io.StringIO()
        out = csv.writer(text, delimiter=self.separator)
        if self.draw.random() < 0.15:
            out.writerow(["Report", "", ""][: len(order)])
        out.writerow(order)
        out.writerows(zip(*(columns[h] for h in order), strict=True))
        data = text.getvalue().encode(self.encoding, errors="replace")
        if self.draw.random() < 0.1:
            name += ".gz"
            data = gzip.compress(data)
        (self.folder / name).write_bytes(data)
        if stem == "leads":
            self.leads_file = name
        for header in order:
            self.company.truth[name, header] = roles[header]
        return name
