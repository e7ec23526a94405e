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
# Institutions of invented places: kind of name, institution kind. "가온" and the others are no real districts.
INSTITUTION_HEADS = (
    "가온", "나래", "도담", "두레", "마중", "바른내", "보듬", "한울", "늘봄", "참살이", "새빛", "솔내", "은하", "미르",
    "달보드레", "여울", "초롱", "해찬", "푸르내", "다솜", "라온재", "빛고운", "시나브로", "온누리", "이음", "차오름",
)  # fmt: skip
INSTITUTION_NAMES = (
    ("시청", "local"),
    ("구청", "local"),
    ("군청", "local"),
    ("교육지원청", "education"),
    ("시설공단", "local_public_corporation"),
    ("도시공사", "public_corporation"),
    ("의료원", "public_corporation"),
    ("국토관리사무소", "central"),
    ("소방본부", "central"),
    ("복지재단", "other"),
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
# The makes in which companies offer the same kind of goods
MAKES = (
    ("일체형", "all in one"),
    ("보급형", "basic"),
    ("고정밀", "high precision"),
    ("이동형", "mobile"),
    ("실외용", "outdoor"),
    ("실내용", "indoor"),
    ("소형", "compact"),
    ("대용량", "large"),
    ("원격 제어", "remotely controlled"),
    ("자가 진단", "self-diagnosing"),
    ("모듈형", "modular"),
    ("친환경", "low emission"),
)
# What institutions write: a public summary, what is good, a review with stars
PRAISE = (
    (
        "점검 시간이 절반으로 줄었고 이상을 먼저 알게 되었습니다.",
        "설치가 쉽고 화면이 알아보기 좋습니다.",
        "설치가 쉽고 믿을 만합니다.",
    ),
    ("민원이 눈에 띄게 줄어 이용자 만족도가 올랐습니다.", "소리가 작고 손이 덜 갑니다.", "주민들이 먼저 찾습니다."),
    (
        "야간에도 사람이 없이 운영할 수 있었습니다.",
        "알림이 빨라 당직자의 부담이 줄었습니다.",
        "야간 근무가 한결 수월해졌습니다.",
    ),
    (
        "기존 장비보다 전기 사용량이 3할 줄었습니다.",
        "고장이 없었고 유지 관리가 간단합니다.",
        "유지비가 적게 들어 만족합니다.",
    ),
    (
        "측정값이 공인 기기와 거의 같아 행정 자료로 쓰고 있습니다.",
        "자료를 바로 내려받을 수 있습니다.",
        "자료의 정확도가 높습니다.",
    ),
    (
        "현장 직원이 하루 만에 사용법을 익혔습니다.",
        "교육 자료가 충실하고 응대가 빠릅니다.",
        "교육과 사후 지원이 좋았습니다.",
    ),
    (
        "장마철에도 멈추지 않아 재난 대비에 도움이 되었습니다.",
        "방수와 내구성이 뛰어납니다.",
        "험한 날씨에도 잘 버팁니다.",
    ),
    (
        "다른 부서에서도 도입을 요청하고 있습니다.",
        "기존 시스템과 쉽게 연결되었습니다.",
        "다른 부서에도 추천하였습니다.",
    ),
)
BLAME = (
    ("겨울에 자주 꺼져 목표만큼 쓰지 못했습니다.", "설치는 쉬웠습니다.", "겨울에 자주 꺼졌습니다."),
    ("통신이 끊겨 자료가 비는 날이 많았습니다.", "화면 구성은 좋습니다.", "통신이 불안정하여 아쉽습니다."),
    ("소음이 커서 사무 공간에서는 쓰기 어려웠습니다.", "성능 자체는 좋습니다.", "소음을 먼저 줄여야 합니다."),
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
    """The n-th invented institution and its kind; no two have the same name."""
    tail, kind = INSTITUTION_NAMES[number % len(INSTITUTION_NAMES)]
    round_, place_ = divmod(number // len(INSTITUTION_NAMES), len(INSTITUTION_HEADS))
    head = INSTITUTION_HEADS[(place_ + number) % len(INSTITUTION_HEADS)]
    return f"{head}{tail}" + (f" 제{round_ + 1}지소" if round_ else ""), kind


def model(number: int) -> tuple[str, str]:
    """Name and English name of the n-th product: a kind of goods in one of its makes."""
    kind, make = number % len(GOODS), number // len(GOODS)
    name, name_en = GOODS[kind][0], GOODS[kind][1]
    korean, english = MAKES[(make + kind) % len(MAKES)]
    again = make // len(MAKES)
    suffix = f" {again + 1}" if again else ""
    return f"{korean} {name}{suffix}", f"{name_en}, {english}{suffix}"


def place(number: int) -> tuple[str, str]:
    """Province code and an address there."""
    code, district = PLACES[number % len(PLACES)]
    return code, f"{district} 가상로 {number % 200 + 1}"
