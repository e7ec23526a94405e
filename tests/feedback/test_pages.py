"""The pages of both parties: who sees what, what they do, and that lists do not get slower."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.calendar import today
from core.models import FormDraft, Receipt
from core.uploads import files_of
from feedback import services
from feedback.enums import Finding, Outcome, TransferMethod, UseStatus
from feedback.forms.report import ReportForm
from feedback.models import FollowUpPurchase, ImprovementRequest, TrackRecordCertificate
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierFactory, SupplierUserFactory
from tests.feedback.factories import make_contract, make_world
from tests.products.factories import ProductFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def url(name, *args):
    return reverse(f"feedback:{name}", args=args)


def post_values(world):
    """A complete report form."""
    values = {
        "used_days": 80,
        "user_count": 12,
        **{name: "4" for name in ReportForm.base_fields if name.startswith("rating_")},
        "public_summary": "효과가 있었습니다.",
        "purchase_intention": "yes",
        "continue_plan": "continue",
        "stars": "5",
        "review": "좋습니다.",
        "may_publish": "on",
        "signed_by_name": "과장 가",
        "improvement_0_item": "민원 처리",
        "improvement_0_before": "20",
        "improvement_0_after": "10",
        "request_0": "소음을 줄여 주십시오.",
        "check": "1",
    }
    for kpi in world.use.kpis.all():
        values |= {f"kpi_{kpi.pk}_value": "85", f"kpi_{kpi.pk}_note": "현장 측정"}
    return values


def test_the_whole_way_through_the_pages(client, world):
    client.force_login(world.institution)
    client.post(url("use_start", world.use.pk), {"started_on": today() - timedelta(days=98)})
    client.post(
        url("use_log", world.use.pk),
        {"from_on": today() - timedelta(days=90), "until_on": today(), "used_hours": "10", "user_count": 3},
    )
    kpi = world.use.kpis.first()
    client.post(url("use_reading", world.use.pk), {"kpi_id": kpi.pk, "read_on": today(), "value": "70"})
    client.post(url("use_end", world.use.pk), {"ended_on": world.reload().use.ends_on, "end_reason": "completed"})
    assert (world.reload().use.status, kpi.readings.get().value) == (UseStatus.USE_ENDED, Decimal(70))
    edit = url("report_edit", world.report.pk)
    assert client.get(edit).status_code == 200
    saved = client.post(edit, {**post_values(world), f"kpi_{kpi.pk}_files": SimpleUploadedFile("증빙.pdf", PDF)})
    assert saved.headers["Location"] == url("report_submit", world.report.pk)
    assert client.get(saved.headers["Location"]).context["missing"] == []
    assert [f.original_name for f in files_of(target=world.report.kpis.get(kpi=kpi))] == ["증빙.pdf"]

    sent = client.post(url("report_send", world.report.pk))

    receipt = Receipt.objects.get()
    assert sent.headers["Location"] == reverse("core:receipt", args=[receipt.number])
    assert client.get(sent.headers["Location"]).status_code == 200
    services.accept_report(actor=world.reviewer, report_id=world.report.pk)
    client.force_login(world.supplier)
    assert client.get(url("feedback_detail", world.report.pk)).status_code == 200
    client.post(url("feedback_reply", world.report.pk), {"body": "감사합니다."})
    item = ImprovementRequest.objects.get()
    client.post(
        url("request_answer", item.pk, "accept"),
        {"answer": "하겠습니다", "owner_name": "연구소", "due_on": today() + timedelta(days=30)},
    )
    assert (world.report.reply.body, ImprovementRequest.objects.get().status) == ("감사합니다.", "accepted")


def test_a_refused_form_keeps_its_input_and_its_files(client, world):
    world.end()
    client.force_login(world.institution)
    kpi = world.use.kpis.first()
    values = {**post_values(world), "improvement_0_after": "", "public_summary": "길게 쓴 글"}

    page = client.post(
        url("report_edit", world.report.pk),
        {**values, f"kpi_{kpi.pk}_files": SimpleUploadedFile("증빙.pdf", PDF)},
    )

    assert page.status_code == 422
    text = page.content.decode()
    assert "길게 쓴 글" in text
    kept = page.context["staged"]
    assert [(name, stored.original_name) for name, stored in kept] == [(f"kpi_{kpi.pk}_files", "증빙.pdf")]
    again = client.post(
        url("report_edit", world.report.pk), {**post_values(world), f"kept_kpi_{kpi.pk}_files": str(kept[0][1].pk)}
    )
    assert again.status_code == 302
    assert files_of(target=world.report.kpis.get(kpi=kpi)).count() == 1


def test_a_draft_typed_and_not_saved_comes_back(client, world):
    world.end()
    client.force_login(world.institution)
    key = f"feedback.report:{world.report.pk}"
    client.post(reverse("core:draft", args=[key]), {"public_summary": "저장 전 글", "used_days": "7"})

    page = client.get(url("report_edit", world.report.pk))

    assert "저장 전 글" in page.content.decode()
    client.post(url("report_edit", world.report.pk), {**post_values(world)})
    assert not FormDraft.objects.exists()


def test_a_date_out_of_range_is_said_on_the_form(client, world):
    client.force_login(world.institution)

    page = client.post(url("use_start", world.use.pk), {"started_on": today() + timedelta(days=3)})

    assert page.status_code == 422
    assert world.reload().use.status == UseStatus.AWAITING


def full_world():
    """Everything a page can show, at once."""
    world = make_world().transfer()
    services.record_inspection(
        actor=world.reviewer, use_id=world.use.pk, inspected_on=today(), finding=Finding.IDLE, reason="창고"
    )
    return world


def party_urls(world):
    pk, report, verdict = world.use.pk, world.report.pk, world.use.verdicts.get().pk
    both = [url("use_list"), url("use_detail", pk), url("verdict_list"), url("verdict_detail", verdict)]
    both += [url("purchase_list"), url("purchase_create")]
    institution = [url("report_list"), url("report_detail", report)]
    institution += [url("inspection_explain", pk, world.use.inspections.get().pk)]
    supplier = [url("feedback_list"), url("feedback_detail", report), url("feedback_reply", report)]
    supplier += [url("certificate_list")]
    return both, institution, supplier


def statuses(client, user, urls):
    client.force_login(user)
    return {path: client.get(path).status_code for path in urls}


def test_each_side_opens_its_pages(client):
    world = full_world()
    both, institution, supplier = party_urls(world)

    for user, urls in ((world.institution, [*both, *institution]), (world.supplier, [*both, *supplier])):
        assert statuses(client, user, urls) == dict.fromkeys(urls, 200)
    for user, urls in ((world.institution, supplier), (world.supplier, institution)):
        assert set(statuses(client, user, urls).values()) == {403}


def test_strangers_meet_404_and_visitors_the_sign_in(client):
    world = full_world()
    both, institution, supplier = party_urls(world)
    cases = [path for path in (*both, *institution, *supplier) if any(part.isdigit() for part in path.split("/"))]
    for user, forbidden in ((InstitutionUserFactory(), supplier), (SupplierUserFactory(), institution)):
        found = statuses(client, user, [path for path in cases if path not in forbidden])
        assert set(found.values()) == {404}
    client.logout()
    assert {client.get(path).status_code for path in both} == {302}


def test_the_supplier_does_not_read_a_report_before_it_is_accepted(client):
    world = make_world().submit()
    client.force_login(world.supplier)

    assert client.get(url("feedback_detail", world.report.pk)).status_code == 404
    assert "민원 응답" not in client.get(url("use_detail", world.use.pk)).content.decode()


def test_the_supplier_sees_no_field_inspection(client):
    world = full_world()
    client.force_login(world.supplier)

    page = client.get(url("use_detail", world.use.pk))

    assert page.context["page"].inspections == []
    assert "창고" not in page.content.decode()


def test_accepting_and_refusing_a_transfer(client, world):
    world.judge()
    services.prepare_transfer(
        actor=world.reviewer,
        use_id=world.use.pk,
        method=TransferMethod.FREE_TRANSFER,
        assets="3대",
        book_value_krw=1,
    )
    client.force_login(world.institution)
    assert "3대" in client.get(url("use_detail", world.use.pk)).content.decode()
    assert client.get(url("transfer_refuse", world.use.pk)).status_code == 200

    client.post(url("transfer_accept", world.use.pk))

    assert world.reload().use.status == UseStatus.MONITORING


def test_appeal_correction_and_evidence_pages(client, world):
    correction = world.insufficient_product()
    verdict = correction.verdict_id
    client.force_login(world.supplier)
    assert client.get(url("verdict_detail", verdict)).status_code == 200

    client.post(url("correction_plan", verdict), {"plan": "개선", "due_on": today() + timedelta(days=20)})
    client.post(
        url("correction_evidence", verdict), {"evidence": "완료", "files": SimpleUploadedFile("증빙.pdf", PDF)}
    )
    client.post(url("verdict_appeal", verdict), {"reason": "측정 오류"})

    correction.refresh_from_db()
    assert (correction.status, files_of(target=correction).count()) == ("evidenced", 1)
    assert correction.verdict.appeal.reason == "측정 오류"
    assert client.get(url("verdict_detail", verdict)).status_code == 200


def test_the_certificate_is_issued_from_the_verdict(client, world):
    world.judge()
    verdict = world.judge_product()
    client.force_login(world.supplier)

    client.post(url("certificate_issue", verdict.pk))
    client.post(url("certificate_issue", verdict.pk))

    code = TrackRecordCertificate.objects.get().code
    assert code in client.get(url("verdict_detail", verdict.pk)).content.decode()
    assert code in client.get(url("certificate_list")).content.decode()


def test_a_purchase_is_recorded_from_the_page(client, world):
    client.force_login(world.institution)
    values = {
        "product": world.use.product_id,
        "institution": world.use.institution_id,
        "purchased_on": today(),
        "units": 2,
        "amount_krw": 2_000_000,
        "channel": "direct",
    }

    client.post(url("purchase_create"), values)
    foreign = client.post(url("purchase_create"), {**values, "institution": make_world().use.institution_id})

    assert FollowUpPurchase.objects.get().amount_krw == 2_000_000
    assert foreign.status_code == 422


def test_incidents_are_reported_handled_and_resolved_on_pages(client, world):
    world.start()
    client.force_login(world.institution)
    client.post(
        url("use_incident", world.use.pk), {"kind": "defect", "occurred_on": today(), "description": "버튼 고장"}
    )
    incident = world.use.incidents.get()
    client.force_login(world.supplier)
    client.post(url("incident_handle", incident.pk), {"handling": "교체"})
    client.force_login(world.institution)
    client.post(url("incident_resolve", incident.pk), {"resolution": "정상"})

    incident.refresh_from_db()
    assert (incident.handling, incident.status) == ("교체", "resolved")


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_lists_are_exported(client, fmt):
    world = make_world().accept()
    for user, names in (
        (world.institution, ["use_list", "report_list", "purchase_list"]),
        (world.supplier, ["use_list", "feedback_list", "purchase_list"]),
    ):
        client.force_login(user)
        for name in names:
            response = client.get(url(name), {"export": fmt})
            assert f".{fmt}" in response.headers["Content-Disposition"]


def test_filters_narrow_the_lists(client):
    contract = make_contract()
    world = make_world(contract=contract).accept()
    make_world(contract=contract)
    client.force_login(world.supplier)

    def total(name, **query):
        return client.get(url(name), query).context["table"].total

    assert (total("use_list"), total("use_list", status="awaiting"), total("use_list", q="없는")) == (2, 1, 0)
    assert (total("feedback_list", reply="without"), total("feedback_list", reply="with")) == (1, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_or_many(client, count, django_assert_num_queries):
    institution, supplier = InstitutionUserFactory(), SupplierFactory()
    worlds = [
        make_world(
            contract=make_contract(product=ProductFactory(designated=True, supplier=supplier)), institution=institution
        ).judge()
        for _number in range(count)
    ]
    client.force_login(worlds[0].supplier)
    expected = {"use_list": 6, "feedback_list": 7, "verdict_list": 6}
    for name, queries in expected.items():
        with django_assert_num_queries(queries):
            client.get(url(name))
    client.force_login(institution)
    for name, queries in {"use_list": 6, "report_list": 6, "verdict_list": 6}.items():
        with django_assert_num_queries(queries):
            client.get(url(name))


def test_cards_say_what_waits(client, world):
    from feedback.selectors.dashboard import cards, queues

    def counts(user):
        user.forget()
        return {str(card.url): card.count for card in cards(actor=user)}

    assert counts(world.institution) == {f"{url('use_list')}?status=awaiting": 1}
    world.end()
    assert counts(world.institution) == {url("report_list"): 1}
    world.submit_only()
    assert {q.count for q in queues()} == {0, 1}
    services.accept_report(actor=world.reviewer, report_id=world.report.pk)
    assert counts(world.supplier) == {f"{url('feedback_list')}?reply=without": 1, url("feedback_list"): 1}


PPS_PAGES = [
    "pilotuse",
    "incident",
    "useextension",
    "pilotreport",
    "productreview",
    "supplierreply",
    "verdict",
    "appeal",
    "correctiveaction",
    "assettransfer",
    "fieldinspection",
    "followuppurchase",
    "trackrecordcertificate",
    "feedbackrules",
]


@pytest.mark.parametrize("model", PPS_PAGES)
def test_pps_lists_open_and_outsiders_stay_out(client, world, model):
    path = reverse(f"admin:feedback_{model}_changelist")
    client.force_login(world.reviewer)
    assert client.get(path).status_code == 200
    client.force_login(PpsUserFactory(roles=["designation"]))
    assert client.get(path).status_code == 403
    client.force_login(world.supplier)
    assert client.get(path).status_code == 302


def test_pps_reads_a_report_proposes_and_a_second_person_approves_in_the_admin(client, world):
    world.submit()
    client.force_login(world.reviewer)
    report = reverse("admin:feedback_pilotreport_change", args=[world.report.pk])
    assert "비공개" in client.get(report).content.decode()
    client.post(reverse("admin:feedback_pilotreport_do", args=[world.report.pk, "accept"]))
    propose = reverse("admin:feedback_pilotuse_do", args=[world.use.pk, "propose-verdict"])
    assert "2/2 (100%)" in client.get(propose).content.decode()
    client.post(propose, {"outcome": Outcome.SUCCESS, "reason": "달성", "public_summary": "달성"})
    verdict = world.use.verdicts.get()
    approve = reverse("admin:feedback_verdict_do", args=[verdict.pk, "approve"])
    client.post(approve)
    verdict.refresh_from_db()
    assert verdict.status == "proposed"

    client.force_login(world.approver)
    assert "2/2 (100%)" in client.get(approve).content.decode()
    client.post(approve)

    verdict.refresh_from_db()
    assert (verdict.status, world.reload().use.status) == ("approved", UseStatus.EVALUATED)
    client.force_login(world.reviewer)
    products = client.get(reverse("admin:feedback_verdict_products"))
    assert world.use.product.name in products.content.decode()
    page = reverse("admin:feedback_verdict_propose", args=[world.use.line.contract_id])
    assert "3/3 (100%)" in client.get(page).content.decode()
    client.post(page, {"outcome": Outcome.SUCCESS, "reason": "종합", "public_summary": ""})
    assert world.use.product.verdicts.count() == 2


def test_pps_settles_the_asset_and_inspects_in_the_admin(client, world):
    world.judge()
    client.force_login(world.reviewer)
    settle = reverse("admin:feedback_pilotuse_do", args=[world.use.pk, "prepare-transfer"])
    assert client.get(settle).status_code == 200
    client.post(settle, {"method": "free_transfer", "assets": "3대", "book_value_krw": 10})
    client.post(
        reverse("admin:feedback_pilotuse_do", args=[world.use.pk, "inspect"]),
        {"inspected_on": today(), "finding": "in_use"},
    )

    assert (world.use.transfer.assets, world.use.inspections.get().finding) == ("3대", "in_use")
    for model, obj in (("pilotuse", world.use), ("assettransfer", world.use.transfer)):
        assert client.get(reverse(f"admin:feedback_{model}_change", args=[obj.pk])).status_code == 200
