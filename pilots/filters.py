import django_filters

from pilots.enums import ApplicationStatus, PlanStatus, RoundStatus
from pilots.models import PilotApplication, PilotRound, PilotUsePlan


class RoundFilter(django_filters.FilterSet):  # type: ignore[misc]
    year = django_filters.NumberFilter()
    status = django_filters.ChoiceFilter(choices=RoundStatus.choices)

    class Meta:
        model = PilotRound
        fields = ["year", "status", "acquisition_mode"]


class ApplicationFilter(django_filters.FilterSet):  # type: ignore[misc]
    status = django_filters.ChoiceFilter(choices=ApplicationStatus.choices)
    round = django_filters.CharFilter(field_name="round__number")

    class Meta:
        model = PilotApplication
        fields = ["status", "round"]


class PlanFilter(django_filters.FilterSet):  # type: ignore[misc]
    status = django_filters.ChoiceFilter(choices=PlanStatus.choices)
    round = django_filters.CharFilter(field_name="round__number")

    class Meta:
        model = PilotUsePlan
        fields = ["status", "round"]
