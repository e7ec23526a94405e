from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pilots.models import PilotApplication, PilotRound, PilotUsePlan, RoundTrack
from pilots.rules.schema import parse


class RoundTrackSerializer(serializers.ModelSerializer[RoundTrack]):
    code = serializers.CharField(source="track.code")
    name = serializers.CharField(source="track.name")

    class Meta:
        model = RoundTrack
        fields = ["code", "name", "budget_krw", "floor_krw"]


class RoundSerializer(serializers.ModelSerializer[PilotRound]):
    """A round of the published schedule."""

    rule_set = serializers.CharField(source="rule_set.name")
    rule_set_sha256 = serializers.CharField(source="rule_set.sha256")
    product_count = serializers.IntegerField()

    class Meta:
        model = PilotRound
        fields = [
            "id",
            "number",
            "year",
            "sequence",
            "title_ko",
            "title_en",
            "acquisition_mode",
            "status",
            "budget_krw",
            "intake_opens_at",
            "intake_closes_at",
            "opens_at",
            "closes_at",
            "result_published_at",
            "rule_set",
            "rule_set_sha256",
            "product_count",
        ]


class OfferSerializer(serializers.ModelSerializer[PilotUsePlan]):
    """An approved product of an opened round."""

    product_id = serializers.IntegerField()
    product = serializers.CharField(source="product.name")
    supplier = serializers.CharField(source="supplier.name")
    track = serializers.CharField(source="track.code")

    class Meta:
        model = PilotUsePlan
        fields = [
            "id",
            "number",
            "product_id",
            "product",
            "supplier",
            "track",
            "unit_price_krw",
            "min_units",
            "max_units",
            "min_institutions",
            "max_institutions",
            "pilot_months",
        ]


class RoundDetailSerializer(RoundSerializer):
    """A round with its tracks, its rules and, once opened, its products."""

    tracks = RoundTrackSerializer(many=True)
    products = serializers.SerializerMethodField()
    rules = serializers.SerializerMethodField()

    class Meta(RoundSerializer.Meta):
        fields = [*RoundSerializer.Meta.fields, "tracks", "products", "rules"]

    @extend_schema_field(OfferSerializer(many=True))
    def get_products(self, _pilot_round: PilotRound) -> Any:
        return OfferSerializer(self.context["offers"], many=True).data

    @extend_schema_field(serializers.DictField())
    def get_rules(self, pilot_round: PilotRound) -> dict[str, Any]:
        rules = parse(pilot_round.rule_set.body)
        return {
            "product_ceiling_krw": rules.ceilings.product_krw,
            "institution_ceiling_krw": rules.ceilings.institution_krw,
            "institutions_per_product": rules.ceilings.institutions_per_product,
            "youth_permille": rules.youth_permille,
            "tie_breaks": list(rules.tie_breaks),
        }


class ApplicationSerializer(serializers.ModelSerializer[PilotApplication]):
    """An application of the caller's own institution."""

    round = serializers.CharField(source="round.number")
    product_id = serializers.IntegerField(source="plan.product_id")
    product = serializers.CharField(source="plan.product.name")
    supplier = serializers.CharField(source="plan.supplier.name")
    amount_krw = serializers.IntegerField()

    class Meta:
        model = PilotApplication
        fields = [
            "id",
            "number",
            "round",
            "product_id",
            "product",
            "supplier",
            "status",
            "priority",
            "requested_units",
            "min_units",
            "reviewed_units",
            "granted_units",
            "amount_krw",
            "submitted_at",
        ]


class PlanSerializer(OfferSerializer):
    """A pilot-use plan of the caller's own company."""

    round = serializers.CharField(source="round.number")

    class Meta(OfferSerializer.Meta):
        fields = [*OfferSerializer.Meta.fields, "round", "status", "submitted_at", "correction_due_on"]
