"""The words of job titles: what each says of seniority, and which department it names.

Everything is in the plain form of :func:`features.core.parsing.plain.plain`; katakana forms of
English words are first written in English (``LOAN_WORDS``), so that each grade is declared once.
The longest word at a place wins: 執行役員 is not 役員, "vice president" is not "president".
"""

from features.core.parsing.job_title import Department, Seniority
from features.core.parsing.plain import words

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


# Patterns, because manager alone is written in six ways.
LOAN_WORDS: tuple[tuple[str, str], ...] = (
    ("(?:ゼネラル|ジェネラル)[・ ]?マネ[ーイ]?ジャ[ー]?", "general manager"),
    ("マネ[ーイ]?ジャ[ー]?", "manager"),
    ("シニア", "senior"),
    ("アシスタント", "assistant"),
    ("アソシエイト", "associate"),
    ("サブ(?=リーダ|マネ|チーフ)", "sub"),
    ("(?:テック|テクニカル)[・ ]?リード", "tech lead"),
    ("プロジェクト[・ ]?(?=マネ|リーダ)", "project"),
    ("プロダクト[・ ]?(?=マネ|オーナ)", "product"),
    ("アカウント[・ ]?(?=マネ|エグゼ)", "account"),
    ("チーム[・ ]?(?=リーダ)", "team"),
    ("グループ[・ ]?(?=リーダ|マネ)", "group"),
    ("ユニット[・ ]?(?=リーダ|マネ)", "unit"),
    ("リーダー?", "leader"),
    ("(?:web|アート|制作|映像)[・ ]?ディレクター?", "web planner"),
    ("ディレクター?", "director"),
    ("バイス[・ ]?プレジデント", "vice president"),
    ("プレジデント", "president"),
    ("チーフ", "chief"),
    ("スーパーバイザー?", "supervisor"),
    ("オーナー", "owner"),
    ("(?:コ・?)?ファウンダー", "founder"),
    ("エグゼクティブ", "executive"),
    ("コンサルタント", "consultant"),
    ("エンジニア", "engineer"),
    ("アナリスト", "analyst"),
    ("スペシャリスト", "specialist"),
    ("プランナー", "planner"),
    ("デザイナー", "designer"),
    ("プログラマー?", "programmer"),
    ("マーケター", "marketer"),
    ("バイヤー", "buyer"),
    ("オペレーター?", "operator"),
    ("インターン", "intern"),
)

