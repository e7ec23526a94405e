"""Invented names. Nobody and nothing here exists; organizations carry business numbers of a prefix never issued."""

FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
GIVEN = (
    "하늘",
    "바다",
    "가람",
    "누리",
    "다온",
    "라온",
    "마루",
    "보람",
    "새벽",
    "아람",
    "우주",
    "이든",
    "한결",
    "해솔",
)
COMPANY_HEADS = (
    "가람",
    "누리",
    "다온",
    "라온",
    "마루",
    "미리내",
    "새솔",
    "아라",
    "온새미",
    "윤슬",
    "이든",
    "한빛솔",
    "해오름",
    "푸른들",
)
COMPANY_TAILS = ("테크", "시스템", "이노베이션", "솔루션", "산업", "바이오", "로보틱스", "에너지", "센서", "환경")
# Institutions: province code, district, kind of name, institution kind
INSTITUTION_NAMES = (
    ("가온{n}시청", "local"),
    ("나래{n}구청", "local"),
    ("도담{n}군청", "local"),
    ("두레{n}교육지원청", "education"),
    ("마중{n}시설공단", "local_public_corporation"),
    ("바른{n}공사", "public_corporation"),
    ("보듬{n}의료원", "public_corporation"),
    ("한울{n}지방관리청", "central"),
    ("늘봄{n}소방본부", "central"),
    ("참살이{n}복지원", "other"),
)
PLACES = (
    ("11", "서울특별시 중구"),
    ("26", "부산광역시 해운대구"),
    ("27", "대구광역시 수성구"),
    ("28", "인천광역시 연수구"),
    ("29", "광주광역시 북구"),
    ("30", "대전광역시 유성구"),
    ("31", "울산광역시 남구"),
    ("36", "세종특별자치시 한누리대로"),
    ("41", "경기도 수원시"),
    ("51", "강원특별자치도 춘천시"),
    ("43", "충청북도 청주시"),
    ("44", "충청남도 천안시"),
    ("52", "전북특별자치도 전주시"),
    ("46", "전라남도 순천시"),
    ("47", "경상북도 포항시"),
    ("48", "경상남도 창원시"),
    ("50", "제주특별자치도 제주시"),
)
# What is sold: name, English name, one line, category prefix, unit, a price in units of 100,000 won
GOODS = (
    (
        "수질 자동 측정기",
        "Automatic water quality meter",
        "하천과 정수장의 수질을 1분마다 측정합니다.",
        "C02",
        "대",
        125,
    ),
    ("미세먼지 저감 벤치", "Bench that filters fine dust", "앉아 쉬는 동안 주변 공기를 정화합니다.", "C02", "개", 88),
    ("낙상 감지 레이더", "Fall-detecting radar", "카메라 없이 낙상을 감지하여 알립니다.", "C05", "대", 34),
    ("스마트 횡단보도", "Smart crosswalk", "보행자를 감지하여 바닥등과 음성으로 알립니다.", "C04", "식", 214),
    ("산불 조기 경보 카메라", "Early wildfire camera", "연기를 인공지능으로 판별하여 알립니다.", "C01", "대", 176),
    (
        "지하 배관 누수 탐지기",
        "Leak detector for buried pipes",
        "소리로 누수 위치를 1미터 안에서 찾습니다.",
        "C02",
        "대",
        152,
    ),
    ("음성 민원 안내 로봇", "Voice guide robot", "민원인의 질문에 답하고 창구로 안내합니다.", "C06", "대", 268),
    ("도로 살얼음 예측 센서", "Black-ice sensor", "노면 온도를 예측하여 결빙을 미리 알립니다.", "C04", "대", 97),
    ("저전력 발광 안내판", "Low-power luminous sign", "전원 없이 밤새 빛나는 피난 안내판입니다.", "C01", "개", 12),
    ("폐기물 선별 로봇", "Waste sorting robot", "재활용품을 재질별로 골라냅니다.", "C02", "대", 389),
    (
        "혼합 현실 소방 훈련기",
        "Mixed-reality fire trainer",
        "실제 호스로 가상의 불을 끄며 훈련합니다.",
        "C01",
        "식",
        305,
    ),
    ("교실 공기 관리 장치", "Classroom air manager", "환기와 정화를 함께 조절합니다.", "C09", "대", 61),
    ("재활 보행 보조기", "Rehabilitation walker", "걸음을 분석하여 하중을 조절합니다.", "C05", "대", 133),
    ("해양 유류 회수 드론", "Oil-recovery sea drone", "원격으로 기름을 모아 회수합니다.", "C04", "대", 660),
    (
        "스마트팜 양액 제어기",
        "Nutrient controller for smart farms",
        "생육 상태에 맞추어 양액을 공급합니다.",
        "C07",
        "대",
        72,
    ),
    ("시설물 균열 진단 드론", "Crack-inspecting drone", "교량과 터널의 균열 폭을 측정합니다.", "C03", "식", 418),
    ("무인 방역 로봇", "Disinfection robot", "자외선과 분무로 실내를 소독합니다.", "C05", "대", 195),
    ("태양광 압축 쓰레기통", "Solar compacting bin", "가득 차기 전에 스스로 압축하여 알립니다.", "C02", "개", 43),
    ("수어 번역 화면", "Sign-language screen", "음성 안내를 수어 영상으로 바꿉니다.", "C06", "식", 158),
    ("친환경 투수 블록", "Permeable eco block", "빗물을 흡수하여 물고임을 줄입니다.", "C03", "㎡", 1),
    (
        "지능형 관제 소프트웨어",
        "Intelligent control software",
        "여러 시설의 경보를 한 화면에 모읍니다.",
        "C06",
        "식",
        240,
    ),
    ("휴대용 방사선 측정기", "Portable radiation meter", "현장에서 선량을 바로 기록합니다.", "C08", "대", 28),
    ("저소음 도로 포장재", "Low-noise road surface", "타이어 소음을 줄이고 배수를 돕습니다.", "C03", "㎡", 1),
    ("원격 검침 단말기", "Remote meter reader", "수도와 가스를 무선으로 검침합니다.", "C02", "대", 4),
)
ABROAD = (
    ("VN", "Hanoi Invented Water Company"),
    ("ID", "Surabaya Invented Harbour Office"),
    ("TH", "Chiang Mai Invented Traffic Centre"),
    ("PH", "Cebu Invented General Hospital"),
    ("MN", "Ulaanbaatar Invented Heating Authority"),
    ("UZ", "Samarkand Invented University Clinic"),
    ("KE", "Nakuru Invented Water Board"),
    ("PE", "Arequipa Invented Fire Department"),
    ("AE", "Sharjah Invented Smart City Office"),
    ("PL", "Gdynia Invented Port Institute"),
    ("KZ", "Almaty Invented School Board"),
    ("CO", "Cali Invented Metro Company"),
)


def person(number: int) -> str:
    """The n-th invented person."""
    return f"{FAMILY[number % len(FAMILY)]}{GIVEN[number // len(FAMILY) % len(GIVEN)]}"


def company(number: int) -> str:
    """The n-th invented company; no two have the same name."""
    head, tail = (
        COMPANY_HEADS[number % len(COMPANY_HEADS)],
        COMPANY_TAILS[number // len(COMPANY_HEADS) % len(COMPANY_TAILS)],
    )
    again = number // (len(COMPANY_HEADS) * len(COMPANY_TAILS))
    return f"(가상) {head}{tail}" + (f" {again + 1}" if again else "")


def institution(number: int) -> tuple[str, str]:
    """The n-th invented institution and its kind."""
    pattern, kind = INSTITUTION_NAMES[number % len(INSTITUTION_NAMES)]
    return pattern.format(n=f" {number // len(INSTITUTION_NAMES) + 1} "), kind


def place(number: int) -> tuple[str, str]:
    """Province code and an address there."""
    code, district = PLACES[number % len(PLACES)]
    return code, f"{district} 가상로 {number % 200 + 1}"
