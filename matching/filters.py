import django_filters

from matching.models import Allocation


class AwardFilter(django_filters.FilterSet):  # type: ignore[misc]
    round = django_filters.CharFilter(field_name="application__round__number")
    product = django_filters.NumberFilter(field_name="application__plan__product_id")
    province = django_filters.CharFilter(field_name="application__institution__province_id")
    track = django_filters.CharFilter(field_name="application__plan__track__code")

    class Meta:
        model = Allocation
        fields = ["round", "product", "province", "track"]
