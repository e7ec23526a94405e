"""The numbers of a what-if: what stands in the instance is filled in, what is changed becomes the what-if."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matching.models import MatchingRun
from matching.selectors import institution_choices, product_choices
from pilots.models import Track
from pilots.rules.schema import Rules

PRODUCT_FIELDS = {
    "ceiling_krw": _("Amount ceiling (won)"),
    "max_units": _("Most units"),
    "min_institutions": _("Fewest institutions"),
    "max_institutions": _("Most institutions"),
}
INSTITUTION_FIELDS = {"ceiling_krw": _("Amount ceiling (won)"), "max_products": _("Most products")}


class WholeField(forms.IntegerField):
    """A whole number that may be written with separators, and is shown with them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "numeric"}), **kwargs)

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = value.replace(",", "").replace("₩", "").replace("원", "").replace(" ", "")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,}" if isinstance(value, int) else value


class NameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)

    @staticmethod
    def initial_for(obj: Any) -> dict[str, Any]:
        return {"name": obj.name}


class WhatIfForm(forms.Form):
    """Built for one run: ``changes()`` are the numbers that differ from its instance."""

    name = forms.CharField(label=_("Name of the what-if"), max_length=80)
    budget_krw = WholeField(label=_("Budget of the round (won)"))
    youth_floor_permille = WholeField(
        label=_("Share for youth startups (permille)"), max_value=1000, help_text=_("Of the budget. 100 is 10 %.")
    )

    def __init__(
        self, *args: Any, run: MatchingRun, document: dict[str, Any], rules: Rules, name: str = "", **kwargs: Any
    ) -> None:
        self.run, self.document, self.rules = run, document, rules
        super().__init__(*args, **kwargs)
        self.initial = {
            "name": name,
            "budget_krw": document["budget_krw"],
            "youth_floor_permille": document["youth_floor_permille"],
            **self.initial,
        }
        self._add_tracks()
        self._add_rows("product", PRODUCT_FIELDS, product_choices(run=run))
        self._add_rows("institution", INSTITUTION_FIELDS, institution_choices(run=run))
        self._add_weights()

    def _add_tracks(self) -> None:
        names = {track.code: track.name for track in Track.objects.all()}
        for row in self.document["tracks"]:
            for key, label in (("floor_krw", _("at least (won)")), ("ceiling_krw", _("at most (won)"))):
                field = f"track_{row['id']}_{key}"
                self.fields[field] = WholeField(label=f"{names.get(row['id'], row['id'])}: {label}")
                self.initial.setdefault(field, row[key])

    def _add_rows(self, kind: str, fields: dict[str, Any], choices: list[tuple[str, str]]) -> None:
        """A number for every row of a kind, and numbers for one row of it; empty leaves things as they are."""
        low = {"max_units": 0, "max_products": 0}
        for key, label in fields.items():
            if key != "max_units":
                self.fields[f"all_{kind}_{key}"] = WholeField(label=label, required=False, min_value=low.get(key, 0))
        self.fields[f"one_{kind}"] = forms.ChoiceField(
            label=_("Only this product") if kind == "product" else _("Only this institution"),
            choices=[("", _("None")), *choices],
            required=False,
        )
        for key, label in fields.items():
            self.fields[f"one_{kind}_{key}"] = WholeField(label=label, required=False)

    def _add_weights(self) -> None:
        scoring = self.rules.scoring
        for code, weight in scoring.weights.items():
            if weight:
                self.fields[f"weight_{code}"] = WholeField(
                    label=_("Weight of %(code)s") % {"code": code}, max_value=10_000
                )
                self.initial.setdefault(f"weight_{code}", weight)
        self.fields["ranks"] = forms.CharField(
            label=_("Points by priority"), help_text=_("For priority 1, 2, 3 and so on, separated by commas.")
        )
        self.initial.setdefault("ranks", ", ".join(str(points) for points in scoring.ranks))

    # The parts of the page

    def part(self, *prefixes: str) -> list[forms.BoundField]:
        """The fields whose names begin like this, in order."""
        return [self[name] for name in self.fields if name.startswith(prefixes)]

    def main_fields(self) -> list[forms.BoundField]:
        return self.part("name", "budget_krw", "youth_floor")

    def track_fields(self) -> list[forms.BoundField]:
        return self.part("track_")

    def all_product_fields(self) -> list[forms.BoundField]:
        return self.part("all_product")

    def one_product_fields(self) -> list[forms.BoundField]:
        return self.part("one_product")

    def all_institution_fields(self) -> list[forms.BoundField]:
        return self.part("all_institution")

    def one_institution_fields(self) -> list[forms.BoundField]:
        return self.part("one_institution")

    def score_fields(self) -> list[forms.BoundField]:
        return self.part("weight_", "ranks")

    def has_product_input(self) -> bool:
        return self._has_input("all_product", "one_product")

    def has_institution_input(self) -> bool:
        return self._has_input("all_institution", "one_institution")

    def has_score_input(self) -> bool:
        return self._has_input("weight_", "ranks")

    def _has_input(self, *prefixes: str) -> bool:
        """Whether a part of the page must be open: something was typed into it, or is wrong there."""
        return any(
            field.errors or (self.is_bound and field.name in self.changed_data) for field in self.part(*prefixes)
        )

    # Checks

    def clean_ranks(self) -> list[int]:
        try:
            ranks = [int(text) for text in str(self.cleaned_data["ranks"]).split(",") if text.strip()]
        except ValueError:
            raise forms.ValidationError(_("Write whole numbers, separated by commas.")) from None
        if not ranks or min(ranks) < 0 or max(ranks) > 10_000:
            raise forms.ValidationError(_("Write whole numbers from 0 to 10,000, separated by commas."))
        return ranks

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for row in self.document["tracks"]:
            floor, ceiling = (cleaned.get(f"track_{row['id']}_{key}") for key in ("floor_krw", "ceiling_krw"))
            if floor is not None and ceiling is not None and floor > ceiling:
                self.add_error(f"track_{row['id']}_floor_krw", _("This is more than the track's ceiling."))
        for kind, fields in (("product", PRODUCT_FIELDS), ("institution", INSTITUTION_FIELDS)):
            self._check_one(cleaned, kind, fields)
        return cleaned

    def _check_one(self, cleaned: dict[str, Any], kind: str, fields: dict[str, Any]) -> None:
        given = [f"one_{kind}_{key}" for key in fields if cleaned.get(f"one_{kind}_{key}") is not None]
        chosen = cleaned.get(f"one_{kind}")
        if given and not chosen:
            self.add_error(f"one_{kind}", _("Choose which one these numbers are for."))
        if chosen and not given and not self.errors:
            self.add_error(f"one_{kind}", _("Give at least one number for it."))

    def field_of(self, place: str) -> str | None:
        """The field that a place of the instance (``track:growth:ceiling_krw``) was changed in."""
        if place in self.fields:
            return place
        kind, _sep, rest = place.partition(":")
        subject, _sep, key = rest.partition(":")
        own = [f"track_{subject}_{key}", f"all_{kind}_{key}"]
        if self.cleaned_data.get(f"one_{kind}") == subject:
            own.insert(0, f"one_{kind}_{key}")
        return next((name for name in own if name in self.fields), None)

    # The result

    def changes(self) -> dict[str, Any]:
        """Only what differs from the instance and the rule set, as plain data."""
        values, document = self.cleaned_data, self.document
        found: dict[str, Any] = {
            name: values[name] for name in ("budget_krw", "youth_floor_permille") if values[name] != document[name]
        }
        tracks = {row["id"]: self._track(row) for row in document["tracks"]}
        scoring = self.rules.scoring
        weights = {
            code: values[f"weight_{code}"]
            for code, weight in scoring.weights.items()
            if weight and values[f"weight_{code}"] != weight
        }
        parts: dict[str, Any] = {
            "tracks": {name: change for name, change in tracks.items() if change},
            "weights": weights,
            "ranks": values["ranks"] if tuple(values["ranks"]) != scoring.ranks else [],
        }
        for kind, fields in (("product", PRODUCT_FIELDS), ("institution", INSTITUTION_FIELDS)):
            parts[f"all_{kind}s"] = self._given(f"all_{kind}", fields)
            one = self._given(f"one_{kind}", fields)
            parts[f"{kind}s"] = {values[f"one_{kind}"]: one} if one else {}
        return found | {name: part for name, part in parts.items() if part}

    def _track(self, row: dict[str, Any]) -> dict[str, int]:
        asked = {key: self.cleaned_data[f"track_{row['id']}_{key}"] for key in ("floor_krw", "ceiling_krw")}
        return {key: value for key, value in asked.items() if value != row[key]}

    def _given(self, prefix: str, fields: dict[str, Any]) -> dict[str, int]:
        asked = {key: self.cleaned_data.get(f"{prefix}_{key}") for key in fields}
        return {key: value for key, value in asked.items() if value is not None}
