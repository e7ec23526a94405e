from django.dispatch import receiver

from market import services
from market.services import NoticeText
from matching.signals import result_corrected, result_notice_asked
from overseas.signals import call_decided, call_opened
from pilots.signals import (
    annual_plan_confirmed,
    round_cancelled,
    round_intake_opened,
    round_opened,
    round_product_left,
    round_result_published,
    round_schedule_changed,
)


@receiver(annual_plan_confirmed, dispatch_uid="market.announce_annual_plan")
def on_annual_plan(*, annual_plan_id: int, **kwargs: object) -> None:
    services.announce_annual_plan(annual_plan_id=annual_plan_id)


@receiver(round_product_left, dispatch_uid="market.announce_removal")
def on_removal(*, round_id: int, product: str, reason: str, **kwargs: object) -> None:
    services.announce_removal(round_id=round_id, product=product, reason=reason)


@receiver(round_intake_opened, dispatch_uid="market.announce_intake")
def on_intake(*, round_id: int, **kwargs: object) -> None:
    services.announce_intake(round_id=round_id)


@receiver(round_opened, dispatch_uid="market.announce_survey")
def on_opening(*, round_id: int, **kwargs: object) -> None:
    services.announce_survey(round_id=round_id)


@receiver(round_schedule_changed, dispatch_uid="market.announce_reschedule")
def on_reschedule(*, round_id: int, reason: str, **kwargs: object) -> None:
    services.announce_reschedule(round_id=round_id, reason=reason)


@receiver(round_result_published, dispatch_uid="market.announce_result")
def on_result(*, round_id: int, **kwargs: object) -> None:
    services.announce_result(round_id=round_id)


@receiver(round_cancelled, dispatch_uid="market.announce_cancellation")
def on_cancellation(*, round_id: int, **kwargs: object) -> None:
    services.announce_cancellation(round_id=round_id)


@receiver(call_opened, dispatch_uid="market.announce_call")
def on_call(*, call_id: int, **kwargs: object) -> None:
    services.announce_call(call_id=call_id)


@receiver(call_decided, dispatch_uid="market.announce_selection")
def on_selection(*, call_id: int, **kwargs: object) -> None:
    services.announce_selection(call_id=call_id)


@receiver(result_corrected, dispatch_uid="market.announce_correction")
def on_correction(*, run_id: int, **kwargs: object) -> None:
    services.announce_correction(run_id=run_id)


@receiver(result_notice_asked, dispatch_uid="market.result_notice_text")
def on_notice_asked(*, round_id: int, run_id: int | None, **kwargs: object) -> NoticeText:
    if run_id is None:
        return services.result_notice_text(round_id=round_id)
    return services.correction_text(run_id=run_id)