GRADES: dict[Seniority | None, tuple[str, ...]] = {
    Seniority.REPRESENTATIVE: words(
        "代表取締役, 代表執行役, 代表社員, 代表理事, 代表者, 代表, 社長, 取締役会長, 会長, "
        "理事長, 学長, 院長, 頭取, 個人事業主, 自営業, 経営者, 創業者, 市長, 町長, 村長, "
        "知事, president, representative director, chairman, chairwoman, chairperson, "
        "founder, co founder, cofounder, owner, proprietor, self employed, freelancer, "
        "freelance, entrepreneur"
    ),
    Seniority.C_LEVEL: words(
        "chief executive, ceo, cfo, cto, cio, ciso, cmo, chro, coo, cdo, cro, cso, cpo, clo, "
        "cco, cxo, c level, c suite, 経営層, 経営陣"
    ),
    Seniority.BOARD_DIRECTOR: words(
        "取締役, 専務, 常務, 監査役, 役員, 専務理事, 常務理事, managing director, md, "
        "executive director, board director, director of the board, board member, "
        "member of the board, outside director, independent director, company director, "
        "statutory auditor, corporate auditor, managing partner, senior partner, "
        "founding partner"
    ),
    Seniority.EXECUTIVE_OFFICER: words(
        "執行役員, 専務執行役員, 常務執行役員, 執行役, 理事, executive officer, "
        "corporate officer, operating officer, vice president, vp, svp, evp, "
        "senior vice president, executive vice president, general counsel, vpoe"
    ),
    Seniority.DIVISION_HEAD: words(
        "本部長, 事業部長, 事業本部長, 統括部長, 統括本部長, 支社長, 局長, 事務局長, "
        "カンパニー長, division head, division manager, division director, "
        "division general manager, head of division, secretary general, business unit head, "
        "country manager, country head, country director, global head, "
        "executive general manager"
    ),
    Seniority.DEPARTMENT_HEAD: words(
        "部長, 部門長, 部署長, 工場長, 支店長, 支部長, センター長, 所長, 事務長, 校長, 園長, "
        "館長, 施設長, 総支配人, 編集長, general manager, gm, director, dir, head, "
        "department manager, dept manager, department head, plant manager, factory manager, "
        "branch manager, site manager, treasurer, chief representative, "
        "assistant vice president, associate vice president, avp"
    ),
    Seniority.DEPUTY_HEAD: words("次長, chief of staff, dgm, agm"),
    Seniority.MANAGER: words(
        "課長, 室長, 店長, 営業所長, 出張所長, 科長, 師長, グループ長, ユニット長, 支配人, "
        "駅長, 主幹, 参事, 管理職, manager, mgr, section chief, section head, group leader, "
        "group lead, unit leader, controller"
    ),
    # A 支店長代理 of a bank is a grade of its own, far below the one a 支店長 delegates to.
    Seniority.ASSISTANT_MANAGER: words("支店長代理"),
    # From "product manager" on: managers of things, not of people.
    Seniority.TEAM_LEADER: words(
        "係長, 主査, 班長, 職長, 組長, チーム長, leader, lead, team head, chief, supervisor, "
        "sv, foreman, tech lead, product manager, project manager, program manager, pm, "
        "product owner, process owner, service owner, scrum master, project leader, "
        "project lead, pl"
    ),
    Seniority.SENIOR_STAFF: words(
        "主任, staff engineer, staff software engineer, account manager, key account manager, "
        "territory manager, customer success manager, relationship manager, "
        "community manager, art director"
    ),
    Seniority.STAFF: words(
        "一般社員, 一般職, 社員, 職員, 担当, 担当者, メンバー, スタッフ, 主事, 事務員, "
        "研究員, 秘書, アルバイト, パート, 役職なし, 役職無し, engineer, developer, "
        "programmer, designer, analyst, specialist, consultant, coordinator, clerk, "
        "administrator, officer, executive, secretary, accountant, bookkeeper, buyer, "
        "planner, recruiter, generalist, marketer, scientist, researcher, technician, "
        "operator, intern, trainee, architect, strategist, counsel, lawyer, agent, staff, "
        "employee, worker, receptionist, representative, rep, editor, writer, se, paralegal, "
        "business partner, sdr"
    ),
    # Words that hold a title but are not one.
    None: words(
        "取締役会, 社長補佐, 会長補佐, 役員補佐, 部長会, 代表電話, head office, "
        "advisory board, advisory board member, head quarters, lead generation, lead gen, "
        "lead management, lead nurturing"
    ),
}

# Grades that are only recognised when they are the whole title.
WHOLE_TITLES: dict[str, Seniority] = {
    "一般": Seniority.STAFF,
    "executive": Seniority.EXECUTIVE_OFFICER,
    "partner": Seniority.BOARD_DIRECTOR,
}

RAISING = ("senior", "sr", "principal", "上級")
LOWERING = ("deputy", "vice", "assistant", "asst", "associate", "sub", "副")
# Of those, the ones that are staff when nothing follows them.
LOWERING_ALONE_IS_STAFF = frozenset({"assistant", "asst", "associate"})
LOWERING_AFTER = ("代理", "補佐", "代行", "心得")
# What follows a title when it belongs to somebody else or to the future.
NOT_THEIRS = ("室", "秘書", "付", "候補", "見習", "志望", "直轄", "直属", "を目指")

# People who may be senior but stand outside the line; their titles say nothing here.
OUTSIDE_THE_SCALE = words(
    "顧問, 相談役, 参与, アドバイザー, フェロー, 教授, 講師, 医師, 学生, 主婦, advisor, "
    "adviser, professor, lecturer, student, fellow, emeritus"
)

# Places and trades that begin like "former".
NOT_FORMER = words("前橋, 前田, 前川, 前島, 前原, 前工程, 前処理, 元町, 元請, 元住吉, 元木")
