import django_filters

from market.models import Notice


class NoticeFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Notices by kind, state and day of posting."""

    posted_from = django_filters.DateFilter(field_name="posted_at", lookup_expr="date__gte")
    posted_until = django_filters.DateFilter(field_name="posted_at", lookup_expr="date__lte")

    class Meta:
        model = Notice
        fields = ["kind", "status", "round"]
