from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from feedback.enums import Finding, Outcome, TransferMethod
from feedback.forms.uses import Day, ManyFiles, long_text


class FeedbackFilterForm(forms.Form):
    q = forms.CharField(label=_("Product or institution"), required=False)
    reply = forms.ChoiceField(
        label=_("Reply"),
        required=False,
        choices=[("", _("All")), ("without", _("Without reply")), ("with", _("With reply"))],
    )


class ReplyForm(forms.Form):
    body = long_text(
        _("Reply"),
        help_text=_("Published beside the institution's report. Do not write names, telephone or resident numbers."),
    )


class AcceptRequestForm(forms.Form):
    answer = long_text(_("What you will do"))
    owner_name = forms.CharField(label=_("Person in charge"), max_length=100)
    due_on = Day(label=_("Planned for"))


class AnswerForm(forms.Form):
    answer = long_text(_("Answer to the request"))


class AppealForm(forms.Form):
    reason = long_text(_("Reasons of the appeal"))


class PlanForm(forms.Form):
    plan = long_text(_("What you will correct, and how"))
    due_on = Day(label=_("Corrected by"))


class EvidenceForm(forms.Form):
    evidence = long_text(_("What was corrected"))
    files = ManyFiles(label=_("Evidence"), required=False)  # type: ignore[assignment]


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Verification number"), max_length=30, help_text=_("For example ABCD-2345-EFGH-6789.")
    )


class ReasonForm(forms.Form):
    reason = long_text(_("Reason"))


class DecisionForm(forms.Form):
    decision = long_text(_("Decision and reasons"))


class OptionalReasonForm(forms.Form):
    reason = long_text(_("Reason"), required=False)


class ReturnEvidenceForm(forms.Form):
    reason = long_text(_("What the evidence lacks"))
    due_on = Day(label=_("New date"))


class ResolveAccidentForm(forms.Form):
    resolution = long_text(_("How it was resolved"))
    is_product_fault = forms.NullBooleanField(
        label=_("Caused by the product"),
        help_text=_("A safety accident caused by the product is a ground for a failure verdict."),
        required=False,
    )


class VerdictForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Verdict"), choices=Outcome.choices, widget=forms.RadioSelect)
    reason = long_text(
        _("Reasons"), help_text=_("For the file and the supplier. Say why where you differ from the calculation.")
    )
    public_summary = long_text(_("Public summary"), required=False)


class TransferForm(forms.Form):
    method = forms.ChoiceField(label=_("Method"), choices=TransferMethod.choices)
    assets = long_text(_("List of assets"), help_text=_("Model and serial numbers, one per line."))
    book_value_krw = forms.IntegerField(label=_("Book value in won"), min_value=0)
    reason = long_text(
        _("Reason"), required=False, help_text=_("Needed where the institution does not keep the product.")
    )
    reassigned_to_id = forms.ModelChoiceField(
        label=_("Reassigned to"), queryset=Organization.objects.institutions().confirmed(), required=False
    )

    def clean_reassigned_to_id(self) -> int | None:
        organization = self.cleaned_data.get("reassigned_to_id")
        return organization.pk if organization else None

    @staticmethod
    def initial_for(use: Any) -> dict[str, Any]:
        """The method that fits the institution, and the amount that was paid."""
        is_central = use.institution.institution_kind == "central"
        method = TransferMethod.MANAGEMENT_TRANSFER if is_central else TransferMethod.FREE_TRANSFER
        return {"method": method, "book_value_krw": use.line.amount_krw}


class ReviseForm(forms.Form):
    method = forms.ChoiceField(label=_("Method"), choices=TransferMethod.choices)
    reason = long_text(_("Reason"), required=False)
    reassigned_to_id = forms.ModelChoiceField(
        label=_("Reassigned to"), queryset=Organization.objects.institutions().confirmed(), required=False
    )

    def clean_reassigned_to_id(self) -> int | None:
        organization = self.cleaned_data.get("reassigned_to_id")
        return organization.pk if organization else None


class InspectionForm(forms.Form):
    inspected_on = Day(label=_("Field inspection on"))
    finding = forms.ChoiceField(label=_("Finding on the spot"), choices=Finding.choices)
    reason = long_text(_("Reason"), required=False, help_text=_("Needed where the product is not in use."))
