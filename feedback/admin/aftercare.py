from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.casework import CaseAction, CaseAdmin
from core.money import format_krw
from feedback import perms, services
from feedback.enums import CertificateAction, PurchaseAction, TransferAction
from feedback.forms.answers import ReasonForm, ReviseForm
from feedback.models import AssetTransfer, FieldInspection, FollowUpPurchase, TrackRecordCertificate
from feedback.workflow import CERTIFICATE_WORKFLOW, PURCHASE_WORKFLOW, TRANSFER_WORKFLOW


@admin.register(AssetTransfer)
class AssetTransferAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = perms.ASSET_ROLES
    workflow = TRANSFER_WORKFLOW
    id_argument = "transfer_id"
    list_display = ["product", "institution", "method", "status", "book_value", "completed_at"]
    list_filter = ["status", "method"]
    list_select_related = ["use__product", "use__institution"]
    search_fields = ["use__product__name", "use__institution__name"]
    ordering = ["-pk"]
    case_actions = [
        CaseAction(
            name="complete",
            label=_("Complete the transfer"),
            service=services.complete_transfer,
            action=TransferAction.COMPLETE,
            effect=lambda transfer: [(_("Method"), transfer.get_method_display()), (_("Assets"), transfer.assets)],
            confirm=_("Only for goods that the institution does not keep; what it keeps, it takes over itself."),
        ),
        CaseAction(
            name="revise",
            label=_("Choose another method"),
            service=services.revise_transfer,
            action=TransferAction.REVISE,
            form=ReviseForm,
            effect=lambda transfer: [(_("Reason for the refusal"), transfer.refusal_reason)],
        ),
    ]

    @admin.display(description=_("product"))
    def product(self, transfer: AssetTransfer) -> str:
        return transfer.use.product.name

    @admin.display(description=_("institution"))
    def institution(self, transfer: AssetTransfer) -> str:
        return transfer.use.institution.name

    @admin.display(description=_("book value"), ordering="book_value_krw")
    def book_value(self, transfer: AssetTransfer) -> str:
        return format_krw(transfer.book_value_krw)


@admin.register(FieldInspection)
class FieldInspectionAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    list_display = ["product", "institution", "inspected_on", "finding", "explained_at", "inspector"]
    list_filter = ["finding", "inspected_on"]
    list_select_related = ["use__product", "use__institution", "inspector"]
    search_fields = ["use__product__name", "use__institution__name", "reason"]
    ordering = ["-inspected_on", "-pk"]

    @admin.display(description=_("product"))
    def product(self, inspection: FieldInspection) -> str:
        return inspection.use.product.name

    @admin.display(description=_("institution"))
    def institution(self, inspection: FieldInspection) -> str:
        return inspection.use.institution.name


@admin.register(FollowUpPurchase)
class FollowUpPurchaseAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = [*perms.CASE_ROLES, PpsRole.CONTRACT]
    workflow = PURCHASE_WORKFLOW
    id_argument = "purchase_id"
    list_display = ["product", "institution", "purchased_on", "units", "amount", "channel", "status"]
    list_filter = ["status", "channel"]
    list_select_related = ["product", "institution"]
    search_fields = ["product__name", "institution__name", "document_no"]
    ordering = ["-pk"]
    case_actions = [
        CaseAction(
            name="confirm",
            label=_("Confirm the purchase"),
            service=services.confirm_purchase,
            action=PurchaseAction.CONFIRM,
            confirm=_("The purchase counts in public figures from now on."),
        ),
        CaseAction(
            name="reject",
            label=_("Turn the record down"),
            service=services.reject_purchase,
            action=PurchaseAction.REJECT,
            form=ReasonForm,
            tone="danger",
        ),
    ]

    @admin.display(description=_("amount"), ordering="amount_krw")
    def amount(self, purchase: FollowUpPurchase) -> str:
        return format_krw(purchase.amount_krw)


@admin.register(TrackRecordCertificate)
class TrackRecordCertificateAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = [PpsRole.APPROVER, PpsRole.ADMIN]
    workflow = CERTIFICATE_WORKFLOW
    id_argument = "certificate_id"
    list_display = ["code", "product", "status", "issued_at", "revoked_at"]
    list_filter = ["status"]
    list_select_related = ["verdict__product"]
    search_fields = ["code", "verdict__product__name"]
    ordering = ["-pk"]
    case_actions = [
        CaseAction(
            name="revoke",
            label=_("Revoke the certificate"),
            service=services.revoke_certificate,
            action=CertificateAction.REVOKE,
            form=ReasonForm,
            confirm=_("The page of the certificate stays and says that it is not valid."),
            tone="danger",
        ),
    ]

    @admin.display(description=_("product"))
    def product(self, certificate: TrackRecordCertificate) -> str:
        return certificate.verdict.product.name
