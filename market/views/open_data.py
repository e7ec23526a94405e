from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.access import public
from market import selectors
from market.ocds.build import OCID_PREFIX


@require_safe
@public
def ocds(request: HttpRequest) -> HttpResponse:
    """What is published, under which licence, and how to read it."""
    package = selectors.release_package(uri=request.build_absolute_uri("/ocds/releases.json"))
    processes = {release["ocid"] for release in package["releases"]}
    context = {"releases": len(package["releases"]), "processes": len(processes), "prefix": OCID_PREFIX}
    return render(request, "market/ocds.html", context)


@require_safe
@public
def ocds_releases(request: HttpRequest) -> HttpResponse:
    """The release package."""
    return _json(selectors.release_package(uri=request.build_absolute_uri()))


@require_safe
@public
def ocds_records(request: HttpRequest) -> HttpResponse:
    """The record package with compiled releases."""
    return _json(selectors.record_package(uri=request.build_absolute_uri()))


def _json(package: dict[str, object]) -> HttpResponse:
    response = JsonResponse(package, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response
