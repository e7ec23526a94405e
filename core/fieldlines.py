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
    """Lines under a heading; made from what Django has made."""

    fields: Any

    def __init__(self, made: helpers.Fieldset, opens: Callable[[Any], bool]) -> None:
        self.__dict__.update(made.__dict__)
        self.opens = opens

    def __iter__(self) -> Iterator[CaseLine]:
        for field in self.fields:
            yield CaseLine(self.form, field, self.readonly_fields, model_admin=self.model_admin, opens=self.opens)


class CaseForm:
    """The fields of a case, or of one of its rows, in place of what Django has made of them."""

    def __init__(self, made: Any, opens: Callable[[Any], bool]) -> None:
        self.made, self.opens = made, opens

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)

    def __iter__(self) -> Iterator[CaseFieldset]:
        return (CaseFieldset(fieldset, self.opens) for fieldset in self.made)


class CaseRows(CaseForm):
    """The rows that belong to a case."""

    def __iter__(self) -> Iterator[Any]:
        return (CaseForm(row, self.opens) for row in self.made)
