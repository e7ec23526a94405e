"""The whole invented world, in the order in which it would have happened."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone, translation

from accounts.models import User
from core.models import Notification, OutboxMessage
from demo import abroad, branches_people, branches_rounds, catalogue, people, stories
from demo.clock import travelling
from demo.people import DOMAIN, Cast
from demo.scale import SCALES, Scale
from demo.timeline import Story, Timeline
from market import services as market
from market.enums import NoticeKind
from market.services import NoticeText
from products import services as designations
from products.models import Product

log = logging.getLogger(__name__)


def exists() -> bool:
    """Whether the world has been made."""
    return User.objects.filter(email=f"supplier@{DOMAIN}").exists()


def build(name: str, *, tell: Callable[[str], None]) -> None:
    """Make the world of a scale, whole or not at all; ``tell`` hears what is being made."""
    scale = SCALES[name]
    with translation.override("ko"), transaction.atomic(), travelling() as clock:
        _plan_quickly()
        timeline = Timeline(clock)
        cast = _step("people and organizations", tell, people.build, scale, timeline)
        branches_people.build(cast)
        products = _step("catalogue", tell, catalogue.build, cast, scale)
        catalogue.cases(cast)
        _rounds(cast, scale, products)
        timeline.start(_notices(cast))
        _step("two years of events", tell, timeline.run)
        clock.go(0)
        designations.expire_overdue_designations()
        _read_old_mail()


def _read_old_mail() -> None:
    """Old letters were read long ago, and only the people whom a visitor can be still get mail for the new ones."""
    theirs = Notification.objects.exclude(recipient__email__startswith="officer")
    old = Notification.objects.filter(created_at__lt=timezone.now() - timedelta(days=14))
    old.filter(read_at=None).update(read_at=F("created_at") + timedelta(hours=3))
    keys = list(old.values_list("pk", flat=True)) + list(
        Notification.objects.exclude(pk__in=theirs.values("pk")).values_list("pk", flat=True)
    )
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
    """Four large rounds (executed, under review, open, taking plans), small ones at every other step, and abroad.

    Who offers what is settled first, so that the order of the days changes nothing in it.
    """
    own = iter([row for row in products if row.supplier_id == cast.suppliers[0].pk])
    stock = iter([row for row in products if row.supplier_id != cast.suppliers[0].pk])
    executed = stories.products(scale, own, stock)
    reviewed = list(islice(stock, scale.review_plans))
    large = list(islice(stock, scale.large_plans))
    opened = [next(own), *islice(stock, scale.open_plans + 1)]
    small = branches_rounds.small_ones(cast, stock)
    mine, rest = next(own), list(stock)
    leased = [product for product in rest if product.is_lease_available][:5]
    moved = [product for product in rest if product not in leased][-5:]
    abroad_ = [product for product in rest if product not in moved]
    cast.timeline.start(
        branches_rounds.annual_plans(cast),
        stories.executed(cast, executed),
        branches_rounds.corrections(cast),
        branches_rounds.under_review(cast, scale, reviewed),
        *([branches_rounds.large(cast, scale, large)] if large else []),
        branches_rounds.open_now(cast, scale, opened),
        branches_rounds.taking_plans(cast, mine, leased),
        *small,
        catalogue.designations(cast, moved),
        abroad.build(cast, abroad_, scale.abroad),
        abroad.other_calls(cast),
    )


def _notices(cast: Cast) -> Story[None]:
    """Notices that people write: a schedule, a correction, a cancellation."""
    actor, desk = cast.desks["reviewer"], cast.desks["designation"]
    year = cast.clock.today.year
    yield 58
    fair = _notice(actor, NoticeKind.GENERAL, "혁신제품 설명회 안내", "Information day")
    yield 47
    market.cancel_notice(actor=actor, notice_id=fair.pk, reason="강연자의 사정으로 열지 않습니다.")
    yield 26
    call = market.draft_notice(
        actor=desk,
        kind=NoticeKind.DESIGNATION_CALL,
        text=NoticeText(
            title_ko=f"{year}년 제4차 혁신제품(유형2) 지정 신청 접수",
            title_en=f"Designation of Type 2 products, call {year}-4",
            body_ko="시제품을 보유한 기업은 신청하시기 바랍니다.",
            body_en="Companies with a prototype may apply.",
            closes_at=None,
        ),
    )
    market.publish_notice(actor=desk, notice_id=call.pk)
    yield 13
    schedule = _notice(actor, NoticeKind.SCHEDULE, f"{year + 1}년 시범구매 일정 안내", f"Schedule {year + 1}")
    yield 8
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
    yield 2
    market.draft_notice(
        actor=actor,
        kind=NoticeKind.SUPPORT_CALL,
        text=NoticeText(title_ko="해외실증 애로 해소 지원", body_ko="작성 중인 공고입니다."),
    )


def _notice(actor: User, kind: NoticeKind, title_ko: str, title_en: str) -> Any:
    text = NoticeText(
        title_ko=title_ko, title_en=title_en, body_ko="1차 접수는 2월에 시작합니다.", body_en="Details follow."
    )
    notice = market.draft_notice(actor=actor, kind=kind, text=text, department="혁신조달과")
    return market.publish_notice(actor=actor, notice_id=notice.pk)
