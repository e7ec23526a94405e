"""A generated instance as a frozen round of the portal: as many products and institutions as its applications need."""

import gzip
import hashlib
import json
import math

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from pilots.enums import ApplicationStatus as A
from pilots.models import FrozenInstance, PilotApplication
from tests.accounts.factories import InstitutionUserFactory
from tests.matching.factories import World, make_world
from tests.pilots.factories import PlanFactory, RoundFactory


def generated_world(content: bytes) -> World:
    """The round, frozen as `content`. Who applies for what is invented: only the engine looks into the instance."""
    rows = json.loads(content)["applications"]
    world = make_world(wanted=(), plan_count=0)
    world.pilot_round = RoundFactory(matching=True)
    side = math.isqrt(len(rows) - 1) + 1
    world.plans = [PlanFactory(round=world.pilot_round, approved=True) for _ in range(side)]
    people = [InstitutionUserFactory() for _ in range(side)]
    pairs = [(plan, person) for plan in world.plans for person in people][: len(rows)]
    world.applications = PilotApplication.objects.bulk_create(
        PilotApplication(
            plan=plan,
            round=world.pilot_round,
            officer=person,
            institution=person.current_organization,
            requested_units=row["requested_units"],
            min_units=row["min_units"],
        )
        for row, (plan, person) in zip(rows, pairs, strict=True)
    )
    everybody = PilotApplication.objects.filter(round=world.pilot_round)
    number = Concat(Value("AP-G-"), Cast("pk", CharField()))
    everybody.update(status=A.SUBMITTED, number=number, submitted_at=timezone.now())
    everybody.update(status=A.UNDER_REVIEW)
    everybody.update(status=A.REVIEW_PASSED, reviewed_units=F("requested_units"))
    FrozenInstance.objects.create(
        round=world.pilot_round,
        body=gzip.compress(content, mtime=0),
        sha256=hashlib.sha256(content).hexdigest(),
        rule_set_sha256=world.pilot_round.rule_set.sha256,
        ids={row["id"]: application.pk for row, application in zip(rows, world.applications, strict=True)},
        frozen_by=world.matcher,
    )
    return world
