"""Every component in a real browser: accessible, two widths, two languages, under the strict policy, and working."""

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the portal with the gallery; it needs no database."""
    with override_settings(ROOT_URLCONF="tests.frontend.urls"):
        server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
        server.daemon_threads = True
        server.set_app(StaticFilesHandler(get_wsgi_application()))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    # The one Playwright of the process: a second one refuses to start where the walks through the portal ran before.
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, chromium_sandbox=False, args=["--disable-gpu", "--disable-background-networking"]
    )
    yield browser
    browser.close()


@pytest.fixture
def open_page(chromium: Browser, address: str, django_db_blocker: object) -> Iterator[object]:
    contexts = []

    def start(*, width: int = 1280, language: str = "en", script: bool = True, path: str = "/gallery/") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        context.add_cookies([{"name": "django_language", "value": language, "url": address}])
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(address + path)
        return page

    yield start
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_components_are_accessible_fit_the_screen_and_break_no_policy(open_page, width, language):
    page = open_page(width=width, language=language)
    page.wait_for_selector("[data-chart] svg")
    page.hover("[data-chart]")

    assert page.faults == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in {"serious", "critical"}] == []


def test_the_chart_is_described_in_korean(open_page):
    page = open_page(language="ko")
    page.wait_for_selector("[data-chart] svg")

    assert "차트" in page.get_attribute("[data-chart]", "aria-label")


def test_text_size_is_remembered(open_page):
    page = open_page()
    page.click("[data-text-size=larger]")
    page.reload()

    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "12.48px"
    assert page.get_attribute("[data-text-size=larger]", "aria-pressed") == "true"


def test_a_dialog_opens_takes_the_focus_and_closes_with_escape(open_page):
    page = open_page()
    page.click("[data-dialog-open]")
    inside = page.evaluate("document.activeElement.closest('dialog').id")
    page.keyboard.press("Escape")

    assert inside == "help"
    assert page.evaluate("document.getElementById('help').open") is False
    assert page.evaluate("document.activeElement.textContent") == "Help"


def test_a_dropped_file_is_listed_and_can_be_taken_out(open_page):
    page = open_page()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["abc"], "plan.pdf"));
          document.querySelector("[data-upload-drop]").dispatchEvent(
            new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }"""
    )
    listed = page.inner_text("[data-upload-list]")
    held = page.evaluate("document.getElementById('id_document').files[0].name")
    page.click(".im-upload-remove")

    assert listed.split() == ["plan.pdf", "3", "B", "Remove"]
    assert held == "plan.pdf"
    assert page.evaluate("document.getElementById('id_document').files.length") == 0


def test_a_question_stands_before_the_form_is_sent_and_the_pressed_button_counts(open_page):
    page = open_page()
    page.click("button[value=later]")
    page.click("[data-confirm-no]")
    stayed = page.url
    page.click("button[value=later]")
    with page.expect_navigation():
        page.click("[data-confirm-yes]")

    assert stayed.endswith("/gallery/")
    assert page.inner_text("body").startswith("sent later")


def test_a_second_submit_is_held_back(open_page):
    page = open_page()
    sent = []
    page.route("**/sent/", lambda route: sent.append(route.request.method))
    page.evaluate(
        """() => {
          const form = document.querySelector("form[data-once]");
          form.removeAttribute("data-confirm");
          const buttons = form.querySelectorAll("button[type=submit]");
          buttons[1].click();
          buttons[1].click();
        }"""
    )
    page.wait_for_timeout(1000)

    assert sent == ["POST"]


def test_a_lost_draft_is_said(open_page):
    page = open_page()
    answers = iter([204, 503])
    page.route("**/nowhere/", lambda route: route.fulfill(status=next(answers)))
    page.fill("#id_name", "Seoul")
    page.get_by_text("Draft saved at").wait_for()
    page.fill("#id_name", "Seoul City")
    page.wait_for_selector("[data-autosave-status].is-failed")

    assert "could not be saved" in page.inner_text("[data-autosave-status]")


def test_the_menu_opens_on_a_small_screen(open_page):
    page = open_page(width=390)
    before = page.is_visible("#main-menu")
    page.click("[data-menu-toggle]")

    assert (before, page.is_visible("#main-menu")) == (False, True)
    assert page.get_attribute("[data-menu-toggle]", "aria-expanded") == "true"


def test_without_scripts_the_menu_the_dialog_and_the_figures_are_there(open_page):
    page = open_page(width=390, script=False, path="/gallery/#help")

    assert page.is_visible("#main-menu")
    assert page.is_visible("#help")
    assert not page.is_visible("[data-menu-toggle]")
    assert page.is_visible("table:has-text('Track')")
