from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from market import selectors
from market.filters import NoticeFilter
from market.models import Notice, NoticeVersion
from market.serializers import FiguresSerializer, NoticeSerializer


class NoticeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Notice]):
    """Published notices with every version."""

    permission_classes = [AllowAny]
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter

    def get_queryset(self) -> QuerySet[Notice]:
        versions = NoticeVersion.objects.order_by("sequence")
        return selectors.notice_board().prefetch_related(Prefetch("versions", versions)).order_by("-posted_at", "-pk")


class StatisticsViewSet(viewsets.ViewSet):
    """Key figures of the programme."""

    permission_classes = [AllowAny]

    @extend_schema(responses=FiguresSerializer)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(FiguresSerializer(selectors.figures_now()).data)


ENDPOINTS = [("notices", NoticeViewSet), ("statistics", StatisticsViewSet)]
