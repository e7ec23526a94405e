"""A rule set as a form: every rule is a field of its own with what it does and where it comes from."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.fields import WonField
from core.money import format_krw
from pilots.models import RuleSet, Track
from pilots.rules.schema import DEADLINES, FORMAT, TIE_BREAKS, WEIGHTS, RuleSetInvalid, parse

WEIGHT_TEXTS = {
    "S2": _("S2 Product from research of a local government on a local problem"),
    "S3": _("S3 Safety equipment for police, coast guard, fire and forestry"),
    "S6": _("S6 Institution has a budget for follow-up purchases"),
    "S7": _("S7 Record of the institution, per point of standing"),
    "S8": _("S8 Health or daily-life product for a rural community"),
    "S9": _("S9 A ministry asked for this use"),
    "S10": _("S10 Supplier is a youth startup, until the share is met"),
    "S12": _("S12 Overseas: the institution plans to buy more"),
}
DEADLINE_TEXTS = {
    "plan_correction": _("Correcting a returned plan"),
    "review": _("Amount and scale review after the closing"),
    "question": _("Answering a reviewer's question"),
    "objection": _("Objecting to a decision"),
    "matching": _("Matching after the review"),
    "acceptance": _("Accepting a match"),
    "contract": _("Concluding the contract"),
    "inspection": _("Inspecting a delivery"),
    "report": _("Reporting after the pilot use"),
    "verdict": _("Judging after the report"),
    "transfer": _("Transferring the asset after the verdict"),
}


SECTIONS: list[tuple[Any, Any, list[str]]] = [
    (
        _("Name and date"),
        _("Rounds whose intake opens from this date on may use these rules."),
        ["name", "effective_on"],
    ),
    (
        _("Ceilings"),
        _(
            "How much a product and an institution may receive in one round. Matching never exceeds a ceiling; "
            "a higher one for a single product needs a reason and a second person."
        ),
        [
            "product_krw",
            "institutions_per_product",
            "min_institutions",
            "institution_krw",
            "institution_products",
            "max_rank",
            "waitlist_per_product",
        ],
    ),
    (
        _("Shares and precedence"),
        _("A share is a floor of the year's budget, not of one round: what earlier rounds lack, later ones make up."),
        ["youth_permille", "neighborhood_first"],
    ),
    (
        _("Exclusions"),
        _("Products that were purchased for a pilot at home before stay out, unless an exception admits them."),
        ["earlier_pilot", "exempt_overseas", "second_chance"],
    ),
    (
        _("Points"),
        _(
            "Every part is computed from what the portal knows. A reviewer may change a part only with a reason. "
            "All points are tenths: 50 means 5 points. 0 switches a preference off."
        ),
        ["base", "ranks", "tracks", "weights", "follow_up_permille", "standing_limit"],
    ),
    (
        _("Ties"),
        _("Where two applications are equal, the first of these that differs decides; the number always comes last."),
        ["tie_breaks"],
    ),
    (
        _("Deadlines"),
        _("Working days, counted with the calendar of public holidays. Reminders and lapses follow from them."),
        ["days"],
    ),
]
# Where a field's source stands in the body, for fields that have one of their own.
SOURCE_OF = {
    "product_krw": "ceilings.product_krw",
    "institutions_per_product": "ceilings.institutions_per_product",
    "youth_permille": "youth_permille",
    "neighborhood_first": "neighborhood_first",
    "earlier_pilot": "exclusions.earlier_pilot",
    "exempt_overseas": "exclusions.exempt_overseas",
    "second_chance": "exclusions.second_chance",
    "base": "scoring",
    "days_plan_correction": "deadlines",
    **{f"weight_{code}": f"scoring.weights.{code}" for code in WEIGHTS},
}


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together, with what they are for; each field comes with its source."""

    title: Any
    text: Any
    fields: list[tuple[forms.BoundField, str]]


def _limit(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, help_text=help_text)


def _points(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=10_000, help_text=help_text)


