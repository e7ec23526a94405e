from django.db import migrations

# First two digits of the legal-district code, in the order the government lists the provinces.
PROVINCES = [
    ("11", "서울특별시", "Seoul"),
    ("26", "부산광역시", "Busan"),
    ("27", "대구광역시", "Daegu"),
    ("28", "인천광역시", "Incheon"),
    ("29", "광주광역시", "Gwangju"),
    ("30", "대전광역시", "Daejeon"),
    ("31", "울산광역시", "Ulsan"),
    ("36", "세종특별자치시", "Sejong"),
    ("41", "경기도", "Gyeonggi"),
    ("51", "강원특별자치도", "Gangwon"),
    ("43", "충청북도", "Chungbuk"),
    ("44", "충청남도", "Chungnam"),
    ("52", "전북특별자치도", "Jeonbuk"),
    ("46", "전라남도", "Jeonnam"),
    ("47", "경상북도", "Gyeongbuk"),
    ("48", "경상남도", "Gyeongnam"),
    ("50", "제주특별자치도", "Jeju"),
]


def add_provinces(apps, schema_editor):
    province = apps.get_model("accounts", "Province")
    province.objects.using(schema_editor.connection.alias).bulk_create(
        province(code=code, name_ko=name_ko, name_en=name_en, order=order)
        for order, (code, name_ko, name_en) in enumerate(PROVINCES, start=1)
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(add_provinces, migrations.RunPython.noop)]
