from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import Pages
from overseas import selectors
from overseas.serializers import DemonstrationSerializer


class DemonstrationViewSet(viewsets.ViewSet):
    """Demonstrations abroad under contract and further."""

    permission_classes = [AllowAny]

    @extend_schema(responses=DemonstrationSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        pages = Pages()
        rows = selectors.public_demonstrations(country=request.query_params.get("country", "")).order_by("-pk")
        page = pages.paginate_queryset(rows, request, view=self) or []
        shown = [selectors.as_public(demonstration=row) for row in page]
        return pages.get_paginated_response(DemonstrationSerializer(shown, many=True).data)


ENDPOINTS = [("demonstrations", DemonstrationViewSet)]
