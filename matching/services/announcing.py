"""The letters of a published result, in small transactions; repeating tells nobody twice."""

from django.db import transaction

from accounts.selectors import members_of
from core.clock import database_now
from core.notifications import notify
from matching.models import Allocation, Explanation, MatchingRun
from matching.selectors import letters
from matching.services.runs import locked_run
from pilots.models import PilotUsePlan

TELL_BATCH = 100


def announce_run(*, run_id: int) -> None:
    """Tell every applicant and supplier of a published run, in small transactions; repeating tells nobody twice."""
    run = MatchingRun.objects.filter(pk=run_id, published_at__isnull=False).defer("result").first()
    if run is None:
        return
    while _tell_batch(run):
        continue
    _tell_suppliers(run)


@transaction.atomic
def _tell_batch(run: MatchingRun) -> int:
    rows = list(letters.rows_to_tell(run=run).select_for_update(of=("self",), skip_locked=True)[:TELL_BATCH])
    offers = {
        offer.application_id: offer
        for offer in Allocation.objects.filter(run=run, application__in=[row.application_id for row in rows])
    }
    for row in rows:
        _tell_applicant(run, row, offers.get(row.application_id))
        row.told_at = database_now()
    Explanation.objects.bulk_update(rows, ["told_at"])
    return len(rows)


def _tell_applicant(run: MatchingRun, row: Explanation, offer: Allocation | None) -> None:
    if offer is not None and run.published_at is not None and offer.offered_at > run.published_at:
        return  # moved up from the waitlist since, and told by that
    for person in members_of(organization_id=row.application.institution_id):
        letter = letters.applicant_letter(row=row, offer=offer, language=person.language)
        notify(recipient=person, kind=letter.kind, url=letter.url, **letter.params)


@transaction.atomic
def _tell_suppliers(run: MatchingRun) -> None:
    locked = locked_run(run_id=run.pk)
    if locked.suppliers_told_at is not None:
        return
    by_plan = letters.offers_to_tell(run=locked)
    plans = PilotUsePlan.objects.select_related("product").in_bulk(list(by_plan))
    for plan_id, offers in sorted(by_plan.items()):
        _tell_supplier(plans[plan_id], offers)
    for plan in letters.plans_without_offers(run=locked):
        _tell_supplier(plan, [])
    locked.suppliers_told_at = database_now()
    locked.save(update_fields=["suppliers_told_at"])


def _tell_supplier(plan: PilotUsePlan, offers: list[Allocation]) -> None:
    letter = letters.supplier_letter(plan=plan, offers=offers)
    for person in members_of(organization_id=plan.supplier_id):
        notify(recipient=person, kind=letter.kind, url=letter.url, **letter.params)
