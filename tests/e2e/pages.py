"""A person in front of a browser: what they fill in, press and see.

Texts are named by their English source and looked up in the catalogue, so that a better translation breaks no test.
"""

import re
from pathlib import Path
from typing import Any

from django.utils import translation
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, expect

from accounts.models import User
from tests.accounts.factories import PASSWORD

expect.set_options(timeout=20_000)


class Person:
    """One browser with its own session, and what went wrong in it."""

    def __init__(self, context: BrowserContext, base: str, *, user: User | None, language: str) -> None:
        self.context, self.base, self.user, self.language = context, base, user, language
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._hear)
        self.page.on(
            "response",
            lambda got: self.faults.append(f"{got.status} {got.url}") if got.status >= 500 else None,
        )

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.faults.append(f"{self.page.url} ({said.location.get('url')}): {said.text}")

    def words(self, text: str, context: str = "") -> str:
        """A text of the interface in this person's language."""
        with translation.override(self.language):
            return translation.pgettext(context, text) if context else translation.gettext(text)

    # Getting around

    def sign_in(self, *, password: str = PASSWORD) -> None:
        """Through the sign-in page, as everybody does."""
        assert self.user is not None
        self.go("/accounts/login/")
        self.fill(login=self.user.email, password=password)
        self.page.locator("main form button[type=submit]").first.click()
        expect(self.page).to_have_url(re.compile(r"/(my|admin)/"))

    def go(self, path: str) -> None:
        """Open an address of the portal; it must answer with a page."""
        answer = self.page.goto(path if path.startswith("http") else f"{self.base}{path}")
        assert answer is not None, path
        assert answer.status < 400, f"{answer.status} {self.page.url}"

    def follow(self, text: str) -> None:
        """Click the first link with this text (English source or a name)."""
        self.page.locator("#content, main, #container").get_by_role("link", name=self.words(text)).first.click()
        self.page.wait_for_load_state()

    def press(self, text: str, *, within: str = "body", context: str = "") -> None:
        """Press a button and wait for the page that answers."""
        name = self.words(text, context)
        with self.page.expect_navigation():
            self.page.locator(within).get_by_role("button", name=name, exact=True).first.click()

    def fill(self, **values: Any) -> None:
        """Fill in fields by their names, whatever kind they are."""
        for name, value in values.items():
            self._fill(name, value)

    def _fill(self, name: str, value: Any) -> None:
        field = self.page.locator(f':is(input,select,textarea)[name="{name}"]:not([type=hidden])')
        kind = field.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "radio":
            self.page.locator(f'[name="{name}"][value="{value}"]').check(force=True)
        elif kind == "checkbox":
            if field.first.is_checked() != bool(value):
                self.page.locator(f'label[for="{field.first.get_attribute("id")}"]').click()
            assert field.first.is_checked() == bool(value), name
        elif kind == "select":
            field.first.select_option(str(value))
        elif kind == "file":
            field.first.set_input_files(value if isinstance(value, Path) else list(value))
        else:
            field.first.fill(str(value))

    # Looking

    def sees(self, *texts: str) -> None:
        """Every text stands on the page, by its English source or as it is."""
        for text in texts:
            expect(self.content).to_contain_text(self.words(text))

    def misses(self, *texts: str) -> None:
        """None of these texts stands on the page."""
        for text in texts:
            expect(self.content).not_to_contain_text(self.words(text))

    def has_button(self, text: str) -> bool:
        """Whether the page offers the button."""
        return self.content.get_by_role("button", name=self.words(text), exact=True).count() > 0

    @property
    def content(self) -> Locator:
        return self.page.locator("#content, #container").first

    def receipt(self) -> str:
        """The number on the receipt that is shown, or that the page links to."""
        self.page.wait_for_load_state()
        if "/receipts/" not in self.page.url:
            self.page.locator('#content a[href^="/receipts/"]').first.click()
        expect(self.page).to_have_url(re.compile(r"/receipts/"))
        return self.page.locator(".im-receipt-number").inner_text()

    # Working in the admin

    def open_case(self, model: str, text: str) -> None:
        """Find a case in its list (``app/model``) and open it."""
        self.go(f"/admin/{model}/")
        row = self.page.locator("#result_list tbody tr").filter(has_text=text).first
        with self.page.expect_navigation():
            row.locator("th a").first.click()

    def do(self, action: str, **values: Any) -> None:
        """Press a case button, fill in its confirmation page and confirm."""
        with self.page.expect_navigation():
            self.page.locator(f'a.case-action[href$="/do/{action}/"]').click()
        self.fill(**values)
        self.submit()
        expect(self.page.locator(".messagelist .success").first).to_be_visible()

    def offers(self, action: str) -> bool:
        """Whether the case page shows a button."""
        return self.page.locator(f'a.case-action[href$="/do/{action}/"]').count() > 0

    def submit(self) -> None:
        """Press the button of an admin form."""
        with self.page.expect_navigation():
            self.page.locator('.submit-row input[type="submit"]').first.click()
        wrong = self.page.locator("#container .errorlist, #container .errornote, #container .messagelist .error")
        assert wrong.count() == 0, wrong.all_inner_texts()
