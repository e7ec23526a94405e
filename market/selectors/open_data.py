"""Facts for OCDS releases, read from published rounds and contracts; security sites and people are left out here."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import ocdsmerge
from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils import timezone, translation

from accounts.models import Organization
from core.calendar import SEOUL
from market.enums import NoticeKind
from market.models import Notice
from market.ocds import build, gate
from market.ocds.facts import ContractFacts, LineFacts, Party, PaymentFacts, RoundFacts
from matching.enums import LineStatus
from matching.models import Contract, ContractLine
from pilots.models import PilotRound, RoundTrack

SURVEYS = [NoticeKind.PILOT_DEMAND_SURVEY, NoticeKind.LEASE_DEMAND_SURVEY]


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=SEOUL)


def _party(organization: Organization) -> Party:
    scheme, identifier = "", ""
    if organization.business_no:
        scheme, identifier = "KR-BRN", organization.business_no
    elif organization.institution_code:
        scheme, identifier = "KR-G2B-INST", organization.institution_code
    return Party(
        id=f"{scheme or 'IM-ORG'}-{identifier or organization.pk}",
        name=organization.name,
        name_en=organization.name_en,
        scheme=scheme,
        identifier=identifier,
        region=str(organization.province) if organization.province else "",
    )


def _masked_party(line: ContractLine) -> Party:
    """A receiving institution; at a security site only its province is told."""
    if not line.is_security_site:
        return _party(line.institution)
    region = str(line.site_province) if line.site_province else ""
    return Party(id=f"IM-SECURITY-{line.contract_id}-{line.sequence}", name="보안시설 보유 기관", region=region)


def published_planning() -> Iterator[RoundFacts]:
    """Rounds that have opened, oldest first."""
    rounds = (
        PilotRound.objects.filter(opened_at__isnull=False)
        .prefetch_related(
            Prefetch("tracks", RoundTrack.objects.select_related("track").order_by("track__order", "pk")),
            Prefetch("notices", Notice.objects.public().filter(kind__in=SURVEYS), to_attr="surveys"),
        )
        .order_by("opened_at", "pk")
    )
    for pilot_round in rounds:
        surveys: list[Notice] = getattr(pilot_round, "surveys", [])
        yield RoundFacts(
            number=pilot_round.number,
            title=pilot_round.title_ko,
            budget_krw=pilot_round.budget_krw,
            tracks=tuple((part.track.code, part.track.name_ko, part.budget_krw) for part in pilot_round.tracks.all()),
            opened_at=pilot_round.opened_at or pilot_round.opens_at,
            opens_at=pilot_round.opens_at,
            closes_at=pilot_round.closes_at,
            notice_url=f"{settings.SITE_URL}/notices/{surveys[0].pk}/" if surveys else "",
        )


def _contracts() -> QuerySet[Contract]:
    lines = (
        ContractLine.objects.exclude(status=LineStatus.CANCELLED)
        .select_related("institution__province", "site_province")
        .order_by("sequence")
    )
    return (
        Contract.objects.filter(round__result_published_at__isnull=False)
        .exclude(signed_on=None)
        .select_related("round", "track", "product", "supplier__province", "payment")
        .prefetch_related(Prefetch("lines", lines), "product__designations")
        .order_by("signed_on", "pk")
    )


def published_contracts() -> Iterator[ContractFacts]:
    """Signed contracts of published rounds, oldest first; one query for each kind of row."""
    for contract in _contracts():
        if facts := _facts(contract):
            yield facts


def _facts(contract: Contract) -> ContractFacts | None:
    lines = tuple(
        LineFacts(
            sequence=line.sequence,
            institution=_masked_party(line),
            units=line.units,
            unit_price_krw=line.unit_price_krw,
            accepted_at=_moment(line.accepted_on) if line.accepted_on else None,
            is_accepted=line.status == LineStatus.ACCEPTED,
        )
        for line in contract.lines.all()
    )
    published_at = contract.round.result_published_at
    if not lines or published_at is None or contract.signed_on is None:
        return None
    payment = getattr(contract, "payment", None)
    payments: tuple[PaymentFacts, ...] = ()
    if payment is not None:
        payments = (PaymentFacts(f"{contract.number}-payment", payment.amount_krw, _moment(payment.paid_on)),)
    designation = next(iter(sorted(contract.product.designations.all(), key=lambda d: -d.pk)), None)
    return ContractFacts(
        number=contract.number,
        round_number=contract.round.number,
        product_id=contract.product_id,
        product_name=contract.product.name,
        product_class=contract.product.goods_class_no,
        detail_item=contract.product.detail_item_no,
        designation_no=designation.number if designation else "",
        trl=contract.product.trl,
        supplier=_party(contract.supplier),
        legal_ground=contract.get_legal_ground_display(),
        track=contract.track.name_ko,
        total_krw=sum(line.units * line.unit_price_krw for line in lines),
        awarded_at=published_at,
        signed_at=_moment(contract.signed_on),
        ends_at=_moment(contract.delivery_due_on) if contract.delivery_due_on >= contract.signed_on else None,
        is_terminated=contract.is_ended_early,
        lines=lines,
        payments=payments,
    )


def release_package(*, uri: str) -> dict[str, Any]:
    """Every release so far as one checked package.

    Raises:
        NotPublishable: something breaks the profile; nothing is published then.
    """
    releases = [build.planning_release(facts) for facts in published_planning()]
    with translation.override("ko"):  # the data speaks one language, whoever asks
        for facts in published_contracts():
            releases += build.contract_releases(facts)
    return gate.checked(build.release_package(releases, uri=uri, published_at=timezone.now()))


def record_package(*, uri: str) -> dict[str, Any]:
    """Every process as a record: its releases and their compiled form, merged by the standard's own rules.

    Raises:
        NotPublishable: something breaks the profile; nothing is published then.
    """
    processes: dict[str, list[dict[str, Any]]] = {}
    for release in release_package(uri=uri)["releases"]:
        processes.setdefault(release["ocid"], []).append(release)
    merger = ocdsmerge.Merger(MERGE_RULES)
    records = [
        {
            "ocid": ocid,
            "releases": releases,
            "compiledRelease": merger.create_compiled_release(sorted(releases, key=lambda r: r["date"])),
        }
        for ocid, releases in sorted(processes.items())
    ]
    return gate.checked(build.record_package(records, uri=uri, published_at=timezone.now()))


# What the merge library would otherwise fetch from the standard's site: how parts of a release are merged.
MERGE_RULES: dict[str, Any] = {
    "properties": {
        "ocid": {"type": "string"},
        "id": {"omitWhenMerged": True},
        "date": {"omitWhenMerged": True},
        "tag": {"type": "array", "omitWhenMerged": True},
        "buyer": {"type": "object"},
    },
}
