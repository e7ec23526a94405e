from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import public
from market import selectors
from market.models import Notice
from pilots.models import PilotRound


class NoticeFeed(Feed):  # type: ignore[type-arg]
    """The board as an Atom feed; a corrected notice comes up again."""

    feed_type = Atom1Feed
    link = "/notices/"

    def title(self) -> str:
        return _("Innovation Market: notices")

    def subtitle(self) -> str:
        return _("Calls, demand surveys, results and corrections. Every version stays readable.")

    def items(self) -> list[Notice]:
        return selectors.latest_notices(count=50)

    def item_title(self, item: Any) -> str:
        return str(item.title)

    def item_description(self, item: Any) -> str:
        return str(item.body)

    def item_link(self, item: Any) -> str:
        return reverse("market:notice_detail", args=[item.pk])

    def item_pubdate(self, item: Any) -> datetime | None:
        return item.posted_at  # type: ignore[no-any-return]

    def item_updateddate(self, item: Any) -> datetime | None:
        return item.posted_at  # type: ignore[no-any-return]


class ResultFeed(NoticeFeed):
    """Rounds whose result is public."""

    link = "/results/"

    def title(self) -> str:
        return _("Innovation Market: results")

    def subtitle(self) -> str:
        return _("Rounds whose matching is public.")

    def items(self) -> list[PilotRound]:  # type: ignore[override]
        return list(selectors.published_rounds()[:50])

    def item_description(self, item: Any) -> str:
        return str(item.title)

    def item_link(self, item: Any) -> str:
        return reverse("market:result_detail", args=[item.pk])

    def item_pubdate(self, item: Any) -> datetime | None:
        return item.result_published_at  # type: ignore[no-any-return]

    def item_updateddate(self, item: Any) -> datetime | None:
        return item.result_published_at  # type: ignore[no-any-return]


_notices = NoticeFeed()
_results = ResultFeed()


@require_safe
@public
def notices(request: HttpRequest) -> HttpResponse:
    """``/feeds/notices.atom``"""
    return _notices(request)


@require_safe
@public
def results(request: HttpRequest) -> HttpResponse:
    """``/feeds/results.atom``"""
    return _results(request)
