"""Tracks, the rule sets of 2021, 2024 and 2026, and the published figures of past years (docs/programme.md)."""

import hashlib
import json
from datetime import date
from pathlib import Path

from django.db import migrations

RULES = Path(__file__).parent.parent / "rules" / "data"
RULE_SETS = [
    ("2021년 시범구매 규칙", date(2021, 1, 1), "rules_2021.json"),
    ("2024년 시범구매 규칙", date(2024, 4, 2), "rules_2024.json"),
    ("2026년 시범구매 규칙", date(2025, 12, 18), "rules_2026.json"),
]
TRACKS = [
    ("new_growth", "신성장·신산업", "New growth and new industries", False),
    ("citizen", "국민체감형 서비스", "Services that citizens feel", False),
    ("technology_lead", "기술선도(인공지능 등)", "Technology lead (AI and others)", False),
    ("social_responsibility", "사회적 책임", "Social responsibility", False),
    ("overseas", "해외실증(수출선도형)", "Overseas demonstration", True),
]
FIGURES = [
    (2019, 2_400_000_000, None, 28, 35, False, "아시아경제 2024-04, 조달청 「혁신조달이란」"),
    (2020, 28_300_000_000, None, 66, 287, True, "머니투데이 2021-01-13"),
    (2021, 44_500_000_000, None, 166, 392, False, "프라임경제 2021, 서울경제 2022-02"),
    (2022, 46_500_000_000, None, None, None, False, "Korea Herald 2022-04, 서울경제 2023"),
    (2023, 48_300_000_000, 1_200_000_000, None, None, False, "서울경제 2023, 아시아경제 2024-04"),
    (2024, 53_000_000_000, 7_000_000_000, 236, 456, False, "아시아경제 2024-04, 조달청 「혁신조달이란」"),
    (2025, 52_900_000_000, 14_000_000_000, None, None, False, "국민일보 2025-09, 이데일리 2025-03"),
    (2026, 83_900_000_000, 20_000_000_000, None, None, False, "국민일보·파이낸셜뉴스 2025-12-18"),
]


def fill(apps, schema_editor):
    track, rule_set, figure = (apps.get_model("pilots", name) for name in ("Track", "RuleSet", "YearFigure"))
    for order, (code, name_ko, name_en, is_overseas) in enumerate(TRACKS, 1):
        track.objects.update_or_create(
            code=code,
            defaults={"name_ko": name_ko, "name_en": name_en, "is_overseas": is_overseas, "order": order},
        )
    for name, effective_on, filename in RULE_SETS:
        body = json.loads((RULES / filename).read_text(encoding="utf-8"))
        packed = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
        rule_set.objects.get_or_create(
            name=name,
            defaults={
                "effective_on": effective_on,
                "body": body,
                "sha256": hashlib.sha256(packed.encode()).hexdigest(),
            },
        )
    for year, total, overseas, products, institutions, is_executed, source in FIGURES:
        figure.objects.update_or_create(
            year=year,
            defaults={
                "total_krw": total,
                "overseas_krw": overseas,
                "product_count": products,
                "institution_count": institutions,
                "is_executed": is_executed,
                "source": source,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("pilots", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
