from rest_framework import serializers

from matching.models import Allocation, MatchingRun


class AwardSerializer(serializers.ModelSerializer[Allocation]):
    """A published award; sites, people and scores are no part of it."""

    round = serializers.CharField(source="application.round.number", read_only=True)
    application = serializers.CharField(source="application.number", read_only=True)
    product_id = serializers.IntegerField(source="application.plan.product_id", read_only=True)
    product = serializers.CharField(source="application.plan.product.name", read_only=True)
    supplier = serializers.CharField(source="application.plan.supplier.name", read_only=True)
    institution = serializers.CharField(source="application.institution.name", read_only=True)
    province = serializers.CharField(source="application.institution.province_id", read_only=True, allow_null=True)
    track = serializers.CharField(source="application.plan.track.code", read_only=True)
    is_demo = serializers.BooleanField(source="application.institution.is_demo", read_only=True)

    class Meta:
        model = Allocation
        fields = [
            "id",
            "round",
            "application",
            "product_id",
            "product",
            "supplier",
            "institution",
            "province",
            "track",
            "units",
            "unit_price_krw",
            "amount_krw",
            "origin",
            "status",
            "is_demo",
        ]
        read_only_fields = fields


class ProofSerializer(serializers.ModelSerializer[MatchingRun]):
    """What somebody needs to check a result: the hashes, the proved bound and the engine."""

    round = serializers.CharField(source="round.number", read_only=True)

    class Meta:
        model = MatchingRun
        fields = [
            "number",
            "round",
            "engine_version",
            "rule_set_sha256",
            "instance_sha256",
            "result_sha256",
            "objective",
            "bound",
            "gap_ppm",
            "spent_krw",
        ]
        read_only_fields = fields
