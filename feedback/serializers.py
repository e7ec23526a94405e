"""The public shapes for machines: field by field, from the same dataclasses as the pages."""

from typing import Any

from rest_framework import serializers

from feedback.models import PilotReport, Verdict
from feedback.selectors import PublicReport, PublicVerdict, as_public_report, as_public_verdict


class PublicKpiSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    unit = serializers.CharField()
    comparison = serializers.CharField()
    target = serializers.DecimalField(max_digits=20, decimal_places=4)
    measured = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)
    is_met = serializers.BooleanField(allow_null=True)


class PublicImprovementSerializer(serializers.Serializer[Any]):
    item = serializers.CharField()
    unit = serializers.CharField()
    before = serializers.DecimalField(max_digits=20, decimal_places=4)
    after = serializers.DecimalField(max_digits=20, decimal_places=4)


class PublicReviewSerializer(serializers.Serializer[Any]):
    """The released part of a result report with its review and the supplier's reply."""

    id = serializers.IntegerField()
    product_id = serializers.IntegerField()
    product = serializers.CharField()
    supplier = serializers.CharField()
    institution = serializers.CharField()
    units = serializers.IntegerField()
    started_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    used_days = serializers.IntegerField(allow_null=True)
    user_count = serializers.IntegerField(allow_null=True)
    mean_rating = serializers.FloatField(allow_null=True)
    satisfaction = serializers.IntegerField(allow_null=True)
    summary = serializers.CharField()
    strengths = serializers.CharField()
    limits = serializers.CharField()
    kpis = PublicKpiSerializer(many=True)
    improvements = PublicImprovementSerializer(many=True)
    stars = serializers.IntegerField(allow_null=True)
    review = serializers.CharField()
    reply = serializers.CharField()
    replied_on = serializers.DateField(allow_null=True)
    published_on = serializers.DateField(allow_null=True)

    def to_representation(self, instance: Any) -> Any:
        """Rows of ``published_reports`` take the public shape first."""
        shape: PublicReport = as_public_report(report=instance) if isinstance(instance, PilotReport) else instance
        return super().to_representation(shape)


class PublicVerdictSerializer(serializers.Serializer[Any]):
    """A verdict nobody can appeal against any more, or a success."""

    id = serializers.IntegerField()
    level = serializers.CharField()
    product_id = serializers.IntegerField()
    product = serializers.CharField()
    supplier = serializers.CharField()
    institution = serializers.CharField()
    round = serializers.CharField()
    units = serializers.IntegerField(allow_null=True)
    outcome = serializers.CharField()
    summary = serializers.CharField()
    correction = serializers.CharField()
    decided_on = serializers.DateField(allow_null=True)

    def to_representation(self, instance: Any) -> Any:
        """Rows of ``published_verdicts`` take the public shape first."""
        shape: PublicVerdict = as_public_verdict(verdict=instance) if isinstance(instance, Verdict) else instance
        return super().to_representation(shape)
