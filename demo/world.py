"""The whole invented world, in the order in which it would have happened."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation

from accounts.models import User
from core.calendar import today
from core.models import Notification, OutboxMessage
from demo import abroad, branches_people, branches_rounds, catalogue, people, stories
from demo.people import DOMAIN, Cast
from demo.scale import SCALES, Scale
from market import services as market
from market.enums import NoticeKind
from market.services import NoticeText
from products.models import Product

log = logging.getLogger(__name__)


def exists() -> bool:
    """Whether the world has been made."""
    return User.objects.filter(email=f"supplier@{DOMAIN}").exists()


def build(name: str, *, tell: Callable[[str], None]) -> None:
    """Make the world of a scale, whole or not at all; ``tell`` hears what is being made."""
    scale = SCALES[name]
    with translation.override("ko"), transaction.atomic():
        _plan_quickly()
        cast = _step("people and organizations", tell, people.build, scale)
        _step("registrations and requests", tell, branches_people.build, cast)
        products = _step("catalogue", tell, catalogue.build, cast, scale)
        _step("designation cases", tell, catalogue.cases, cast)
        _step("rounds", tell, _rounds, cast, scale, products)
        _step("notices", tell, _notices, cast)
        _spare_mails()


def _spare_mails() -> None:
    """Letters of the invented past go only to the people whom a visitor can be; the others keep their inbox."""
    unread = Notification.objects.filter(recipient__email__startswith="officer", recipient__email__endswith=DOMAIN)
    keys = list(unread.values_list("pk", flat=True))
    Notification.objects.filter(pk__in=keys).update(wants_mail=False)
    OutboxMessage.objects.filter(task="core.deliver_notification", kwargs__notification_id__in=keys).update(
        done_at=timezone.now()
    )


def _plan_quickly() -> None:
    """Join in the order as written: in tables this small, searching for a better order takes most of the time."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL join_collapse_limit = 1")


def _step(name: str, tell: Callable[[str], None], work: Callable[..., Any], *args: Any) -> Any:
    began = time.monotonic()
    result = work(*args)
    tell(f"  {name}: {time.monotonic() - began:.1f} s")
    return result


def _rounds(cast: Cast, scale: Scale, products: list[Product]) -> None:
    """Four rounds (executed, under review, open, taking plans) and small ones at every other step."""
    plan = branches_rounds.annual_plans(cast)
    own = iter([row for row in products if row.supplier_id == cast.suppliers[0].pk])
    stock = iter([row for row in products if row.supplier_id != cast.suppliers[0].pk])
    done = stories.executed(cast, scale, plan, own, stock)
    branches_rounds.corrections(cast, done)
    branches_rounds.under_review(cast, scale, plan, stock)
    branches_rounds.open_now(cast, scale, plan, own, stock)
    branches_rounds.small_ones(cast, plan, stock)
    rest = list(stock)
    branches_rounds.taking_plans(cast, plan, own, rest)
    catalogue.designations(cast, rest[-5:])
    abroad.build(cast, done, rest[:-5], scale.abroad)


def _notices(cast: Cast) -> None:
    """Notices that people write: a schedule, a correction, a cancellation."""
    actor = cast.desks["reviewer"]
    year = today().year
    schedule = _notice(actor, NoticeKind.SCHEDULE, f"{year + 1}년 시범구매 일정 안내", f"Schedule {year + 1}")
    market.amend_notice(
        actor=actor,
        notice_id=schedule.pk,
        version_kind="correction",
        reason="2차 접수 시작일을 바로잡았습니다.",
        text=NoticeText(
            title_ko=schedule.title_ko,
            title_en=schedule.title_en,
            body_ko="1차 접수는 2월, 2차 접수는 6월에 시작합니다.",
            body_en="The first intake begins in February, the second in June.",
        ),
    )
    fair = _notice(actor, NoticeKind.GENERAL, "혁신제품 설명회 안내", "Information day")
    market.cancel_notice(actor=actor, notice_id=fair.pk, reason="강연자의 사정으로 열지 않습니다.")
    market.draft_notice(
        actor=actor,
        kind=NoticeKind.SUPPORT_CALL,
        text=NoticeText(title_ko="해외실증 애로 해소 지원", body_ko="작성 중인 공고입니다."),
    )
    call = market.draft_notice(
        actor=cast.desks["designation"],
        kind=NoticeKind.DESIGNATION_CALL,
        text=NoticeText(
            title_ko=f"{year}년 제4차 혁신제품(유형2) 지정 신청 접수",
            title_en=f"Designation of Type 2 products, call {year}-4",
            body_ko="시제품을 보유한 기업은 신청하시기 바랍니다.",
            body_en="Companies with a prototype may apply.",
            closes_at=None,
        ),
    )
    market.publish_notice(actor=cast.desks["designation"], notice_id=call.pk)


def _notice(actor: User, kind: NoticeKind, title_ko: str, title_en: str) -> Any:
    text = NoticeText(
        title_ko=title_ko, title_en=title_en, body_ko="1차 접수는 2월에 시작합니다.", body_en="Details follow."
    )
    notice = market.draft_notice(actor=actor, kind=kind, text=text, department="혁신조달과")
    return market.publish_notice(actor=actor, notice_id=notice.pk)
