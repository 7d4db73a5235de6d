"""Which words name a department, in titles and in department fields.

In the plain form of :func:`features.reading.plain.plain`; the first word of a text decides, and of
two at one place the longer: 生産管理 is manufacturing, 管理部 is general affairs.
"""

from features.reading.job_title import Department
from features.reading.plain import words

# Titles that imply their department when none is named beside them.
IMPLIED_DEPARTMENTS: dict[str, Department] = {
    "chief executive": Department.MANAGEMENT,
    "chief executive officer": Department.MANAGEMENT,
    "ceo": Department.MANAGEMENT,
    "cfo": Department.FINANCE,
    "cto": Department.RESEARCH_AND_DEVELOPMENT,
    "vpoe": Department.RESEARCH_AND_DEVELOPMENT,
    "cio": Department.IT,
    "ciso": Department.IT,
    "cdo": Department.IT,
    "cmo": Department.MARKETING,
    "chro": Department.HR,
    "coo": Department.OPERATIONS,
    "cro": Department.SALES,
    "clo": Department.LEGAL,
    "general counsel": Department.LEGAL,
    "工場長": Department.MANUFACTURING,
    "研究所長": Department.RESEARCH_AND_DEVELOPMENT,
    "事務長": Department.GENERAL_AFFAIRS,
    "事務局長": Department.GENERAL_AFFAIRS,
}

DEPARTMENT_WORDS: dict[Department, tuple[str, ...]] = {
    Department.SALES: words(
        "営業, 販売, セールス, sales, business development, account manager, sdr, bdr, "
        "account executive, key account, revenue, commercial"
    ),
    Department.MARKETING: words(
        "マーケティング, マーケ, 販促, 販売促進, 宣伝, ブランド, marketing, marketer, brand, "
        "demand generation, lead generation, growth, web, seo, advertising"
    ),
    Department.PUBLIC_RELATIONS: words(
        "広報, 渉外, ir, pr, public relations, communications, investor relations"
    ),
    Department.CUSTOMER_SERVICE: words(
        "カスタマーサクセス, カスタマーサポート, カスタマーサービス, カスタマー, "
        "コールセンター, サポート, お客様, 顧客, アフターサービス, 保守, customer success, "
        "customer service, customer support, customer experience, customer care, support, "
        "call center"
    ),
    Department.IT: words(
        "情報システム, 情報, システム, 情シス, it, ict, dx, デジタル, ネットワーク, インフラ, "
        "セキュリティ, information technology, information security, systems, system, "
        "digital, digital transformation, infrastructure, network, programmer, security, "
        "chief information, se"
    ),
    Department.RESEARCH_AND_DEVELOPMENT: words(
        "研究, 開発, 技術, 設計, 技師, r&d, rd, research, development, engineering, engineer, "
        "technology, software, developer, design engineering, technical"
    ),
    Department.MANUFACTURING: words(
        "製造, 生産, 工場, 製作, manufacturing, production, plant, factory"
    ),
    Department.QUALITY: words("品質, 品証, 品管, quality, qa, qc"),
    Department.PROCUREMENT: words(
        "購買, 調達, 資材, 仕入, procurement, purchasing, sourcing, buyer"
    ),
    Department.LOGISTICS: words(
        "物流, ロジスティクス, 配送, 倉庫, サプライチェーン, logistics, supply chain, "
        "warehouse, distribution"
    ),
    Department.OPERATIONS: words(
        "業務, 運営, 運用, オペレーション, 店舗, operations, operation, 最高執行, operating"
    ),
    Department.HR: words(
        "人事, 労務, 採用, 人材, 人財, 教育, 研修, hr, human resources, human resource, "
        "people, talent, recruiter, recruiting, recruitment, learning"
    ),
    Department.FINANCE: words(
        "経理, 財務, 会計, 主計, finance, financial, accounting, accountant, treasurer, "
        "treasury, controller, tax, payroll"
    ),
    Department.LEGAL: words(
        "法務, コンプライアンス, 知財, 知的財産, legal, compliance, counsel, lawyer, "
        "paralegal, intellectual property"
    ),
    Department.AUDIT: words("内部監査, 監査部, 監査室, 監査課, internal audit, audit"),
    Department.GENERAL_AFFAIRS: words(
        "総務, 管理部, 管理本部, 管理課, 管理統括, 庶務, 秘書, 事務, コーポレート, "
        "general affairs, administration, administrative, admin, facilities"
    ),
    Department.PLANNING: words(
        "経営企画, 経営管理, 経営戦略, 事業企画, 事業開発, 新規事業, 企画, 戦略, planning, "
        "corporate planning, strategy, strategic planning"
    ),
    Department.MANAGEMENT: words("経営, 社長室, 会長室, 代表室, ceo室, office of the ceo"),
}
