"""What-ifs on large rounds: ordered in a request, solved by a worker, while the author goes on with other things.

The fast method takes about a second of cpu at 5,000 applications and 16 at 50,000, and the first what-if of a run
solves the unchanged instance too (docs/matching-desk.md). No request may take that long.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.errors import DomainError, NotPermitted
from core.outbox import enqueue
from core.workflow import SYSTEM
from matching import perms
from matching.errors import WhatIfRefused
from matching.models import WhatIf, WhatIfOrder
from matching.selectors import run_document
from matching.services.what_if import (
    NAME_TAKEN,
    changed_document,
    check_name,
    keep_what_if,
    run_to_try,
    solved,
    try_what_if,
)

# Up to here a what-if is solved while its author waits: two or three seconds.
SOLVED_AT_ONCE = 10_000
MAX_ATTEMPTS = 5
# A worker that dies is noticed by the relay after this; one that works is left alone.
RESEND_AFTER_SECONDS = 60


def try_or_order_what_if(*, actor: User, run_id: int, name: str, changes: Mapping[str, Any]) -> WhatIf | WhatIfOrder:
    """Solve a what-if at once, or have a worker solve it where the round is large. What is refused is refused at once.

    Raises:
        NotPermitted, RoundNotReady, WhatIfRefused: as `try_what_if`.
    """
    run = run_to_try(actor=actor, run_id=run_id, name=name, changes=changes)
    document = run_document(run=run)
    if len(document["applications"]) <= SOLVED_AT_ONCE:
        return try_what_if(actor=actor, run_id=run_id, name=name, changes=changes)
    changed_document(run=run, document=document, changes=changes)
    return _order(actor, WhatIfOrder(run=run, name=name, changes=dict(changes), author=actor, total=2))


@transaction.atomic
def _order(actor: User, order: WhatIfOrder) -> WhatIfOrder:
    WhatIfOrder.objects.filter(run=order.run, name=order.name).unmade().exclude(failure="").delete()
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError as error:
        raise WhatIfRefused(NAME_TAKEN, field="name") from error
    record(actor=actor, verb="order", target=order, details={"run": order.run_id, "changes": order.changes})
    enqueue("matching.solve_what_if", resend_after_seconds=RESEND_AFTER_SECONDS, order_id=order.pk)
    return order


def solve_what_if(*, order_id: int) -> None:
    """Solve an order, unless it has ended or was withdrawn; a worker that dies leaves it to the next."""
    waiting = WhatIfOrder.objects.filter(pk=order_id).waiting()
    if not waiting.update(attempt_count=F("attempt_count") + 1, done=0):
        return
    order = waiting.select_related("run__round__rule_set", "author").defer("run__result").get()
    if order.attempt_count > MAX_ATTEMPTS:
        _fail(order_id, _("Working it out ended %(count)s times without an answer.") % {"count": MAX_ATTEMPTS})
        return
    try:
        what_if = solved(
            actor=order.author, run=order.run, name=order.name, changes=order.changes, tell=partial(_tell, order_id)
        )
        _keep(order_id, what_if)
    except DomainError as error:
        _fail(order_id, str(error))


def _tell(order_id: int, done: int) -> None:
    WhatIfOrder.objects.filter(pk=order_id).waiting().update(done=done)


@transaction.atomic
def _keep(order_id: int, what_if: WhatIf) -> None:
    order = WhatIfOrder.objects.select_for_update(of=("self",)).filter(pk=order_id).waiting().first()
    if order is None:
        return
    check_name(run=what_if.run, name=what_if.name)
    order.what_if = keep_what_if(actor=what_if.author, what_if=what_if)
    order.save(update_fields=["what_if"])


@transaction.atomic
def _fail(order_id: int, reason: str) -> None:
    order = WhatIfOrder.objects.select_for_update(of=("self",)).filter(pk=order_id).waiting().first()
    if order is None:
        return
    order.failure = reason
    order.save(update_fields=["failure"])
    record(actor=SYSTEM, verb="fail", target=order, reason=reason)


@transaction.atomic
def withdraw_what_if_order(*, actor: User, order_id: int) -> None:
    """Drop one's own order; a worker that is at it finds nothing to keep its answer for.

    Raises:
        NotPermitted: it is somebody else's.
        WhatIfRefused: it has become a what-if meanwhile.
    """
    order = WhatIfOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    if not perms.may_withdraw_what_if_order(actor, order):
        raise NotPermitted
    if order.what_if_id is not None:
        raise WhatIfRefused(_("It is solved already. Open it instead."))
    record(actor=actor, verb="withdraw", target=order)
    order.delete()
