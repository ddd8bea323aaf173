"""Words that titles, names and groups are made of. All people and companies are invented."""

# ruff: noqa: RUF001, SIM905 - names as people bear them; lists as people read them

from __future__ import annotations

FIRST_NAMES = tuple(
    (
        "Ada|Björn|Chiara|Dörte|Émile|Fatma|Günther|Hana|Iñigo|Jürgen|Kim|Lærke|Müzeyyen|Noor|Øystein|Priya|"
        "Quentin|Robin|Søren|Tomáš|Ursula|Věra|Wei|Ximena|Yūki|Zoë|Ángel|Bea|Cem|Dina|Erik|Franka|Gül|Hugo|Ines|"
        "João|Kaito|Lena|Mika|Nils|Olga|Paweł|Rosa|Sven|Tess|Uwe|Vlad|Wanda|Yara|Zofia"
    ).split("|")
)
LAST_NAMES = tuple(
    (
        "Ångström|Böhm|Çelik|Dvořák|Example|Fähnrich|Größer|Håkansson|Ibáñez|Jäger|Köhler|Łukasik|Müller|Núñez|"
        "Özdemir|Peña|Quast|Rößler|Schön|Țepeș|Überall|Vogt|Weiß|Yılmaz|Žižka|Sample|Tanaka|Okafor|O'Neill|"
        "Smith-Jones|van der Berg|Nguyễn|Silva|Kowalska|Marino|Dubois|Lindqvist|Haddad|Ito|Park"
    ).split("|")
)
GROUPS = (
    "Engineering",
    "Sales",
    "Support",
    "Finance",
    "People",
    "Vertrieb Süd",
    "Legal, Risk and Compliance",
    "Field Services",
    "Leadership",
    "Ingénierie",
    "営業部",
    "New Joiners",
)
COUNTRIES = ("DE", "FR", "GB", "IN", "JP", "US")
MANAGERS = ("Robin Sample", "Dörte Köhler", "Wei Tanaka", "Priya Silva", "Søren Lindqvist", "Fatma Çelik")
DEPARTMENTS = ("Finance", "Operations", "Research", "Vertrieb", "IT", "Legal")

SUBJECTS = {
    "en": ("Data", "Cloud", "Security", "Design", "Leadership", "Finance", "Marketing", "Writing", "Networks", "Law"),
    "de": ("Datenschutz", "Führung", "Qualität", "Gespräche", "Rechnungswesen", "Büroorganisation"),
    "fr": ("Gestion", "Réseaux", "Rédaction", "Sécurité", "Création", "Équipe"),
    "es": ("Gestión", "Diseño", "Redes", "Finanzas", "Liderazgo"),
    "ja": ("データ分析", "デザイン", "管理", "会計", "ネットワーク"),
    "pt": ("Gestão", "Segurança", "Redação", "Finanças", "Liderança"),
    "zh": ("数据分析", "设计", "管理", "会计"),
    "in": ("Manajemen", "Keamanan", "Desain"),
}
PATTERNS = {
    "en": ("{} Foundations", "Learning {}", "Advanced {}", "{} in Practice", "{}: First Steps", "The Art of {}"),
    "de": ("Grundlagen: {}", "{} lernen", "{} für Fortgeschrittene", "{} in der Praxis"),
    "fr": ("Les bases : {}", "L'essentiel de {}", "{} au quotidien"),
    "es": ("Fundamentos de {}", "{} avanzado", "Aprende {}"),
    "ja": ("{}の基本", "{}入門", "{}実践講座"),
    "pt": ("Fundamentos de {}", "{} na prática", "Aprenda {}"),
    "zh": ("{}基础", "{}实践"),
    "in": ("Dasar {}", "Belajar {}"),
}
PATHS = {"en": "Become a {} Specialist", "de": "Werden Sie Profi: {}", "ja": "{}のプロになる"}
LIBRARIES = {
    "en": ("Business", "Technology", "Creative"),
    "de": ("Wirtschaft", "Technik"),
    "fr": ("Affaires", "Technologie"),
    "es": ("Negocios", "Tecnología"),
    "ja": ("ビジネス", "テクノロジー"),
    "pt": ("Negócios", "Tecnologia"),
    "zh": ("商业", "技术"),
    "in": ("Bisnis", "Teknologi"),
}
SKILLS = tuple(
    (
        "Batch Processing|Queueing|Negotiation|Public Speaking|Python|Go|SQL|Kubernetes|Typography|Colour Theory|"
        "Bookkeeping|Budgeting|Threat Modelling|Incident Response|Mentoring|Conflict Resolution|Copywriting|"
        "Statistics|Forecasting|Data Visualization|Contract Law|Privacy|Accessibility|Change Management|"
        "Prozessmanagement|Gesprächsführung|データ分析|Gestion d'équipe"
    ).split("|")
)
CREDENTIALS = (
    "Continuing Professional Education (CPE)",
    "Professional Development Units (PDU)",
    "Recertification Credits",
    "Continuing Legal Education",
)
CHAPTERS = (
    "Introduction",
    "First Steps",
    "Going Deeper",
    "In Practice",
    "Pitfalls",
    "Teams",
    "Operations",
    "Conclusion",
)
VIDEO_VERBS = ("Welcome to", "Understanding", "Using", "Challenge:", "Solution:", "Comparing", "Planning", "Testing")
OTHER_CONTENT = (
    # asset type, source, URN pattern, title pattern, provider
    ("ARTICLE", "LINKEDIN_LEARNING", "urn:li:lyndaArticle:{}", "Article {}: What Changed", "LinkedIn"),
    ("AUDIO", "LINKEDIN_LEARNING", "urn:li:lyndaAudio:{}", "Audio {}: On Listening", "LinkedIn"),
    ("LEARNING_COLLECTION", "LINKEDIN_LEARNING", "urn:li:learningCollection:{}", "Collection {}", "LinkedIn"),
    ("EVENT", "LINKEDIN_LEARNING", "urn:li:learningEvent:{}", "Live Event {}", "LinkedIn"),
    (
        "DOCUMENT",
        "ORGANIZATION",
        "urn:li:learningCustomContent:(urn:li:enterpriseAccount:99,{})",
        "Richtlinie {}",
        None,
    ),
    ("VIDEO", "ORGANIZATION", "urn:li:learningCustomContent:(urn:li:enterpriseAccount:99,{})", "Town Hall {}", "Us"),
    ("COURSE", "ORGANIZATION", "urn:li:learningCustomContent:(urn:li:enterpriseAccount:99,{})", "Onboarding {}", "Us"),
    ("ARTICLE", "THIRD_PARTY", "urn:li:thirdPartyContent:{}", "Field Guide {}", "Elsewhere Academy"),
    ("BOOK", "THIRD_PARTY", "urn:li:thirdPartyContent:{}", "Handbook {}", "Elsewhere Academy"),
    ("COURSE", "THIRD_PARTY", "urn:li:thirdPartyContent:{}", "Partner Course {}", "Elsewhere Academy"),
)
