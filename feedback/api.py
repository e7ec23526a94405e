from django.db.models import QuerySet
from rest_framework.permissions import AllowAny
from rest_framework.viewsets import ReadOnlyModelViewSet

from feedback import selectors
from feedback.filters import ReviewFilter, VerdictFilter
from feedback.models import PilotReport, Verdict
from feedback.serializers import PublicReviewSerializer, PublicVerdictSerializer


class ReviewViewSet(ReadOnlyModelViewSet[PilotReport]):
    """Published result reports with the institution's review and the supplier's reply."""

    permission_classes = [AllowAny]
    serializer_class = PublicReviewSerializer
    filterset_class = ReviewFilter
    queryset = PilotReport.objects.none()

    def get_queryset(self) -> QuerySet[PilotReport]:
        return selectors.published_reports()


class VerdictViewSet(ReadOnlyModelViewSet[Verdict]):
    """Verdicts on products and on single institutions' use, as far as they stand."""

    permission_classes = [AllowAny]
    serializer_class = PublicVerdictSerializer
    filterset_class = VerdictFilter
    queryset = Verdict.objects.none()

    def get_queryset(self) -> QuerySet[Verdict]:
        return selectors.published_verdicts()


ENDPOINTS = [("reviews", ReviewViewSet), ("verdicts", VerdictViewSet)]
