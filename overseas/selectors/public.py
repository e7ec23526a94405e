"""Demonstrations as everybody may read them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from feedback.selectors import masked
from overseas.enums import DemonstrationStatus
from overseas.models import Country, Demonstration


@dataclass(frozen=True, slots=True)
class PublicDemonstration:
    """One demonstration without people; the result only where the institution released it."""

    id: int
    number: str
    product_id: int
    product: str
    supplier: str
    country_code: str
    country_numeric: str
    country: str
    institution: str
    demand_source: str
    units: int
    status: str
    status_label: str
    evaluation: str
    evaluation_label: str
    summary: str
    result: str
    measured: str
    rating: int | None
    wants_more: bool
    certificates: tuple[str, ...]
    evaluated_on: date | None


def public_demonstrations(*, text: str = "", country: str = "", status: str = "") -> QuerySet[Demonstration]:
    """Demonstrations under contract and further, with what a list shows; the caller orders and cuts."""
    rows = (
        Demonstration.objects.public()
        .select_related(
            "application__product", "application__supplier", "application__country", "application__call",
            "institution", "result",
        )
        .prefetch_related("certificates")
    )  # fmt: skip
    for word in text.split():
        rows = rows.filter(
            Q(application__product__name__icontains=word)
            | Q(institution__name__icontains=word)
            | Q(application__supplier__name__icontains=word)
        )
    if country:
        rows = rows.filter(application__country=country)
    return rows.filter(status=status) if status else rows


def public_demonstration(*, demonstration_id: int) -> PublicDemonstration | None:
    """One public demonstration."""
    row = public_demonstrations().filter(pk=demonstration_id).first()
    return as_public(demonstration=row) if row else None


def as_public(*, demonstration: Demonstration) -> PublicDemonstration:
    """The public shape of a row of ``public_demonstrations``, personal data masked."""
    application = demonstration.application
    result = getattr(demonstration, "result", None)
    is_final = demonstration.status == DemonstrationStatus.EVALUATED
    is_released = is_final and result is not None and result.may_publish
    return PublicDemonstration(
        id=demonstration.pk,
        number=application.number or "",
        product_id=application.product_id,
        product=application.product.name,
        supplier=application.supplier.name,
        country_code=application.country_id,
        country_numeric=application.country.numeric,
        country=str(application.country),
        institution=demonstration.institution.name,
        demand_source=application.call.get_demand_source_display(),
        units=application.units,
        status=demonstration.status,
        status_label=demonstration.get_status_display(),
        evaluation=demonstration.evaluation if is_final else "",
        evaluation_label=demonstration.get_evaluation_display() if is_final else "",
        summary=masked(text=demonstration.evaluation_summary) if is_final else "",
        result=masked(text=result.summary) if is_released and result else "",
        measured=masked(text=result.measured) if is_released and result else "",
        rating=result.rating if is_released and result else None,
        wants_more=bool(is_released and result and result.wants_more),
        certificates=tuple(f"{c.name} ({c.body})" for c in demonstration.certificates.all()) if is_final else (),
        evaluated_on=timezone.localdate(demonstration.evaluated_at) if demonstration.evaluated_at else None,
    )


def countries_reached() -> list[tuple[Country, int]]:
    """Countries with public demonstrations and how many, most first."""
    counted = dict(
        Demonstration.objects.public().order_by().values_list("application__country").annotate(count=Count("pk"))
    )
    found = Country.objects.in_bulk(list(counted))
    pairs = [(found[code], count) for code, count in counted.items()]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0].code))


def results_of_product(*, product_id: int) -> list[PublicDemonstration]:
    """The public demonstrations of a product, newest first."""
    rows = public_demonstrations().filter(application__product_id=product_id).order_by("-pk")
    return [as_public(demonstration=row) for row in rows]
