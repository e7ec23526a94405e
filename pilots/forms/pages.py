from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import InstitutionKind
from accounts.models import Province
from pilots.enums import ApplicationStatus, Claim, ExemptReason, PlanStatus, RoundStatus
from pilots.models import ApplicationSite, PilotApplication, PilotRound, PilotUsePlan, PlanKpi, Track
from products.models import ProductItem


class RoundFilterForm(forms.Form):
    q = forms.CharField(label=_("Number or title"), required=False)
    year = forms.ChoiceField(label=_("Year"), required=False)
    status = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *RoundStatus.choices])

    def __init__(self, *args: Any, years: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"] = forms.ChoiceField(
            label=_("Year"), required=False, choices=[("", _("All")), *((str(year), str(year)) for year in years)]
        )


class ProductFilterForm(forms.Form):
    """Narrows the products of a round."""

    q = forms.CharField(label=_("Product or supplier"), required=False)
    track = forms.ModelChoiceField(
        label=_("Track"), required=False, queryset=Track.objects.none(), to_field_name="code", empty_label=_("All")
    )

    suitable = forms.BooleanField(label=_("Only what is offered to our institution"), required=False)

    def __init__(self, *args: Any, pilot_round: PilotRound, is_institution: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["track"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Track.objects.filter(pk__in=pilot_round.tracks.values("track")).order_by("order")
        if not is_institution:
            del self.fields["suitable"]


class PlanFilterForm(forms.Form):
    q = forms.CharField(label=_("Product or number"), required=False)
    status = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *PlanStatus.choices])


class ApplicationFilterForm(forms.Form):
    q = forms.CharField(label=_("Product, supplier or number"), required=False)
    status = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *ApplicationStatus.choices])


