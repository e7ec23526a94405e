from rest_framework import serializers

from market.models import Notice, NoticeVersion


class NoticeVersionSerializer(serializers.ModelSerializer[NoticeVersion]):
    """One version of a notice."""

    class Meta:
        model = NoticeVersion
        fields = [
            "sequence", "kind", "reason", "title_ko", "title_en", "body_ko", "body_en",
            "opens_at", "closes_at", "posted_at",
        ]  # fmt: skip


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """A notice as it stands, with all its versions."""

    window = serializers.SerializerMethodField(
        help_text="scheduled, open, closing_soon, closed, cancelled or information"
    )
    versions = NoticeVersionSerializer(many=True, read_only=True)

    class Meta:
        model = Notice
        fields = [
            "id", "number", "kind", "status", "window", "title_ko", "title_en", "body_ko", "body_en",
            "opens_at", "closes_at", "posted_at", "round", "versions",
        ]  # fmt: skip

    def get_window(self, notice: Notice) -> str:
        return notice.window.value


class FiguresSerializer(serializers.Serializer[object]):
    """The state of the programme today."""

    products = serializers.IntegerField()
    suppliers = serializers.IntegerField()
    pilot_products = serializers.IntegerField()
    pilot_institutions = serializers.IntegerField()
    contracted_krw = serializers.IntegerField()
    verdicts = serializers.IntegerField()
    successes = serializers.IntegerField()
