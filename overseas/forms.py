from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from overseas.enums import DemandSource, DemonstrationStatus, Evaluation, OverseasStatus
from overseas.models import Country, OverseasApplication
from overseas.services import NewApplication
from pilots.models import PilotRound
from products.models import Product


class ListFilterForm(forms.Form):
    """Filters of a company's own list."""

    q = forms.CharField(label=_("Number, product or institution"), required=False, max_length=100)
    status = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *OverseasStatus.choices])

    def values(self) -> dict[str, str]:
        self.is_valid()
        return {"text": self.cleaned_data.get("q", ""), "status": self.cleaned_data.get("status", "")}


class PublicFilterForm(forms.Form):
    """Filters of the public list."""

    q = forms.CharField(label=_("Product, company or institution"), required=False, max_length=100)
    country = forms.ModelChoiceField(
        label=_("Country"), required=False, queryset=Country.objects.none(), empty_label=_("All")
    )
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            *((s.value, s.label) for s in (DemonstrationStatus.IN_USE, DemonstrationStatus.EVALUATED)),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = OverseasApplication.objects.order_by().values("country")
        self.fields["country"].queryset = Country.objects.filter(pk__in=used).order_by("name_ko")  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        self.is_valid()
        country = self.cleaned_data.get("country")
        return {
            "text": self.cleaned_data.get("q", ""),
            "country": country.pk if country else "",
            "status": self.cleaned_data.get("status", ""),
        }


class ApplicationForm(forms.ModelForm[OverseasApplication]):
    """What a company states about a demonstration abroad."""

    class Meta:
        model = OverseasApplication
        fields = [
            "product", "country", "institution_name", "institution_name_local", "contact_name", "contact_email",
            "site", "problem", "use_plan", "units", "unit_price_krw", "months", "local_permits",
            "expected_follow_up", "oda_project",
        ]  # fmt: skip

    def __init__(self, *args: Any, products: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = products  # type: ignore[attr-defined]
        self.fields["country"].queryset = Country.objects.order_by("name_ko")  # type: ignore[attr-defined]
        self.fields["institution_name"].help_text = _("In English, as it should appear on the invitation.")
        self.fields["contact_email"].help_text = _("The invitation link goes to this address once you are selected.")

    def content(self) -> NewApplication:
        values = dict(self.cleaned_data)
        product: Product = values.pop("product")
        country: Country = values.pop("country")
        return NewApplication(product_id=product.pk, country_id=country.pk, **values)


class AgreeForm(forms.Form):
    """The institution abroad agrees or declines."""

    name = forms.CharField(label=_("Your name and position"), max_length=100)
    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("agree", _("We agree to test the product and to report.")), ("decline", _("We decline."))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason, if you decline"), required=False, widget=forms.Textarea)


class AcceptForm(forms.Form):
    """The institution abroad inspects what arrived."""

    name = forms.CharField(label=_("Your name and position"), max_length=100)
    answer = forms.ChoiceField(
        label=_("Result of the inspection"),
        choices=[
            ("accept", _("Complete, undamaged, installed and working, with training and safety documents.")),
            ("reject", _("Something is missing or does not work.")),
        ],
        widget=forms.RadioSelect,
    )
    defects = forms.CharField(label=_("Defects, if any"), required=False, widget=forms.Textarea)


class ReportForm(forms.Form):
    """The test result, in English."""

    used_from = forms.DateField(label=_("Used from"), widget=forms.DateInput(attrs={"type": "date"}))
    used_until = forms.DateField(label=_("Used until"), widget=forms.DateInput(attrs={"type": "date"}))
    summary = forms.CharField(label=_("What was tested, and what came of it?"), widget=forms.Textarea)
    measured = forms.CharField(label=_("Measured values"), widget=forms.Textarea)
    problems = forms.CharField(label=_("Problems and wishes"), required=False, widget=forms.Textarea)
    rating = forms.TypedChoiceField(
        label=_("Overall rating"),
        coerce=int,
        choices=[("", _("Choose")), *((n, str(n)) for n in range(5, 0, -1))],
        help_text=_("5 is the best."),
    )
    wants_more = forms.BooleanField(label=_("We plan to adopt more of it."), required=False)
    may_publish = forms.BooleanField(label=_("The summary and measured values may be published."), required=False)
    reporter_name = forms.CharField(label=_("Your name and position"), max_length=100)


class CallForm(forms.Form):
    """A call, as PPS staff write it."""

    round = forms.ModelChoiceField(label=_("Round that pays"), queryset=PilotRound.objects.none())
    demand_source = forms.ChoiceField(label=_("Demand source"), choices=DemandSource.choices)
    title_ko = forms.CharField(label=_("Title in Korean"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200)
    body_ko = forms.CharField(label=_("Text in Korean"), widget=forms.Textarea)
    body_en = forms.CharField(label=_("Text in English"), widget=forms.Textarea)
    ceiling_krw = forms.IntegerField(label=_("Ceiling per application (won)"), min_value=1)
    opens_at = forms.DateTimeField(label=_("Opens at"), help_text=_("For example 2026-12-01 09:00"))
    closes_at = forms.DateTimeField(label=_("Closes at"), help_text=_("For example 2026-12-31 18:00"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds = PilotRound.objects.in_progress().filter(tracks__track__is_overseas=True).distinct()
        self.fields["round"].queryset = rounds.order_by("-year", "-sequence")  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        values["round_id"] = values.pop("round").pk
        return values


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea)


class OpinionForm(forms.Form):
    opinion = forms.CharField(label=_("Opinion on the demand"), widget=forms.Textarea)


class DueForm(forms.Form):
    delivery_due_on = forms.DateField(label=_("Deliver by"), widget=forms.DateInput(attrs={"type": "date"}))


class EvaluationForm(forms.Form):
    evaluation = forms.ChoiceField(label=_("Evaluation"), choices=[("", _("Choose")), *Evaluation.choices])
    summary = forms.CharField(label=_("Public summary"), widget=forms.Textarea)


class CertificateForm(forms.Form):
    name = forms.CharField(label=_("Name of the certificate"), max_length=200)
    body = forms.CharField(label=_("Certifying body"), max_length=200)
    certificate_no = forms.CharField(label=_("Certificate no."), max_length=80)
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
