from typing import Any

from django.db.models import QuerySet
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.access import actor_of
from pilots import selectors
from pilots.filters import ApplicationFilter, PlanFilter, RoundFilter
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from pilots.serializers import ApplicationSerializer, PlanSerializer, RoundDetailSerializer, RoundSerializer


class RoundViewSet(ReadOnlyModelViewSet[PilotRound]):
    """The published schedule of rounds and, once a round has opened, its products. Public."""

    permission_classes = [AllowAny]
    filterset_class = RoundFilter
    queryset = PilotRound.objects.none()

    def get_queryset(self) -> QuerySet[PilotRound]:
        return selectors.public_rounds().prefetch_related("tracks__track")

    def get_serializer_class(self) -> Any:
        return RoundDetailSerializer if self.action == "retrieve" else RoundSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        pilot_round = self.get_object()
        context = {**self.get_serializer_context(), "offers": selectors.round_products(pilot_round=pilot_round)}
        return Response(RoundDetailSerializer(pilot_round, context=context).data)


class ApplicationViewSet(ReadOnlyModelViewSet[PilotApplication]):
    """Pilot-use applications of the institution that the caller works for now."""

    serializer_class = ApplicationSerializer
    filterset_class = ApplicationFilter
    queryset = PilotApplication.objects.none()

    def get_queryset(self) -> QuerySet[PilotApplication]:
        if getattr(self, "swagger_fake_view", False):
            return PilotApplication.objects.none()
        return selectors.my_applications(actor=actor_of(self.request))


class PlanViewSet(ReadOnlyModelViewSet[PilotUsePlan]):
    """Pilot-use plans of the supplier that the caller works for now."""

    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    queryset = PilotUsePlan.objects.none()

    def get_queryset(self) -> QuerySet[PilotUsePlan]:
        if getattr(self, "swagger_fake_view", False):
            return PilotUsePlan.objects.none()
        return selectors.my_plans(actor=actor_of(self.request))


ENDPOINTS = [("rounds", RoundViewSet), ("applications", ApplicationViewSet), ("plans", PlanViewSet)]
