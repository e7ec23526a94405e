from django.urls import path, register_converter

from feedback.enums import ImprovementAction
from feedback.views import public, purchases, reports, supplier, uses


class AnswerConverter:
    """One of the answers to an improvement request."""

    regex = "|".join(ImprovementAction.values)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AnswerConverter, "improvement_answer")

app_name = "feedback"
urlpatterns = [
    path("my/uses/", uses.use_list, name="use_list"),
    path("my/uses/<int:use_id>/", uses.use_detail, name="use_detail"),
    path("my/uses/<int:use_id>/start/", uses.use_start, name="use_start"),
    path("my/uses/<int:use_id>/log/", uses.use_log, name="use_log"),
    path("my/uses/<int:use_id>/reading/", uses.use_reading, name="use_reading"),
    path("my/uses/<int:use_id>/incident/", uses.use_incident, name="use_incident"),
    path("my/uses/<int:use_id>/extend/", uses.use_extend, name="use_extend"),
    path("my/uses/<int:use_id>/end/", uses.use_end, name="use_end"),
    path("my/uses/<int:use_id>/transfer/accept/", uses.transfer_accept, name="transfer_accept"),
    path("my/uses/<int:use_id>/transfer/refuse/", uses.transfer_refuse, name="transfer_refuse"),
    path("my/uses/<int:use_id>/inspections/<int:inspection_id>/", uses.inspection_explain, name="inspection_explain"),
    path("my/incidents/<int:incident_id>/handle/", uses.incident_handle, name="incident_handle"),
    path("my/incidents/<int:incident_id>/resolve/", uses.incident_resolve, name="incident_resolve"),
    path("my/reports/", reports.report_list, name="report_list"),
    path("my/reports/<int:report_id>/", reports.report_detail, name="report_detail"),
    path("my/reports/<int:report_id>/edit/", reports.report_edit, name="report_edit"),
    path("my/reports/<int:report_id>/submit/", reports.report_check, name="report_submit"),
    path("my/reports/<int:report_id>/send/", reports.report_send, name="report_send"),
    path("my/feedback/", supplier.feedback_list, name="feedback_list"),
    path("my/feedback/<int:report_id>/", supplier.feedback_detail, name="feedback_detail"),
    path("my/feedback/<int:report_id>/reply/", supplier.feedback_reply, name="feedback_reply"),
    path(
        "my/feedback/requests/<int:request_id>/<improvement_answer:action>/",
        supplier.request_answer,
        name="request_answer",
    ),
    path("my/verdicts/", supplier.verdict_list, name="verdict_list"),
    path("my/verdicts/<int:verdict_id>/", supplier.verdict_detail, name="verdict_detail"),
    path("my/verdicts/<int:verdict_id>/appeal/", supplier.verdict_appeal, name="verdict_appeal"),
    path("my/verdicts/<int:verdict_id>/plan/", supplier.correction_plan, name="correction_plan"),
    path("my/verdicts/<int:verdict_id>/evidence/", supplier.correction_evidence, name="correction_evidence"),
    path("my/verdicts/<int:verdict_id>/certificate/", supplier.certificate_issue, name="certificate_issue"),
    path("my/certificates/", supplier.certificate_list, name="certificate_list"),
    path("my/purchases/", purchases.purchase_list, name="purchase_list"),
    path("my/purchases/new/", purchases.purchase_create, name="purchase_create"),
    path("products/<int:product_id>/pilot-results/", public.product_results, name="product_results"),
    path("verify/", public.verify_form, name="verify_form"),
    path("verify/<str:code>/", public.verify, name="verify"),
]
