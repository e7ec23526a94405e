from feedback.selectors.calculation import Calculation, line_calculation, product_calculation
from feedback.selectors.certificate import certificate_body, certificate_by_code, certificates_of
from feedback.selectors.dashboard import lines_to_judge, products_to_judge
from feedback.selectors.published import (
    ProductRecord,
    PublicReport,
    PublicVerdict,
    as_public_report,
    as_public_verdict,
    product_record,
    product_verdicts,
    published_reports,
    published_verdicts,
)
from feedback.selectors.purchases import purchase_choices, purchase_list
from feedback.selectors.uses import (
    UsePage,
    feedback_list,
    institution_reports,
    report_page,
    use_list,
    use_page,
    verdict_list,
    visible_uses,
)

__all__ = [
    "Calculation",
    "ProductRecord",
    "PublicReport",
    "PublicVerdict",
    "UsePage",
    "as_public_report",
    "as_public_verdict",
    "certificate_body",
    "certificate_by_code",
    "certificates_of",
    "feedback_list",
    "institution_reports",
    "line_calculation",
    "lines_to_judge",
    "product_calculation",
    "product_record",
    "product_verdicts",
    "products_to_judge",
    "published_reports",
    "published_verdicts",
    "purchase_choices",
    "purchase_list",
    "report_page",
    "use_list",
    "use_page",
    "verdict_list",
    "visible_uses",
]
