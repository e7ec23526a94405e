"""Published results for other systems, with everything needed to check them."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from matching import selectors
from matching.filters import AwardFilter
from matching.models import Allocation, MatchingRun
from matching.serializers import AwardSerializer, ProofSerializer

ROUND = OpenApiParameter("round", str, required=True, description="Number of a round whose result is public.")


class AwardViewSet(viewsets.ReadOnlyModelViewSet[Allocation]):
    """Awards of published rounds; the files that prove a result are beside them."""

    permission_classes = [AllowAny]
    serializer_class = AwardSerializer
    filterset_class = AwardFilter
    queryset = Allocation.objects.none()

    def get_queryset(self) -> QuerySet[Allocation]:
        return selectors.published_allocations()

    def _run(self, request: Request) -> MatchingRun:
        run = selectors.published_run_of(number=request.query_params.get("round", ""))
        if run is None:
            raise Http404
        return run

    @extend_schema(parameters=[ROUND], responses=ProofSerializer)
    @action(detail=False, filterset_class=None, pagination_class=None)
    def proof(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Hashes, bound and gap of a published result."""
        return Response(ProofSerializer(self._run(request)).data)

    @extend_schema(parameters=[ROUND], responses={200: OpenApiTypes.OBJECT})
    @action(detail=False, filterset_class=None, pagination_class=None)
    def instance(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The frozen instance, byte for byte as it was solved."""
        run = self._run(request)
        return HttpResponse(selectors.run_bytes(run=run), content_type="application/json")

    @extend_schema(parameters=[ROUND], responses={200: OpenApiTypes.OBJECT})
    @action(detail=False, filterset_class=None, pagination_class=None)
    def result(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The result with its certificate, byte for byte as it was audited."""
        run = self._run(request)
        return HttpResponse(selectors.result_bytes(run=run), content_type="application/json")


ENDPOINTS = [("matches", AwardViewSet)]
