"""The whole invented world, in the order in which it would have happened."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.utils import translation

from accounts.models import User
from core.calendar import today
from demo import abroad, catalogue, execution, people, rounds
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
    """Make the world of a scale; ``tell`` hears what is being made."""
    scale = SCALES[name]
    with translation.override("ko"):
        cast = _step("people and organizations", tell, people.build, scale)
        products = _step("catalogue", tell, catalogue.build, cast, scale)
        _step("designation cases", tell, catalogue.cases, cast)
        _step("rounds", tell, _rounds, cast, scale, products)
        _step("notices", tell, _notices, cast)


def _step(name: str, tell: Callable[[str], None], work: Callable[..., Any], *args: Any) -> Any:
    began = time.monotonic()
    result = work(*args)
    tell(f"  {name}: {time.monotonic() - began:.1f} s")
    return result


def _rounds(cast: Cast, scale: Scale, products: list[Product]) -> None:
    """Four rounds: executed, under review, open, taking plans."""
    plan = rounds.annual_plan(cast, today().year)
    stock = iter(products)
    _executed(cast, scale, plan, [next(stock) for _ in range(scale.past_plans)], products)
    in_review = rounds.planned(cast, plan, title="하반기 시범구매", title_en="Second-half pilot purchase")
    offers = rounds.plans(cast, in_review, [next(stock) for _ in range(scale.review_plans)])
    rounds.open_now(cast, in_review)
    rows = rounds.applications(cast, offers, cast.institutions[1:], scale.review_applications)
    rounds.close(cast, in_review, days=40)
    rounds.review(cast, rows, leave=len(rows) // 4)
    open_round = rounds.planned(cast, plan, title="연말 시범구매", title_en="Year-end pilot purchase")
    wanted = [next(stock) for _ in range(scale.open_plans)]
    wanted += [p for p in products if p.supplier_id == cast.suppliers[0].pk and p not in wanted][-1:]
    offers = rounds.plans(cast, open_round, wanted)
    rounds.open_now(cast, open_round)
    rounds.applications(cast, offers, cast.institutions[2:], scale.open_applications)
    lease = rounds.planned(cast, plan, title="임차 시범구매", title_en="Lease pilot purchase", lease=True)
    leasable = [p for p in stock if p.is_lease_available][:4]
    rounds.plans(cast, lease, leasable[:2], approve=False)
    rounds.plans(cast, lease, leasable[2:])


def _executed(cast: Cast, scale: Scale, plan: Any, offered: list[Product], products: list[Product]) -> None:
    done = rounds.planned(cast, plan, title="상반기 시범구매", title_en="First-half pilot purchase")
    offers = rounds.plans(cast, done, offered)
    rounds.open_now(cast, done)
    rows = rounds.applications(cast, offers, cast.institutions, scale.past_applications)
    rounds.close(cast, done, days=300)
    rounds.review(cast, rows)
    run = execution.match(cast, done)
    execution.answer(cast, run)
    signed = execution.contracts(cast, done)
    execution.deliver(cast, signed)
    execution.use(cast)
    execution.judge(cast)
    abroad.build(cast, done, [p for p in products if p not in offered], scale.abroad)


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
