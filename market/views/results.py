from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import public
from core.calendar import today
from core.exports import export_response
from core.tables import listing
from market import presentation, selectors
from market.forms import ResultFilterForm


@require_safe
@public
def result_list(request: HttpRequest) -> HttpResponse:
    """Published matches and verdicts."""
    form = ResultFilterForm(request.GET)
    rows = selectors.award_rows(**form.values())
    if fmt := request.GET.get("export"):
        return export_response(
            fmt=fmt, filename="results", header=presentation.award_header(), rows=map(presentation.award_row, rows)
        )
    table = listing(request, rows, sorts=presentation.AWARD_SORTS, default="-run__round__result_published_at")
    context = {
        "form": form,
        "table": table,
        "rounds": selectors.published_rounds(),
        "verdicts": selectors.latest_verdicts(),
    }
    return render(request, "market/result_list.html", context)


@require_safe
@public
def result_detail(request: HttpRequest, round_id: int) -> HttpResponse:
    """One round's result with the proof that it follows from what was handed in."""
    page = selectors.result_page(round_id=round_id)
    if page is None:
        raise Http404
    table = listing(
        request,
        selectors.award_rows(round_id=round_id),
        sorts=presentation.AWARD_SORTS,
        default="application__plan__product__name",
        per_page=50,
    )
    breadcrumb = [{"label": _("Results"), "url": "/results/"}, {"label": page.round.title}]
    return render(request, "market/result_detail.html", {"page": page, "table": table, "breadcrumb": breadcrumb})


@require_safe
@public
def result_file(request: HttpRequest, round_id: int, run_id: int, name: str) -> HttpResponse:
    """The instance, the result or the rule set of a public result, byte for byte as they were hashed."""
    content = selectors.public_file(round_id=round_id, run_id=run_id, name=name)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


@require_safe
@public
def statistics(request: HttpRequest) -> HttpResponse:
    """The programme in figures; every chart stands above its table."""
    year = selectors.chosen_year(asked=request.GET.get("year", ""), default=today().year)
    if fmt := request.GET.get("export"):
        return export_response(
            fmt=fmt,
            filename="statistics",
            header=presentation.year_header(),
            rows=map(presentation.year_row, selectors.yearly_figures()),
        )
    return render(request, "market/statistics.html", presentation.statistics_page(year=year))
