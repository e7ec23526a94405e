"""Releases from facts, after the mapping in docs/open-data.md.

The unit of a contracting process is one product in one round, which is one PPS contract. The round itself is a
planning process, related to each of them. PPS is the buyer: in OCDS 1.1 the buyer is who pays, so a receiving
institution has the local role ``pilotUser``.
"""

from datetime import UTC, datetime
from typing import Any

from market.ocds.facts import ContractFacts, LineFacts, Party, RoundFacts

# No prefix is registered with the Open Contracting Partnership yet; this one is visibly not a real one.
OCID_PREFIX = "ocds-000000"
PPS = Party("KR-GOV-pps", "조달청", "Public Procurement Service")
PUBLISHER = {"name": "Innovation Market", "scheme": "KR-GOV", "uid": "pps"}
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
Json = dict[str, Any]


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def money(amount_krw: int) -> Json:
    """An amount in whole won."""
    return {"amount": amount_krw, "currency": "KRW"}


def round_ocid(number: str) -> str:
    return f"{OCID_PREFIX}-{number}"


def contract_ocid(facts: ContractFacts) -> str:
    return f"{OCID_PREFIX}-{facts.round_number}-{facts.product_id}"


def party(facts: Party, roles: list[str]) -> Json:
    """An entry of ``parties``."""
    found: Json = {"id": facts.id, "name": facts.name, "roles": roles, "address": {"countryName": facts.country}}
    if facts.region:
        found["address"]["region"] = facts.region
    if facts.identifier:
        found["identifier"] = {"scheme": facts.scheme, "id": facts.identifier, "legalName": facts.name}
    return found


def _release(ocid: str, moment: datetime, tags: list[str], **sections: Any) -> Json:
    date = stamp(moment)
    return {
        "ocid": ocid,
        "id": f"{ocid}-{'-'.join(tags)}-{date}",
        "date": date,
        "tag": tags,
        "initiationType": "tender",
        "language": "ko",
        **sections,
    }


def planning_release(facts: RoundFacts) -> Json:
    """The round: its budget by track and the demand survey."""
    breakdown = "; ".join(f"{name}: {amount} KRW" for _code, name, amount in facts.tracks)
    documents = []
    if facts.notice_url:
        documents.append(
            {
                "id": "demand-survey",
                "documentType": "plannedProcurementNotice",
                "title": facts.title,
                "url": facts.notice_url,
                "format": "text/html",
                "language": "ko",
            }
        )
    return _release(
        round_ocid(facts.number),
        facts.opened_at,
        ["planning"],
        parties=[party(PPS, ["buyer", "procuringEntity"])],
        buyer={"id": PPS.id, "name": PPS.name},
        planning={
            "budget": {
                "id": facts.number,
                "description": breakdown or facts.title,
                "amount": money(facts.budget_krw),
                "project": facts.title,
            },
            "rationale": "Pilot purchase of designated innovative products for use by public institutions.",
            "documents": documents,
            "milestones": [
                {
                    "id": "applications",
                    "title": "Applications of institutions",
                    "type": "preProcurement",
                    "dueDate": stamp(facts.closes_at),
                    "status": "scheduled",
                }
            ],
        },
    )


def _item(facts: ContractFacts, line: LineFacts) -> Json:
    item: Json = {
        "id": str(line.sequence),
        "description": f"{facts.product_name} – {line.institution.name}",
        "quantity": line.units,
        "unit": {"name": "unit", "value": money(line.unit_price_krw)},
    }
    if facts.product_class:
        item["classification"] = {"scheme": "UNSPSC", "id": facts.product_class}
    if facts.detail_item:
        item["additionalClassifications"] = [{"scheme": "KR-G2B-DTIL", "id": facts.detail_item}]
    return item


def _parties(facts: ContractFacts) -> list[Json]:
    users = {line.institution.id: line.institution for line in facts.lines}
    return [
        party(PPS, ["buyer", "procuringEntity", "payer"]),
        party(facts.supplier, ["supplier", "tenderer", "payee"]),
        *(party(user, ["pilotUser"]) for _key, user in sorted(users.items())),
    ]


def _common(facts: ContractFacts) -> Json:
    return {
        "parties": _parties(facts),
        "buyer": {"id": PPS.id, "name": PPS.name},
        "relatedProcesses": [
            {
                "id": "round",
                "relationship": ["planning"],
                "title": facts.round_number,
                "scheme": "ocid",
                "identifier": round_ocid(facts.round_number),
            }
        ],
    }


