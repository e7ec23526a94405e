"""Headless Chromium against the live server, and people who sign in through the page."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from accounts.models import User
from tests.e2e.pages import Person

CHROMIUM = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium found: install Debian's chromium, or name a browser in CHROMIUM_PATH")
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "chromium_sandbox": False,
        "args": [
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
        ],
    }


@pytest.fixture
def meet(browser: Browser, live_server: Any, transactional_db: None) -> Iterator[Callable[..., Person]]:
    """``meet(user)`` opens a browser of their own for a person; without a user, for a visitor.

    The live server answers from threads of its own, so every row has to be committed.
    """
    people: list[Person] = []

    def open_browser(user: User | None = None, *, language: str = "ko", width: int = 1280) -> Person:
        context = browser.new_context(
            locale="ko-KR" if language == "ko" else "en-US",
            timezone_id="Asia/Seoul",
            viewport={"width": width, "height": 900},
        )
        person = Person(context, live_server.url, user=user, language=language)
        people.append(person)
        if user is not None:
            person.sign_in()
        return person

    yield open_browser
    for person in people:
        person.context.close()
