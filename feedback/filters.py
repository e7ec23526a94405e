import django_filters

from feedback.enums import Outcome, VerdictLevel
from feedback.models import PilotReport, Verdict


class ReviewFilter(django_filters.FilterSet):  # type: ignore[misc]
    product = django_filters.NumberFilter(field_name="use__product_id")
    supplier = django_filters.NumberFilter(field_name="use__supplier_id")
    published_after = django_filters.DateFilter(field_name="decided_at", lookup_expr="date__gte")

    class Meta:
        model = PilotReport
        fields = ["product", "supplier", "published_after"]


class VerdictFilter(django_filters.FilterSet):  # type: ignore[misc]
    product = django_filters.NumberFilter(field_name="product_id")
    round = django_filters.CharFilter(field_name="contract__round__number")
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices)
    level = django_filters.ChoiceFilter(choices=VerdictLevel.choices)

    class Meta:
        model = Verdict
        fields = ["product", "round", "outcome", "level"]
