from collections.abc import Callable
from typing import Any

import pghistory
from django.http import HttpRequest, HttpResponse


class HistoryContext:
    """Tell the history triggers who changes rows and on which page, for every request that may write."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        with pghistory.context(user=request.user.pk, url=request.path):
            return self.get_response(request)
