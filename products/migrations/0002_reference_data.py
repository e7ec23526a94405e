"""Categories and the first rubrics, so that every installation can register and judge a product."""

from datetime import date
from decimal import Decimal

from django.db import migrations

# code, Korean, English, goods segments that fall here by default, middle categories
CATEGORIES = [
    ("C01", "안전·재난", "Safety and disaster", ["46"], [("화재·소방", "Fire"), ("치안·방범", "Policing and security"), ("재난 감시·경보", "Disaster monitoring and warning")]),
    ("C02", "환경·에너지", "Environment and energy", ["40", "47", "26"], [("수처리·배관", "Water treatment and piping"), ("대기·실내공기", "Air and indoor air"), ("에너지 절감·발전", "Energy saving and generation"), ("폐기물·자원순환", "Waste and recycling")]),
    ("C03", "건설·시설", "Construction and facilities", ["30", "31", "27", "11", "22"], [("도로·보도", "Roads and pavements"), ("건축 자재", "Building materials"), ("시설 유지관리", "Facility maintenance")]),
    ("C04", "교통·해양", "Transport and sea", ["24", "25"], [("교통 안전", "Traffic safety"), ("항만·선박", "Ports and vessels"), ("물류", "Logistics")]),
    ("C05", "보건·의료·복지", "Health and welfare", ["41", "42", "51"], [("의료기기", "Medical devices"), ("돌봄·재활", "Care and rehabilitation"), ("방역·위생", "Hygiene")]),
    ("C06", "정보통신·인공지능", "ICT and artificial intelligence", ["32", "43", "45", "81", "83"], [("소프트웨어·클라우드", "Software and cloud"), ("사물인터넷·센서", "Internet of things and sensors"), ("영상·음향", "Video and audio")]),
    ("C07", "농림·축산·수산", "Agriculture, forestry and fisheries", ["10", "21", "70"], [("스마트팜", "Smart farming"), ("산림·녹지", "Forest and greenery")]),
    ("C08", "국방·과학기술", "Defence and science", ["12", "23", "39"], [("제조 장비", "Production equipment"), ("시험·계측", "Testing and measuring")]),
    ("C09", "교육·행정", "Education and administration", ["44", "60", "55"], [("교육 기자재", "Teaching equipment"), ("민원·행정 서비스", "Public services")]),
    ("C10", "생활·문화·체육", "Daily life, culture and sport", ["14", "49", "53", "56", "52"], [("의류·보호구", "Clothing and protective wear"), ("공원·레저", "Parks and leisure"), ("생활용품", "Household goods")]),
    ("C99", "기타", "Other", ["99"], []),
]

GATES = [
    ("field_fit", "분야 적합성", "Fits the field"),
    ("solution", "혁신적 해결책", "Innovative solution"),
    ("trl", "기술성숙도 확인", "Technology readiness confirmed"),
    ("safety", "안전성", "Safety"),
    ("regulation", "규제 적합성", "Regulation"),
]

# group, minimum before and since September 2025, criteria
GROUPS = [
    ("publicness", "공공성·사회적 가치", "Publicness and social value", "0", "24", [
        ("public_issue", "공공 현안과 사회적 가치", "Public issue and social value"),
        ("public_need", "공공구매 필요성", "Need for public purchase"),
        ("urgency", "시급성", "Urgency"),
        ("life_effect", "국민생활 체감 효과", "Effect on people's life"),
    ]),
    ("innovativeness", "혁신성", "Innovativeness", "0", "18", [
        ("novelty", "기술의 신규성", "Novelty"),
        ("excellence", "기존 제품 대비 우수성", "Excellence over existing products"),
        ("feasibility", "기술의 실현 가능성", "Feasibility of the technology"),
    ]),
    ("marketability", "시장성", "Marketability", "0", "0", [
        ("market", "시장 규모와 파급 효과", "Market size and spill-over"),
        ("growth", "기업의 성장 가능성", "Growth of the company"),
        ("supply", "생산·공급 능력", "Capacity to produce and supply"),
    ]),
]


def fill(apps, schema_editor):
    category = apps.get_model("products", "Category")
    for order, (code, name_ko, name_en, segments, middles) in enumerate(CATEGORIES, start=1):
        large = category.objects.create(
            code=code, name_ko=name_ko, name_en=name_en, order=order * 100, segments=segments
        )
        for place, (middle_ko, middle_en) in enumerate(middles, start=1):
            category.objects.create(
                code=f"{code}{place:02d}", parent=large, name_ko=middle_ko, name_en=middle_en, order=order * 100 + place
            )
    _type_2(apps, 1, date(2022, 1, 1), "PPS, supplier-proposed form 2022", minimum=3)
    _type_2(apps, 2, date(2025, 9, 1), "PPS, separate minimum per group since September 2025", minimum=4)
    rubric = apps.get_model("products", "Rubric")
    rubric.objects.create(
        code="type_1", version=1, effective_on=date(2023, 1, 1), pass_average=Decimal(0),
        source="Decided by the ministry in charge of the R&D project",
    )


def _type_2(apps, version, effective_on, source, minimum):
    group_model = apps.get_model("products", "RubricGroup")
    criterion = apps.get_model("products", "RubricCriterion")
    rubric = apps.get_model("products", "Rubric").objects.create(
        code="type_2", version=version, effective_on=effective_on, pass_average=Decimal(70), source=source
    )
    for order, (code, name_ko, name_en) in enumerate(GATES, start=1):
        criterion.objects.create(
            rubric=rubric, kind="gate", code=code, name_ko=name_ko, name_en=name_en, order=order
        )
    for order, row in enumerate(GROUPS, start=1):
        group = group_model.objects.create(
            rubric=rubric, code=row[0], name_ko=row[1], name_en=row[2], min_points=Decimal(row[minimum]), order=order
        )
        for place, (code, name_ko, name_en) in enumerate(row[5], start=1):
            criterion.objects.create(
                rubric=rubric, group=group, kind="score", code=code, name_ko=name_ko, name_en=name_en,
                max_points=Decimal(10), order=order * 10 + place,
            )


def empty(apps, schema_editor):
    for model in ("RubricCriterion", "RubricGroup", "Rubric"):
        apps.get_model("products", model).objects.all().delete()
    category = apps.get_model("products", "Category")
    category.objects.exclude(parent=None).delete()
    category.objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial")]

    operations = [migrations.RunPython(fill, empty)]
