from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import public
from core.exports import export_response
from core.tables import listing
from market import selectors
from market.forms import NoticeFilterForm


@require_safe
@public
def notice_list(request: HttpRequest) -> HttpResponse:
    form = NoticeFilterForm(request.GET)
    rows = selectors.notice_board(**form.values())
    if fmt := request.GET.get("export"):
        return export_response(
            fmt=fmt,
            filename="notices",
            header=[_("Number"), _("Kind"), _("Title"), _("Posted"), _("Opens"), _("Closes"), _("State")],
            rows=(
                [n.number, n.get_kind_display(), n.title, n.posted_at, n.opens_at, n.closes_at, n.window.label]
                for n in rows.order_by("-posted_at", "-pk")
            ),
        )
    table = listing(request, rows, sorts={"posted": "posted_at", "closes": "closes_at"}, default="-posted_at")
    return render(request, "market/notice_list.html", {"form": form, "table": table})


@require_safe
@public
def notice_detail(request: HttpRequest, notice_id: int) -> HttpResponse:
    page = selectors.notice_page(notice_id=notice_id)
    if page is None:
        raise Http404
    breadcrumb = [{"label": _("Notices"), "url": "/notices/"}, {"label": page.notice.title}]
    return render(
        request, "market/notice_detail.html", {"page": page, "notice": page.notice, "breadcrumb": breadcrumb}
    )