class ProvinceField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Provinces, kept as a list of codes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Province.objects.order_by("order"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        return [province.pk for province in super().clean(value)]


class UsePlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """The whole plan. Saving a draft asks for nothing but sensible values; handing in asks the service."""

    suitable_kinds = forms.MultipleChoiceField(
        label=_("Suitable kinds of institution"),
        help_text=_("Leave empty when every kind is suitable."),
        choices=InstitutionKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    suitable_provinces = ProvinceField(
        label=_("Suitable provinces"), help_text=_("Leave empty when you deliver everywhere.")
    )
    neighborhood_province = forms.ModelChoiceField(
        label=_("Province of the proposer"),
        help_text=_("Only for a product that grew out of a proposal of citizens (Our Neighborhood)."),
        queryset=Province.objects.order_by("order"),
        required=False,
    )

    class Meta:
        model = PilotUsePlan
        fields = [
            "track",
            "item",
            "unit_price_krw",
            "monthly_fee_krw",
            "price_basis",
            "price_note",
            "min_units",
            "max_units",
            "min_institutions",
            "max_institutions",
            "pilot_months",
            "suitable_kinds",
            "suitable_provinces",
            "site_requirements",
            "expected_improvement",
            "installation",
            "training",
            "safety",
            "follow_up_offer",
            "yearly_operating_krw",
            "operating_payer",
            "neighborhood_province",
            "neighborhood_district",
            "is_local_rnd",
            "is_safety_equipment",
            "is_daily_life",
            "is_policy_demand",
        ]
        help_texts = {
            "unit_price_krw": _("Whole won, delivery and installation included."),
            "monthly_fee_krw": _("Whole won. The price of one unit is the fee times the months."),
            "price_note": _("How the price was set; attach the evidence below."),
            "min_units": _("An institution that receives fewer cannot try the product properly."),
            "max_units": _("What you can deliver in this round, all institutions together."),
            "site_requirements": _("Space, power, network, permits, data protection."),
            "yearly_operating_krw": _("Consumables, licences, maintenance; for one unit and year, after the pilot."),
            "follow_up_offer": _("Price and terms for institutions that buy more."),
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": 3})
            for name in (
                "price_note",
                "site_requirements",
                "expected_improvement",
                "installation",
                "training",
                "safety",
                "follow_up_offer",
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan: PilotUsePlan = self.instance
        track, item = self.fields["track"], self.fields["item"]
        if isinstance(track, forms.ModelChoiceField):
            track.queryset = Track.objects.filter(pk__in=plan.round.tracks.values("track")).order_by("order")
            track.empty_label = None
        if isinstance(item, forms.ModelChoiceField):
            item.queryset = ProductItem.objects.filter(product=plan.product).order_by("position", "pk")
        if plan.round.is_lease:
            del self.fields["unit_price_krw"]
        else:
            del self.fields["monthly_fee_krw"]

    def clean_neighborhood_province(self) -> str:
        province = self.cleaned_data.get("neighborhood_province")
        return province.pk if province else ""

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        kept = dict(self.cleaned_data)
        kept["track_id"] = kept.pop("track").pk
        item = kept.pop("item")
        kept["item_id"] = item.pk if item else None
        return kept


class KpiForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = PlanKpi
        fields = ["name", "unit", "comparison", "target", "measuring_method"]


KPI_ROWS = 5


class RowFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows that were left empty or ticked for deletion are dropped."""

    def rows(self) -> list[dict[str, Any]]:
        return [
            {name: form.cleaned_data[name] for name in form.Meta.fields}
            for form in self.forms
            if getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE")
        ]


class BaseKpiFormSet(RowFormSet):
    """Two rows of one name are refused."""

    def clean(self) -> None:
        names = [row["name"] for row in self.rows()]
        if len(set(names)) != len(names):
            raise forms.ValidationError(_("Two measures have the same name. Give each a name of its own."))


KpiFormSet = forms.formset_factory(KpiForm, formset=BaseKpiFormSet, extra=2, max_num=10, can_delete=True)


def kpi_initial(plan: PilotUsePlan) -> list[dict[str, Any]]:
    """The stored measures as rows of the form, their targets without idle zeros."""
    return [
        {name: getattr(kpi, name) for name in KpiForm.Meta.fields} | {"target": f"{kpi.target.normalize():f}"}
        for kpi in plan.kpis.order_by("order", "pk")
    ]


class ApplicationForm(forms.ModelForm):  # type: ignore[type-arg]
    """The whole application; limits of the plan are checked here, gaps when it is submitted."""

    claims = forms.MultipleChoiceField(
        label=_("What applies to us"),
        help_text=_("Each counts in the review. Attach the evidence."),
        choices=Claim.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = PilotApplication
        fields = [
            "requested_units",
            "min_units",
            "priority",
            "site_name",
            "site_address",
            "site_district",
            "site_province",
            "is_security_site",
            "problem",
            "use_plan",
            "expected_effect",
            "responsible_person",
            "operating_budget_krw",
            "follow_up_budget_krw",
            "follow_up_plan",
            "claims",
            "is_exempt",
            "exempt_reason",
            "letter_number",
            "letter_on",
            "has_pledged",
        ]
        labels = {
            "has_pledged": _("We will use the product for the whole period, report the result and take care of it."),
        }
        help_texts = {
            "min_units": _("If the budget does not suffice, you may receive fewer units, but not fewer than this."),
            "priority": _("1 is the application your institution wants most. Every rank occurs once."),
            "site_address": _("Street address of the place of use."),
            "is_security_site": _("Police, coast guard, fire and defence sites: only the district is published."),
            "follow_up_budget_krw": _("What your institution has secured to buy more after a good result."),
            "is_exempt": _(
                "For example when your institution proposed the demand for this product. The application then goes "
                "past the matching; every other check stays."
            ),
            "letter_number": _("Where the letter came by the government's document exchange; otherwise attach it."),
        }
        widgets = {
            **{
                name: forms.Textarea(attrs={"rows": 3})
                for name in ("problem", "use_plan", "expected_effect", "follow_up_plan")
            },
            "letter_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan: PilotUsePlan = self.instance.plan
        for name in ("requested_units", "min_units"):
            self.fields[name].validators.append(MinValueValidator(plan.min_units))
        self.fields["requested_units"].help_text = _("From %(low)s to %(high)s, as the supplier offers.") % {
            "low": plan.min_units,
            "high": plan.max_units,
        }
        self.fields["exempt_reason"] = forms.ChoiceField(
            label=self.fields["exempt_reason"].label, required=False, choices=ExemptReason.choices
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        low, high = cleaned.get("min_units"), cleaned.get("requested_units")
        if low and high and low > high:
            self.add_error("min_units", _("The fewest units must not be above the units asked for."))
        if high and high > self.instance.plan.max_units:
            self.add_error("requested_units", _("The supplier does not offer that many units."))
        if cleaned.get("is_exempt") and not cleaned.get("exempt_reason"):
            self.add_error("exempt_reason", _("Say why no matching is needed."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        kept = dict(self.cleaned_data)
        province = kept.pop("site_province")
        kept["site_province_id"] = province.pk if province else None
        return kept


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A further place of use; an empty row is dropped."""

    class Meta:
        model = ApplicationSite
        fields = ["name", "address", "district", "province", "units"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].validators.append(MinValueValidator(1))


SiteFormSet = forms.formset_factory(SiteForm, formset=RowFormSet, extra=1, max_num=10, can_delete=True)


def site_initial(application: PilotApplication) -> list[dict[str, Any]]:
    """The stored further sites as rows of the form."""
    rows = application.further_sites.order_by("order", "pk")
    return [{name: getattr(site, name) for name in SiteForm.Meta.fields} for site in rows]


def differences(form: "forms.ModelForm[Any]", row: models.Model) -> list[tuple[str, str]]:
    """Where a colleague's stored values differ from what stands in the form: label and the stored value."""
    found = []
    for name in form.cleaned_data:
        theirs, mine = forms.model_to_dict(row, fields=[name])[name], form.cleaned_data[name]
        mine = mine.pk if isinstance(mine, models.Model) else mine
        if theirs != mine:
            found.append((str(form.fields[name].label), _shown(form.fields[name], getattr(row, name))))
    return found


def _shown(field: forms.Field, value: Any) -> str:
    """A stored value in the words of its form field; empty where there is none."""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if value in (None, "", []):
        return ""
    labels = {str(code): str(label) for code, label in getattr(field, "choices", ())}
    return ", ".join(
        labels.get(str(one)) or (f"{one:,}" if isinstance(one, int) else str(one))
        for one in (value if isinstance(value, list) else [value])
    )


class TextForm(forms.Form):
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 5}))


class RemarkForm(forms.Form):
    remark = forms.CharField(
        label=_("What should change"),
        help_text=_("The officer is told and reads it on this page."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Answer"), widget=forms.Textarea(attrs={"rows": 4}))


class OrderForm(forms.Form):
    """The order of an institution's applications: one number per row."""

    def __init__(self, *args: Any, applications: Sequence[PilotApplication], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for application in applications:
            self.fields[f"rank_{application.pk}"] = forms.IntegerField(
                label=application.plan.product.name, min_value=1, max_value=99, initial=application.priority
            )

    def order(self) -> list[int]:
        """Application ids, the most wanted first."""
        ranks = {int(name.removeprefix("rank_")): rank for name, rank in self.cleaned_data.items()}
        return sorted(ranks, key=lambda pk: (ranks[pk], pk))