def award_release(facts: ContractFacts) -> Json:
    """The match: a direct procurement of one product for the matched institutions."""
    items = [_item(facts, line) for line in facts.lines]
    return _release(
        contract_ocid(facts),
        facts.awarded_at,
        ["tender", "award"],
        **_common(facts),
        tender={
            "id": contract_ocid(facts),
            "title": facts.product_name,
            "status": "complete",
            "procuringEntity": {"id": PPS.id, "name": PPS.name},
            "items": items,
            "value": money(facts.total_krw),
            "procurementMethod": "direct",
            "procurementMethodDetails": facts.track,
            "procurementMethodRationale": facts.legal_ground,
            "mainProcurementCategory": "goods",
        },
        awards=[_award(facts, items)],
    )


def _award(facts: ContractFacts, items: list[Json]) -> Json:
    return {
        "id": f"{facts.number}-award",
        "title": facts.product_name,
        "status": "active" if facts.signed_at else "pending",
        "date": stamp(facts.awarded_at),
        "value": money(facts.total_krw),
        "suppliers": [{"id": facts.supplier.id, "name": facts.supplier.name}],
        "items": items,
    }


def contract_release(facts: ContractFacts) -> Json | None:
    """The signed contract; None while it is not signed."""
    if facts.signed_at is None:
        return None
    return _release(
        contract_ocid(facts),
        facts.signed_at,
        ["contract"],
        **_common(facts),
        awards=[_award(facts, [_item(facts, line) for line in facts.lines])],
        contracts=[_contract(facts)],
    )


def _contract(facts: ContractFacts) -> Json:
    contract: Json = {
        "id": facts.number,
        "awardID": f"{facts.number}-award",
        "title": facts.product_name,
        "status": "terminated" if facts.is_terminated else "active",
        "value": money(facts.total_krw),
        "items": [_item(facts, line) for line in facts.lines],
    }
    if facts.signed_at:
        contract["dateSigned"] = stamp(facts.signed_at)
        contract["period"] = {"startDate": stamp(facts.signed_at)}
        if facts.ends_at:
            contract["period"]["endDate"] = stamp(facts.ends_at)
    return contract


def implementation_release(facts: ContractFacts) -> Json | None:
    """Deliveries accepted and payments made; None while there is neither."""
    accepted = [line for line in facts.lines if line.is_accepted and line.accepted_at]
    moments = [line.accepted_at for line in accepted if line.accepted_at] + [p.paid_at for p in facts.payments]
    if not moments or facts.signed_at is None:
        return None
    milestones = [
        {
            "id": f"delivery-{line.sequence}",
            "title": f"Accepted by {line.institution.name}",
            "type": "delivery",
            "status": "met",
            "dateMet": stamp(line.accepted_at),
        }
        for line in accepted
        if line.accepted_at
    ]
    transactions = [
        {
            "id": payment.id,
            "date": stamp(payment.paid_at),
            "value": money(payment.amount_krw),
            "payer": {"id": PPS.id, "name": PPS.name},
            "payee": {"id": facts.supplier.id, "name": facts.supplier.name},
        }
        for payment in facts.payments
    ]
    implementation: Json = {"milestones": milestones}
    if transactions:
        implementation["transactions"] = transactions
    return _release(
        contract_ocid(facts),
        max(moments),
        ["implementation"],
        **_common(facts),
        contracts=[{**_contract(facts), "implementation": implementation}],
    )


def contract_releases(facts: ContractFacts) -> list[Json]:
    """Every release of a process so far, in order of time."""
    built = [award_release(facts), contract_release(facts), implementation_release(facts)]
    return [release for release in built if release is not None]


def release_package(releases: list[Json], *, uri: str, published_at: datetime) -> Json:
    """A package of releases."""
    return {
        "uri": uri,
        "version": "1.1",
        "publishedDate": stamp(published_at),
        "publisher": PUBLISHER,
        "license": LICENSE,
        "releases": releases,
    }


def record_package(records: list[Json], *, uri: str, published_at: datetime) -> Json:
    """A package of records: each process with its releases and their compiled form."""
    return {
        "uri": uri,
        "version": "1.1",
        "publishedDate": stamp(published_at),
        "publisher": PUBLISHER,
        "license": LICENSE,
        "records": records,
    }
