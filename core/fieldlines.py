"""The read-only lines of a case page: links only where they open, and words for yes and no."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.admin import helpers
from django.contrib.admin.utils import lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.translation import gettext as _


class CaseField(helpers.AdminReadonlyField):
    """One value. Django links to every other case, and many links would end at a refusal."""

    opens: Callable[[Any], bool] = staticmethod(lambda _case: False)

    def get_admin_url(self, remote_field: Any, remote_obj: Any) -> Any:
        return super().get_admin_url(remote_field, remote_obj) if self.opens(remote_obj) else str(remote_obj)

    def contents(self) -> Any:
        try:
            field, _attribute, value = lookup_field(self.field["field"], self.form.instance, self.model_admin)
        except (AttributeError, ValueError, ObjectDoesNotExist):
            return super().contents()
        if isinstance(field, models.BooleanField) and not field.choices and value is not None:
            return _("Yes") if value else _("No")
        return super().contents()


class CaseLine(helpers.Fieldline):
    """One line, usually of one value."""

    def __init__(self, *args: Any, opens: Callable[[Any], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opens = opens

    def __iter__(self) -> Iterator[Any]:
        for number, field in enumerate(self.fields):
            if field in self.readonly_fields:
                line = CaseField(self.form, field, is_first=number == 0, model_admin=self.model_admin)
                line.opens = self.opens
                yield line
            else:
                yield helpers.AdminField(self.form, field, is_first=number == 0)


class CaseFieldset(helpers.Fieldset):
    """Lines under a heading."""

    opens: Callable[[Any], bool]
    fields: Any

    def __iter__(self) -> Iterator[CaseLine]:
        for field in self.fields:
            yield CaseLine(self.form, field, self.readonly_fields, model_admin=self.model_admin, opens=self.opens)


class CaseForm(helpers.AdminForm):
    """The fields of a case page; takes the place of the one that Django has made."""

    def __init__(self, made: helpers.AdminForm, opens: Callable[[Any], bool]) -> None:
        self.__dict__.update(made.__dict__)
        self.opens = opens

    def __iter__(self) -> Iterator[CaseFieldset]:
        for name, options in self.fieldsets:
            facts: dict[str, Any] = {**options, "readonly_fields": self.readonly_fields}
            fieldset = CaseFieldset(self.form, name, model_admin=self.model_admin, **facts)
            fieldset.opens = self.opens
            yield fieldset
