"""axe on the main pages, in both languages, on a phone and on a desk; nothing scrolls sideways, nothing is refused."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from accounts.models import User
from demo import world
from demo.people import DOMAIN, PASSWORD
from feedback.models import PilotReport
from market.models import Notice
from overseas.models import Demonstration
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from products.models import Product
from tests.e2e.pages import Person

pytestmark = pytest.mark.browser

WIDTHS = (390, 1280)
SERIOUS = {"serious", "critical"}
# Without loading style sheets a second time: axe would write them into the page, which our policy refuses aloud.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def _public() -> dict[str, str]:
    goods = Product.objects.filter(use_plans__status="approved").latest("pk")
    return {
        "home": "/",
        "products": "/products/",
        "product": f"/products/{goods.pk}/",
        "rounds": "/rounds/",
        "round": f"/rounds/{PilotRound.objects.get(status='open').pk}/",
        "notices": "/notices/",
        "notice": f"/notices/{Notice.objects.filter(status='published').latest('pk').pk}/",
        "results": "/results/",
        "statistics": "/statistics/",
        "overseas": "/overseas/",
        "guide": "/guide/",
        "open data": "/ocds/",
        "API": "/api/docs/",
        "licences": "/licenses/",
        "certificates": "/verify/",
        "result": f"/results/{PilotRound.objects.filter(result_published_at__isnull=False).latest('pk').pk}/",
        "demonstration": f"/overseas/{Demonstration.objects.public().latest('pk').pk}/",
        "sign-in": "/accounts/login/",
        "sign-up": "/accounts/signup/",
        "password": "/accounts/password/reset/",
    }


def _draft_plan(supplier_id: int | None) -> int:
    plan = PilotUsePlan.objects.filter(supplier_id=supplier_id, status="draft").latest("pk")
    return plan.pk


def _of(name: str) -> dict[str, str]:
    """The pages that one of the demonstration's people works on."""
    user = User.objects.get(email=f"{name}@{DOMAIN}")
    own = user.current_organization_id
    if name == "supplier":
        goods = Product.objects.filter(supplier_id=own).earliest("pk")
        return {
            "my work": "/my/",
            "product form": f"/my/products/{goods.pk}/edit/",
            "own product": f"/my/products/{goods.pk}/",
            "designation form": "/my/designations/new/",
            "matches": "/my/matches/",
            "plan form": f"/my/plans/{_draft_plan(own)}/edit/",
            "mail preferences": "/my/inbox/preferences/",
            "inbox": "/my/inbox/",
            "profile": "/my/profile/",
            "receipts": "/my/receipts/",
        }
    if name == "institution":
        latest = PilotApplication.objects.filter(institution_id=own).latest("pk")
        draft = PilotApplication.objects.filter(institution_id=own, status="draft").latest("pk")
        return {
            "my work": "/my/",
            "application": f"/my/applications/{latest.pk}/",
            "application form": f"/my/applications/{draft.pk}/edit/",
            "cart": f"/my/applications/cart/{draft.round_id}/",
            "uses": "/my/uses/",
        }
    plan = PilotUsePlan.objects.filter(status="approved").latest("pk")
    report = PilotReport.objects.exclude(status="draft").latest("pk")
    return {
        "admin home": "/admin/",
        "admin list": "/admin/pilots/pilotapplication/",
        "admin case": f"/admin/pilots/pilotuseplan/{plan.pk}/change/",
        "admin action": f"/admin/pilots/pilotuseplan/{plan.pk}/do/return/",
        "admin report": f"/admin/feedback/pilotreport/{report.pk}/change/",
    }


PEOPLE: dict[str, Callable[[], dict[str, str]]] = {
    "": _public,
    "supplier": lambda: _of("supplier"),
    "institution": lambda: _of("institution"),
    "reviewer": lambda: _of("reviewer"),
}


def _signed_in(meet: Callable[..., Person], name: str, language: str) -> Person:
    person = meet(language=language)
    if name:
        user = User.objects.get(email=f"{name}@{DOMAIN}")
        User.objects.filter(pk=user.pk).update(language=language)
        person.user = user
        person.sign_in(password=PASSWORD)
    return person


def _page_faults(axe: Axe, person: Person, label: str, path: str) -> Iterator[str]:
    """Open the page on the phone and look, then widen the same page to the desk and look again."""
    person.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    person.go(path)
    person.page.wait_for_load_state("networkidle")
    for width in WIDTHS:
        person.page.set_viewport_size({"width": width, "height": 900})
        yield from _faults(axe, person, label, width)


def _faults(axe: Axe, person: Person, label: str, width: int) -> Iterator[str]:
    page = person.page
    where = f"{label} ({person.language}, {width})"
    for found in axe.run(page, options=OPTIONS).response["violations"]:
        if found["impact"] in SERIOUS:
            spots = ", ".join(" ".join(map(str, node["target"])) for node in found["nodes"][:4])
            yield f"{where}: {found['id']} at {spots}"
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if sideways > 0:
        yield f"{where}: {sideways} px wider than the screen"
    if page.locator("html").get_attribute("lang") != person.language:
        yield f"{where}: the page is in another language"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_main_pages_have_no_serious_fault(meet: Callable[..., Person], settings: Any) -> None:
    """One world for both languages: making it takes longer than looking at it."""
    settings.IS_DEMO = True
    world.build("tiny", tell=lambda _line: None)
    axe: Any = Axe()
    faults: list[str] = []
    for name, language in product(PEOPLE, ("ko", "en")):
        person = _signed_in(meet, name, language)
        for label, path in PEOPLE[name]().items():
            faults += _page_faults(axe, person, label, path)
        faults += [f"{name or 'visitor'}: {fault}" for fault in person.faults]
    assert faults == []
