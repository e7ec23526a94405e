"""Pilot results on the public page of a product."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.panels import Panel
from feedback.selectors.published import (
    as_public_report,
    product_record,
    product_verdicts,
    published_reports,
)

SHOWN = 5


def product_panels(*, product_id: int) -> Iterable[Panel]:
    """The panel of a product that was in pilot use; nothing for others."""
    record = product_record(product_id=product_id)
    if not record.use_count:
        return []
    reports = published_reports(product_id=product_id)[:SHOWN]
    context = {
        "record": record,
        "verdicts": product_verdicts(product_id=product_id),
        "reports": [as_public_report(report=report) for report in reports],
        "product_id": product_id,
        "has_more": record.report_count > SHOWN,
    }
    return [Panel(_("Pilot use results"), "feedback/_product_panel.html", context, 50)]