class RuleSetForm(forms.Form):
    """Reads and writes the body of a rule set."""

    name = forms.CharField(label=_("Name"), max_length=120)
    effective_on = forms.DateField(label=_("Effective from"), widget=forms.DateInput(attrs={"type": "date"}))
    product_krw = WonField(
        label=_("Amount per product (won)"),
        required=False,
        help_text=_("Empty means no limit. One product receives at most this."),
    )
    institution_krw = WonField(
        label=_("Amount per institution (won)"), required=False, help_text=_("Empty means no limit.")
    )
    institution_products = _limit(_("Products per institution"), _("Empty means no limit."))
    institutions_per_product = _limit(_("Institutions per product"), _("Empty means no limit."))
    min_institutions = forms.IntegerField(
        label=_("Fewest institutions per product"),
        min_value=1,
        help_text=_("With fewer institutions a product is not bought at all."),
    )
    youth_permille = forms.IntegerField(
        label=_("Share for youth startups (permille)"),
        min_value=0,
        max_value=1000,
        help_text=_("Of the year's budget. 100 is 10 %."),
    )
    neighborhood_first = forms.BooleanField(
        label=_("Products proposed by a neighborhood go there first"),
        required=False,
        help_text=_("District first, then province, then everybody else."),
    )
    earlier_pilot = forms.BooleanField(label=_("Exclude products with an earlier pilot purchase"), required=False)
    exempt_overseas = forms.BooleanField(label=_("Except for overseas demonstration"), required=False)
    second_chance = forms.BooleanField(
        label=_("Except for products judged insufficient"),
        required=False,
        help_text=_("They get a second chance after correcting what was wrong."),
    )
    base = _points(_("Points everybody has"), _("In tenths of a point, like all points here."))
    ranks = forms.CharField(
        label=_("Points by priority"), help_text=_("For priority 1, 2, 3 and so on, separated by commas.")
    )
    follow_up_permille = forms.IntegerField(
        label=_("Budget for full points of S6 (permille of the amount)"), min_value=1, max_value=10_000
    )
    standing_limit = forms.IntegerField(
        label=_("Most points of standing that count for S7"), min_value=0, max_value=100
    )
    tie_breaks = forms.CharField(label=_("Order of tie-breaks"), help_text=", ".join(TIE_BREAKS))
    max_rank = forms.IntegerField(label=_("Most applications of one institution"), min_value=1, max_value=100)
    waitlist_per_product = forms.IntegerField(label=_("Waitlist per product"), min_value=0, max_value=100)

    def __init__(self, *args: Any, rule_set: RuleSet | None = None, **kwargs: Any) -> None:
        self.sources = dict(rule_set.body.get("sources", {})) if rule_set else {}
        if rule_set is not None:
            kwargs["initial"] = _flat(rule_set) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        for code in WEIGHTS:
            self.fields[f"weight_{code}"] = _points(WEIGHT_TEXTS[code])
        self.codes = list(Track.objects.order_by("order").values_list("code", flat=True))
        for track in Track.objects.order_by("order"):
            self.fields[f"track_{track.code}"] = forms.IntegerField(
                label=_("Points of the track “%(track)s”") % {"track": track.name},
                required=False,
                min_value=0,
                max_value=1000,
            )
        for name in DEADLINES:
            self.fields[f"days_{name}"] = forms.IntegerField(
                label=_("Working days: %(what)s") % {"what": DEADLINE_TEXTS[name]}, min_value=1, max_value=250
            )

    def sections(self) -> list[Section]:
        """The fields as the page groups them."""
        many = {
            "tracks": [f"track_{code}" for code in self.codes],
            "weights": [f"weight_{code}" for code in WEIGHTS],
            "days": [f"days_{name}" for name in DEADLINES],
        }
        return [
            Section(
                title,
                text,
                [(self[name], self._source(name)) for one in names for name in many.get(one, [one])],
            )
            for title, text, names in SECTIONS
        ]

    def shown(self) -> list[tuple[Any, Any, list[tuple[Any, str, str]]]]:
        """The rules to read: every section with the label, the value and the source of each rule."""
        return [
            (
                section.title,
                section.text,
                [(field.label, _told(field), source) for field, source in section.fields],
            )
            for section in self.sections()[1:]
        ]

    def _source(self, name: str) -> str:
        """Where a rule comes from, in the reader's language where the catalogue knows it."""
        place = "scoring.tracks" if name == f"track_{next(iter(self.codes), '')}" else SOURCE_OF.get(name, "")
        source = self.sources.get(place)
        return gettext(source) if source else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            parse(self.body())
        except RuleSetInvalid as error:
            for fault in error.faults:
                self.add_error(None, fault)
        return cleaned

    def _numbers(self, name: str) -> list[Any]:
        return [int(part) if part.strip().isdigit() else part.strip() for part in self.cleaned_data[name].split(",")]

    def body(self) -> dict[str, Any]:
        """The rule set as the format wants it."""
        data = self.cleaned_data
        return {
            "format": FORMAT,
            "ceilings": {
                name: data[name]
                for name in ("product_krw", "institution_krw", "institution_products", "institutions_per_product")
            },
            "min_institutions": data["min_institutions"],
            "youth_permille": data["youth_permille"],
            "neighborhood_first": data["neighborhood_first"],
            "exclusions": {name: data[name] for name in ("earlier_pilot", "exempt_overseas", "second_chance")},
            "scoring": {
                "base": data["base"],
                "ranks": self._numbers("ranks"),
                "tracks": {
                    code: data[f"track_{code}"] for code in self.codes if data.get(f"track_{code}") is not None
                },
                "weights": {code: data[f"weight_{code}"] for code in WEIGHTS},
                "follow_up_permille": data["follow_up_permille"],
                "standing_limit": data["standing_limit"],
            },
            "tie_breaks": self._numbers("tie_breaks"),
            "deadlines": {name: data[f"days_{name}"] for name in DEADLINES},
            "max_rank": data["max_rank"],
            "waitlist_per_product": data["waitlist_per_product"],
            "sources": self.sources,
        }


def _told(field: forms.BoundField) -> str:
    """The value of a rule in words."""
    value = field.initial
    if isinstance(field.field, forms.BooleanField):
        return gettext("Yes") if value else gettext("No")
    if value in (None, ""):
        return "–"
    return format_krw(value) if isinstance(field.field, WonField) else str(value)


def _flat(rule_set: RuleSet) -> dict[str, Any]:
    body = rule_set.body
    scoring = body["scoring"]
    return {
        "name": rule_set.name,
        "effective_on": rule_set.effective_on,
        **body["ceilings"],
        **body["exclusions"],
        **{f"weight_{code}": points for code, points in scoring["weights"].items()},
        **{f"track_{code}": points for code, points in scoring["tracks"].items()},
        **{f"days_{name}": days for name, days in body["deadlines"].items()},
        **{
            name: body[name]
            for name in (
                "min_institutions",
                "youth_permille",
                "neighborhood_first",
                "max_rank",
                "waitlist_per_product",
            )
        },
        "base": scoring["base"],
        "ranks": ", ".join(map(str, scoring["ranks"])),
        "follow_up_permille": scoring["follow_up_permille"],
        "standing_limit": scoring["standing_limit"],
        "tie_breaks": ", ".join(body["tie_breaks"]),
    }
