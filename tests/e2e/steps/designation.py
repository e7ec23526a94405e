"""A product is registered, applied for and designated."""

from core.calendar import today
from tests.e2e.cast import PRODUCT, PRODUCT_EN, Journey
from tests.e2e.walk import step


@step("products.product:register")
def register(j: Journey) -> None:
    """The supplier registers a product with a model, its readiness and the papers for it."""
    who = j.supplier
    who.go("/my/products/")
    who.follow("Register a product")
    who.fill(
        name=PRODUCT,
        name_en=PRODUCT_EN,
        product_type="type_2",
        summary="땅속 수도관의 누수를 소리로 찾습니다.",
        description="관에 붙인 감지기가 밤새 듣고 아침에 알립니다.",
        detail_item_no="4110253801",
        trade_unit="대",
        technology_summary="저전력 음향 분석",
        trl=8,
        trl_evidence="가상시험원의 확인서를 붙입니다.",
        price_evidence="최근 계약서를 붙입니다.",
        contact_name="김담당",
        contact_phone="02-0000-0001",
        category=who.page.locator("#id_category option").nth(3).get_attribute("value"),
    )
    who.fill(**{"items-0-name": "누수감지기", "items-0-model_name": "LD-1", "items-0-price_krw": "12000000"})
    who.fill(**{"items-0-unit": "대", "items-0-goods_id_no": "24000001"})
    who.fill(trl_files=j.paper("trl.pdf"), documents=j.paper("brochure.pdf"))
    who.press("Register the product")
    j.receipts.append(who.receipt())
    who.sees(PRODUCT)
    who.go("/my/products/")
    who.follow(PRODUCT)
    who.sees("LD-1", "12,000,000", "trl.pdf", "brochure.pdf")
    j.visitor.go("/products/?q=LD-1")
    j.visitor.misses(PRODUCT)


@step("products.designationapplication:submit")
def apply(j: Journey) -> None:
    """The supplier applies for a designation."""
    who = j.supplier
    who.follow("Apply for a designation")
    who.fill(
        route="supplier_proposed",
        field="daily_life",
        technology_summary="소리만으로 누수 위치를 한 걸음 안에서 찾습니다.",
        public_problem="새는 물이 연간 생산량의 십 퍼센트입니다.",
        target_institutions="지방자치단체 상수도사업본부",
        service_improvement="누수를 찾는 시간이 사흘에서 하루로 줄어듭니다.",
        safety_statement="전기 안전 인증을 받았습니다.",
        regulation_status="걸리는 규제가 없습니다.",
        has_sworn=True,
        files=j.paper("test-report.pdf"),
    )
    who.press("Submit the application")
    j.receipts.append(who.receipt())


@step("products.designationapplication:designate", "products.designation:designate")
def designate(j: Journey) -> None:
    """The desk takes the application through its stages; a second person approves."""
    desk = j.desk
    desk.go("/admin/")
    desk.open_case("products/designationapplication", PRODUCT)
    desk.sees("test-report.pdf")
    desk.do("start")
    desk.do("pass-check")
    _gate(j)
    desk.do("panel", panel_size=5)
    _scores(j)
    desk.do("inspection", inspected_on=today().isoformat(), finding="신청서와 같습니다.")
    desk.do("propose", council_session="제3차", council_held_on=today().isoformat(), reason="평균이 기준을 넘습니다.")
    assert not desk.offers("designate"), "the person who proposed must not approve"
    j.approver.open_case("products/designationapplication", PRODUCT)
    j.approver.do("designate")
    j.supplier.go("/my/products/")
    j.supplier.follow(PRODUCT)
    j.supplier.sees("Open the printable certificate")
    j.visitor.go("/products/?q=LD-1")
    j.visitor.follow(PRODUCT)
    j.visitor.sees("Valid", "LD-1")
    j.facts["product_url"] = j.visitor.page.url


def _gate(j: Journey) -> None:
    page = j.desk.page
    with page.expect_navigation():
        page.locator('a.case-action[href$="/do/gate/"]').click()
    for choice in page.locator('select[name^="passed_"]').all():
        choice.select_option("yes")
    j.desk.submit()


def _scores(j: Journey) -> None:
    page = j.desk.page
    with page.expect_navigation():
        page.locator('a.case-action[href$="/do/scores/"]').click()
    for field in page.locator('input[name^="average_"]').all():
        field.fill(str(float(field.get_attribute("max") or 0) * 0.9))
    j.desk.submit()


STEPS = [register, apply, designate]
