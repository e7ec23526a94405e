"""Shared pieces of the REST API: pages and problem details (RFC 9457)."""

from typing import Any

from django.http import JsonResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import DomainError, NotPermitted


class Pages(PageNumberPagination):
    """Fifty rows a page, up to 500 with ``?page_size=``."""

    page_size_query_param = "page_size"
    max_page_size = 500


class Refused(APIException):
    """A domain refusal as the API says it: 409."""

    status_code = 409
    default_code = "refused"


PROBLEM_TYPE = "application/problem+json"


def problem(*, status: int, title: str, instance: str) -> JsonResponse:
    """Problem details from outside of a view of the API."""
    return JsonResponse(_details(status, title, instance), status=status, content_type=PROBLEM_TYPE)


def _details(status: int, title: str, instance: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": title, "status": status, "instance": instance}


def problem_details(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as ``application/problem+json``."""
    if isinstance(exc, NotPermitted):
        exc = APIException(detail=str(exc), code="not_permitted")
        exc.status_code = 403
    elif isinstance(exc, DomainError):
        exc = Refused(detail=str(exc))
    response = exception_handler(exc, context)
    if response is None:
        return None
    details = _details(response.status_code, response.status_text, context["request"].path)
    if isinstance(exc, ValidationError):
        details["detail"] = "One or more fields are not valid."
        details["errors"] = response.data
    else:
        details["detail"] = (response.data or {}).get("detail", "")
    response.data = details
    response.content_type = PROBLEM_TYPE
    return response
