"""The portal plus one page that shows every component."""

from datetime import UTC, datetime
from pathlib import Path

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django_cotton.compiler_regex import CottonCompiler

from config.urls import urlpatterns as portal

SOURCE = Path(__file__).with_name("gallery.html")


class Survey(forms.Form):
    name = forms.CharField(label="Name", help_text="As registered.")
    track = forms.ChoiceField(label="Track", choices=[("", "Choose"), ("a", "General")])


class Application(Survey):
    due_on = forms.DateField(label="Delivery")
    mode = forms.ChoiceField(label="Mode", choices=[("a", "Alpha"), ("b", "Beta")], widget=forms.RadioSelect)
    areas = forms.MultipleChoiceField(
        label="Areas", choices=[("a", "Water"), ("b", "Air")], widget=forms.CheckboxSelectMultiple
    )
    plan = forms.CharField(label="Plan", widget=forms.Textarea)
    document = forms.FileField(label="Document")
    is_agreed = forms.BooleanField(label="I agree")


def context() -> dict[str, object]:
    at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    return {
        "crumbs": [{"label": "Pilots", "url": "/x/"}, {"label": "Gallery", "url": ""}],
        "tabs": [{"label": "One", "url": "#", "is_current": True, "count": 3}, {"label": "Two", "url": "#"}],
        "steps": [{"label": "First", "state": "done"}, {"label": "Second", "state": "current"}, {"label": "Third"}],
        "tones": ["neutral", "info", "success", "warning", "danger"],
        "page": Paginator(range(200), 10).page(10),
        "rows": [("Number", "PU-1"), ("Site", "Seoul")],
        "events": [
            {"at": at, "title": "Approved", "tone": "success", "body": "Text", "actor": "PPS"},
            {"title": "Sent"},
        ],
        "survey": Survey(auto_id="filter_%s"),
        "form": Application(data={}),
        "option": {
            "xAxis": {"type": "category", "data": ["A", "B"]},
            "yAxis": {},
            "series": [{"type": "bar", "name": "Won", "data": [3, 5]}],
        },
        "table": {"headers": ["Track", "Won"], "rows": [["A", 3], ["B", 5]]},
        "world": [
            {"code": "VN", "label": "Vietnam", "value": 4, "url": "#"},
            {"code": "SG", "label": "SG", "value": 1},
        ],
        "korea": [{"code": "11", "label": "Seoul", "value": 4}, {"code": "52", "label": "Jeonbuk", "value": 2}],
    }


@login_not_required
def gallery(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string(CottonCompiler().process(SOURCE.read_text(encoding="utf-8")))
    return HttpResponse(template.render(context(), request))


@csrf_exempt
@login_not_required
def sent(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"sent {request.POST.get('verb', '')} {request.FILES.keys()}")


urlpatterns = [path("gallery/", gallery), path("sent/", sent), *portal]
