"""ISO 3166-1 with Korean and English names as in the Unicode CLDR."""

from django.db import migrations

COUNTRIES = """
AD|020|안도라|Andorra
AE|784|아랍에미리트|United Arab Emirates
AF|004|아프가니스탄|Afghanistan
AG|028|앤티가 바부다|Antigua & Barbuda
AI|660|앵귈라|Anguilla
AL|008|알바니아|Albania
AM|051|아르메니아|Armenia
AO|024|앙골라|Angola
AQ|010|남극 대륙|Antarctica
AR|032|아르헨티나|Argentina
AS|016|아메리칸 사모아|American Samoa
AT|040|오스트리아|Austria
AU|036|오스트레일리아|Australia
AW|533|아루바|Aruba
AX|248|올란드 제도|Åland Islands
AZ|031|아제르바이잔|Azerbaijan
BA|070|보스니아 헤르체고비나|Bosnia & Herzegovina
BB|052|바베이도스|Barbados
BD|050|방글라데시|Bangladesh
BE|056|벨기에|Belgium
BF|854|부르키나파소|Burkina Faso
BG|100|불가리아|Bulgaria
BH|048|바레인|Bahrain
BI|108|부룬디|Burundi
BJ|204|베냉|Benin
BL|652|생바르텔레미|St. Barthélemy
BM|060|버뮤다|Bermuda
BN|096|브루나이|Brunei
BO|068|볼리비아|Bolivia
BQ|535|네덜란드령 카리브|Caribbean Netherlands
BR|076|브라질|Brazil
BS|044|바하마|Bahamas
BT|064|부탄|Bhutan
BV|074|부베섬|Bouvet Island
BW|072|보츠와나|Botswana
BY|112|벨라루스|Belarus
BZ|084|벨리즈|Belize
CA|124|캐나다|Canada
CC|166|코코스 제도|Cocos (Keeling) Islands
CD|180|콩고-킨샤사|Congo - Kinshasa
CF|140|중앙 아프리카 공화국|Central African Republic
CG|178|콩고-브라자빌|Congo - Brazzaville
CH|756|스위스|Switzerland
CI|384|코트디부아르|Côte d’Ivoire
CK|184|쿡 제도|Cook Islands
CL|152|칠레|Chile
CM|120|카메룬|Cameroon
CN|156|중국|China
CO|170|콜롬비아|Colombia
CR|188|코스타리카|Costa Rica
CU|192|쿠바|Cuba
CV|132|카보베르데|Cape Verde
CW|531|퀴라소|Curaçao
CX|162|크리스마스섬|Christmas Island
CY|196|키프로스|Cyprus
CZ|203|체코|Czechia
DE|276|독일|Germany
DJ|262|지부티|Djibouti
DK|208|덴마크|Denmark
DM|212|도미니카|Dominica
DO|214|도미니카 공화국|Dominican Republic
DZ|012|알제리|Algeria
EC|218|에콰도르|Ecuador
EE|233|에스토니아|Estonia
EG|818|이집트|Egypt
EH|732|서사하라|Western Sahara
ER|232|에리트리아|Eritrea
ES|724|스페인|Spain
ET|231|에티오피아|Ethiopia
FI|246|핀란드|Finland
FJ|242|피지|Fiji
FK|238|포클랜드 제도|Falkland Islands
FM|583|미크로네시아|Micronesia
FO|234|페로 제도|Faroe Islands
FR|250|프랑스|France
GA|266|가봉|Gabon
GB|826|영국|United Kingdom
GD|308|그레나다|Grenada
GE|268|조지아|Georgia
GF|254|프랑스령 기아나|French Guiana
GG|831|건지|Guernsey
GH|288|가나|Ghana
GI|292|지브롤터|Gibraltar
GL|304|그린란드|Greenland
GM|270|감비아|Gambia
GN|324|기니|Guinea
GP|312|과들루프|Guadeloupe
GQ|226|적도 기니|Equatorial Guinea
GR|300|그리스|Greece
GS|239|사우스조지아 사우스샌드위치 제도|South Georgia & South Sandwich Islands
GT|320|과테말라|Guatemala
GU|316|괌|Guam
GW|624|기니비사우|Guinea-Bissau
GY|328|가이아나|Guyana
HK|344|홍콩(중국 특별행정구)|Hong Kong SAR China
HM|334|허드 맥도널드 제도|Heard & McDonald Islands
HN|340|온두라스|Honduras
HR|191|크로아티아|Croatia
HT|332|아이티|Haiti
HU|348|헝가리|Hungary
ID|360|인도네시아|Indonesia
IE|372|아일랜드|Ireland
IL|376|이스라엘|Israel
IM|833|맨섬|Isle of Man
IN|356|인도|India
IO|086|영국령 인도양 지역|British Indian Ocean Territory
IQ|368|이라크|Iraq
IR|364|이란|Iran
IS|352|아이슬란드|Iceland
IT|380|이탈리아|Italy
JE|832|저지|Jersey
JM|388|자메이카|Jamaica
JO|400|요르단|Jordan
JP|392|일본|Japan
KE|404|케냐|Kenya
KG|417|키르기스스탄|Kyrgyzstan
KH|116|캄보디아|Cambodia
KI|296|키리바시|Kiribati
KM|174|코모로|Comoros
KN|659|세인트키츠 네비스|St. Kitts & Nevis
KP|408|북한|North Korea
KR|410|대한민국|South Korea
KW|414|쿠웨이트|Kuwait
KY|136|케이맨 제도|Cayman Islands
KZ|398|카자흐스탄|Kazakhstan
LA|418|라오스|Laos
LB|422|레바논|Lebanon
LC|662|세인트루시아|St. Lucia
LI|438|리히텐슈타인|Liechtenstein
LK|144|스리랑카|Sri Lanka
LR|430|라이베리아|Liberia
LS|426|레소토|Lesotho
LT|440|리투아니아|Lithuania
LU|442|룩셈부르크|Luxembourg
LV|428|라트비아|Latvia
LY|434|리비아|Libya
MA|504|모로코|Morocco
MC|492|모나코|Monaco
MD|498|몰도바|Moldova
ME|499|몬테네그로|Montenegro
MF|663|생마르탱|St. Martin
MG|450|마다가스카르|Madagascar
MH|584|마셜 제도|Marshall Islands
MK|807|북마케도니아|North Macedonia
ML|466|말리|Mali
MM|104|미얀마|Myanmar (Burma)
MN|496|몽골|Mongolia
MO|446|마카오(중국 특별행정구)|Macao SAR China
MP|580|북마리아나제도|Northern Mariana Islands
MQ|474|마르티니크|Martinique
MR|478|모리타니|Mauritania
MS|500|몬트세라트|Montserrat
MT|470|몰타|Malta
MU|480|모리셔스|Mauritius
MV|462|몰디브|Maldives
MW|454|말라위|Malawi
MX|484|멕시코|Mexico
MY|458|말레이시아|Malaysia
MZ|508|모잠비크|Mozambique
NA|516|나미비아|Namibia
NC|540|뉴칼레도니아|New Caledonia
NE|562|니제르|Niger
NF|574|노퍽섬|Norfolk Island
NG|566|나이지리아|Nigeria
NI|558|니카라과|Nicaragua
NL|528|네덜란드|Netherlands
NO|578|노르웨이|Norway
NP|524|네팔|Nepal
NR|520|나우루|Nauru
NU|570|니우에|Niue
NZ|554|뉴질랜드|New Zealand
OM|512|오만|Oman
PA|591|파나마|Panama
PE|604|페루|Peru
PF|258|프랑스령 폴리네시아|French Polynesia
PG|598|파푸아뉴기니|Papua New Guinea
PH|608|필리핀|Philippines
PK|586|파키스탄|Pakistan
PL|616|폴란드|Poland
PM|666|생피에르 미클롱|St. Pierre & Miquelon
PN|612|핏케언 제도|Pitcairn Islands
PR|630|푸에르토리코|Puerto Rico
PS|275|팔레스타인 지구|Palestinian Territories
PT|620|포르투갈|Portugal
PW|585|팔라우|Palau
PY|600|파라과이|Paraguay
QA|634|카타르|Qatar
RE|638|레위니옹|Réunion
RO|642|루마니아|Romania
RS|688|세르비아|Serbia
RU|643|러시아|Russia
RW|646|르완다|Rwanda
SA|682|사우디아라비아|Saudi Arabia
SB|090|솔로몬 제도|Solomon Islands
SC|690|세이셸|Seychelles
SD|729|수단|Sudan
SE|752|스웨덴|Sweden
SG|702|싱가포르|Singapore
SH|654|세인트헬레나|St. Helena
SI|705|슬로베니아|Slovenia
SJ|744|스발바르제도-얀마웬섬|Svalbard & Jan Mayen
SK|703|슬로바키아|Slovakia
SL|694|시에라리온|Sierra Leone
SM|674|산마리노|San Marino
SN|686|세네갈|Senegal
SO|706|소말리아|Somalia
SR|740|수리남|Suriname
SS|728|남수단|South Sudan
ST|678|상투메 프린시페|São Tomé & Príncipe
SV|222|엘살바도르|El Salvador
SX|534|신트마르턴|Sint Maarten
SY|760|시리아|Syria
SZ|748|에스와티니|Eswatini
TC|796|터크스 케이커스 제도|Turks & Caicos Islands
TD|148|차드|Chad
TF|260|프랑스령 남방 지역|French Southern Territories
TG|768|토고|Togo
TH|764|태국|Thailand
TJ|762|타지키스탄|Tajikistan
TK|772|토켈라우|Tokelau
TL|626|동티모르|Timor-Leste
TM|795|투르크메니스탄|Turkmenistan
TN|788|튀니지|Tunisia
TO|776|통가|Tonga
TR|792|튀르키예|Türkiye
TT|780|트리니다드 토바고|Trinidad & Tobago
TV|798|투발루|Tuvalu
TW|158|대만|Taiwan
TZ|834|탄자니아|Tanzania
UA|804|우크라이나|Ukraine
UG|800|우간다|Uganda
UM|581|미국령 해외 제도|U.S. Outlying Islands
US|840|미국|United States
UY|858|우루과이|Uruguay
UZ|860|우즈베키스탄|Uzbekistan
VA|336|바티칸 시국|Vatican City
VC|670|세인트빈센트그레나딘|St. Vincent & Grenadines
VE|862|베네수엘라|Venezuela
VG|092|영국령 버진아일랜드|British Virgin Islands
VI|850|미국령 버진아일랜드|U.S. Virgin Islands
VN|704|베트남|Vietnam
VU|548|바누아투|Vanuatu
WF|876|왈리스-푸투나 제도|Wallis & Futuna
WS|882|사모아|Samoa
YE|887|예멘|Yemen
YT|175|마요트|Mayotte
ZA|710|남아프리카|South Africa
ZM|894|잠비아|Zambia
ZW|716|짐바브웨|Zimbabwe
"""


def load(apps, schema_editor):
    country = apps.get_model("overseas", "Country")
    rows = [line.split("|") for line in COUNTRIES.strip().splitlines()]
    country.objects.bulk_create(
        country(code=code, numeric=numeric, name_ko=name_ko, name_en=name_en)
        for code, numeric, name_ko, name_en in rows
    )


def unload(apps, schema_editor):
    apps.get_model("overseas", "Country").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("overseas", "0001_initial")]
    operations = [migrations.RunPython(load, unload)]
