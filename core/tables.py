"""Lists: sorting and pages from the URL, so that filters survive in a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, the chosen sort key and the query string without the page."""

    page: Page[Any]
    sort: str
    query: str

    @property
    def total(self) -> int:
        return self.page.paginator.count


def listing(
    request: HttpRequest, queryset: QuerySet[Any], *, sorts: Mapping[str, str], default: str = "", per_page: int = 20
) -> Listing:
    """Sort by ``?sort=`` (a key of ``sorts``, ``-`` in front turns it round) and cut by ``?page=``.

    ``sorts`` maps public names to fields; every order ends with ``-pk`` so that pages never overlap. An unknown sort
    key or page falls back to the default and the last page.
    """
    asked = request.GET.get("sort", "")
    name = asked.lstrip("-")
    if name in sorts:
        field = sorts[name]
        if asked.startswith("-"):
            field = field[1:] if field.startswith("-") else f"-{field}"
        queryset = queryset.order_by(field, "-pk")
    elif default:
        asked, queryset = "", queryset.order_by(default, "-pk")
    params = request.GET.copy()
    params.pop("page", None)
    page = Paginator(queryset, per_page).get_page(request.GET.get("page"))
    return Listing(page=page, sort=asked if name in sorts else "", query=params.urlencode())
