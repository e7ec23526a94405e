from rest_framework import serializers


class DemonstrationSerializer(serializers.Serializer[object]):
    """A demonstration abroad as everybody may read it."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    product_id = serializers.IntegerField()
    product = serializers.CharField()
    supplier = serializers.CharField()
    country_code = serializers.CharField()
    country = serializers.CharField()
    institution = serializers.CharField()
    demand_source = serializers.CharField()
    units = serializers.IntegerField()
    status = serializers.CharField()
    evaluation = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(allow_blank=True)
    result = serializers.CharField(allow_blank=True)
    measured = serializers.CharField(allow_blank=True)
    rating = serializers.IntegerField(allow_null=True)
    wants_more = serializers.BooleanField()
    certificates = serializers.ListField(child=serializers.CharField())
    evaluated_on = serializers.DateField(allow_null=True)
