from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.codes import business_number, institution_code
from accounts.codes.places import parse_address
from accounts.enums import InstitutionKind, Language, MemberRole, PpsRole
from accounts.models import Organization, User
from core.calendar import today


def _text(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(
        label=_("Language"),
        choices=Language.choices,
        help_text=_("The portal speaks and writes to you in this language."),
    )
    agree_terms = forms.BooleanField(
        label=_("I agree to the terms of use."),
        error_messages={"required": _("Without your agreement to the terms of use no account can be opened.")},
    )
    agree_privacy = forms.BooleanField(
        label=_("I agree to the collection and use of my personal data."),
        error_messages={"required": _("Without your consent to the use of your data no account can be opened.")},
    )

    field_order = ["email", "name", "password1", "password2", "language", "agree_terms", "agree_privacy"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language()


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["name", "phone", "language"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel"}),
        }


class FindOrganizationForm(forms.Form):
    number = forms.CharField(
        label=_("Business registration number or institution code"),
        max_length=20,
        help_text=_("Ten digits for a company, seven letters or digits for a demand institution."),
    )

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if is_acceptable_business_no(number) or institution_code.is_valid(number):
            return number
        raise ValidationError(
            _("This is neither a business registration number nor an institution code. Check it digit by digit."),
            code="number",
        )


def is_acceptable_business_no(number: str) -> bool:
    """Valid, and not one of the invented numbers unless this is a demonstration."""
    return business_number.is_valid(number) and (settings.IS_DEMO or not business_number.is_invented(number))


def secure_formfield(field: Any, **kwargs: Any) -> forms.Field | None:
    """An address typed without a scheme means the encrypted site."""
    if isinstance(field, models.URLField):
        kwargs["assume_scheme"] = "https"
    built: forms.Field | None = field.formfield(**kwargs)
    return built


class OrganizationProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an organization says about itself; the province is read from the address where it can be."""

    class Meta:
        model = Organization
        fields = ["name", "name_en", "address", "province", "phone", "website"]
        formfield_callback = secure_formfield
        labels = {"name": _("Name of the organization")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "address": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel"}),
            "website": forms.URLInput(attrs={"autocomplete": "url", "placeholder": "https://"}),
        }
        help_texts = {
            "name_en": _("Shown on English pages and abroad."),
            "address": _("Begin with the province, for example 부산광역시 해운대구 센텀중앙로 1."),
            "province": _("Only needed where the address does not begin with the province."),
            "website": _("The full address, for example https://example.com."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].required = True
        province = self.fields["province"]
        if isinstance(province, forms.ModelChoiceField):
            province.queryset = selectors.provinces()
            province.empty_label = _("As in the address")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        address = cleaned.get("address", "")
        if address and parse_address(address) is None and not cleaned.get("province"):
            self.add_error("province", _("The address does not begin with a province. Choose the province here."))
        return cleaned

    def profile(self) -> dict[str, Any]:
        """The cleaned values as the services name them."""
        values = dict(self.cleaned_data)
        province = values.pop("province")
        return {**values, "province_id": province.pk if province else None}


class SupplierProfileForm(OrganizationProfileForm):
    class Meta(OrganizationProfileForm.Meta):
        fields = [
            *OrganizationProfileForm.Meta.fields,
            "representative_name",
            "representative_birth_year",
            "founded_on",
        ]
        widgets = {
            **OrganizationProfileForm.Meta.widgets,
            "founded_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            **OrganizationProfileForm.Meta.help_texts,
            "representative_birth_year": _("Only to judge whether the company is a youth startup. Never published."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["representative_name"].required = True

    def clean_representative_birth_year(self) -> int | None:
        year: int | None = self.cleaned_data["representative_birth_year"]
        if year is not None and not 1900 <= year <= today().year - 14:
            raise ValidationError(_("Write the year with four digits, for example 1990."), code="year")
        return year

    def clean_founded_on(self) -> Any:
        day = self.cleaned_data["founded_on"]
        if day is not None and day > today():
            raise ValidationError(_("The day of foundation lies in the future. Check the year."), code="future")
        return day


class SupplierForm(SupplierProfileForm):
    """Registration of a company."""

    business_no = forms.CharField(
        label=_("Business registration number"), max_length=14, help_text=_("Ten digits, with or without dashes.")
    )
    is_youth_startup = forms.BooleanField(
        label=_("We are a youth startup."),
        required=False,
        help_text=_("A founder of 39 years or younger and at most seven years since the foundation. PPS checks it."),
    )
    field_order = ["business_no"]

    def clean_business_no(self) -> str:
        number: str = self.cleaned_data["business_no"]
        if not is_acceptable_business_no(number):
            raise ValidationError(
                _("This is not a business registration number. Compare the ten digits with the certificate."),
                code="business_no",
            )
        return business_number.compact(number)


class InstitutionForm(OrganizationProfileForm):
    """Registration of a demand institution."""

    institution_code = forms.CharField(
        label=_("Institution code"),
        max_length=9,
        help_text=_("Seven letters or digits: the standard administrative code, or the code used in KONEPS."),
    )
    institution_kind = forms.ChoiceField(
        label=_("Kind of institution"), choices=[("", _("Choose")), *InstitutionKind.choices]
    )
    field_order = ["institution_code", "institution_kind"]

    def clean_institution_code(self) -> str:
        code: str = self.cleaned_data["institution_code"]
        if not institution_code.is_valid(code):
            raise ValidationError(
                _("An institution code has seven letters or digits, for example 6260000."), code="institution_code"
            )
        return institution_code.compact(code)


class MemberFilterForm(forms.Form):
    q = forms.CharField(label=_("Name or e-mail address"), max_length=80, required=False)


class JoinForm(forms.Form):
    message = forms.CharField(
        label=_("Message to the administrators"),
        required=False,
        max_length=1000,
        widget=_text(),
        help_text=_("Say who you are, for example your department and extension."),
    )


class RecoveryForm(forms.Form):
    explanation = forms.CharField(
        label=_("Why nobody can administer the organization"),
        max_length=2000,
        widget=_text(6),
        help_text=_("Name the person who left, and how PPS can check that you speak for the organization."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=_text(), help_text=_("The people concerned read this text.")
    )


class MemberRoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=MemberRole.choices,
        help_text=_(
            "Officers prepare, approvers may also submit and accept for the organization, "
            "administrators may also decide who belongs to it."
        ),
    )


class InviteForm(MemberRoleForm):
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    language = forms.ChoiceField(label=_("Language of the mail"), choices=Language.choices)
    message = forms.CharField(label=_("Message"), required=False, max_length=1000, widget=_text(3))
    field_order = ["email", "name", "role", "language", "message"]


class StaffRoleForm(forms.Form):
    """For the admin: which PPS role, and why."""

    role = forms.ChoiceField(label=_("Role"), choices=PpsRole.choices)
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=_text())


class ClassifyForm(forms.Form):
    """For the admin: the marks of an organization that count in reviews and in matching."""

    is_youth_startup = forms.BooleanField(label=_("is a youth startup"), required=False)
    is_safety_institution = forms.BooleanField(label=_("is a safety institution"), required=False)
    is_rural = forms.BooleanField(label=_("is rural"), required=False)
    institution_kind = forms.ChoiceField(
        label=_("Kind of institution"), choices=[("", "–"), *InstitutionKind.choices], required=False
    )

    @staticmethod
    def initial_for(organization: Organization) -> dict[str, Any]:
        """The marks as they are now."""
        fields = ("is_youth_startup", "is_safety_institution", "is_rural", "institution_kind")
        return {field: getattr(organization, field) for field in fields}
