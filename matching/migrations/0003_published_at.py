from django.db import migrations
from django.db.models import OuterRef, Subquery


def publish(apps, schema_editor):
    """Results that are public already were sent as they were approved."""
    run = apps.get_model("matching", "MatchingRun")
    rounds = apps.get_model("pilots", "PilotRound").objects.filter(pk=OuterRef("round"))
    run.objects.filter(status="approved", round__result_published_at__isnull=False).update(
        published_at=Subquery(rounds.values("result_published_at")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [("matching", "0002_desk")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
