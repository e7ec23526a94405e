from matching.services.amendments import approve_amendment, propose_amendment, reject_amendment
from matching.services.announcing import announce_run
from matching.services.approval import approve_run
from matching.services.blocks import solve_blocks
from matching.services.contracts import (
    NewLine,
    close_contract,
    create_contract,
    fail_contract,
    prepare_contract,
    request_termination,
    sign_contract,
    terminate_contract,
)
from matching.services.corrections import start_correction
from matching.services.counterfactuals import (
    ask_what_would_do,
    find_counterfactual,
    requeue_lapsed_questions,
)
from matching.services.deliveries import record_delivery, record_inspection, remind_of_deliveries
from matching.services.offers import accept_line_up, accept_offer, decline_line_up, decline_offer, lapse_offers
from matching.services.overrides import change_award, may_change_awards, solve_around_award
from matching.services.payments import record_payment
from matching.services.publishing import publish_result
from matching.services.result_objections import (
    dismiss_result_objection,
    object_as_institution,
    object_as_supplier,
    uphold_result_objection,
)
from matching.services.runs import cancel_run, propose_run, return_run, start_run
from matching.services.solving import requeue_lapsed_runs, solve_run, watch_run
from matching.services.what_if import delete_what_if, rename_what_if, try_what_if
from matching.services.what_if_orders import solve_what_if, try_or_order_what_if, withdraw_what_if_order

__all__ = [
    "NewLine",
    "accept_line_up",
    "accept_offer",
    "announce_run",
    "approve_amendment",
    "approve_run",
    "ask_what_would_do",
    "cancel_run",
    "change_award",
    "close_contract",
    "create_contract",
    "decline_line_up",
    "decline_offer",
    "delete_what_if",
    "dismiss_result_objection",
    "fail_contract",
    "find_counterfactual",
    "lapse_offers",
    "may_change_awards",
    "object_as_institution",
    "object_as_supplier",
    "prepare_contract",
    "propose_amendment",
    "propose_run",
    "publish_result",
    "record_delivery",
    "record_inspection",
    "record_payment",
    "reject_amendment",
    "remind_of_deliveries",
    "rename_what_if",
    "request_termination",
    "requeue_lapsed_questions",
    "requeue_lapsed_runs",
    "return_run",
    "sign_contract",
    "solve_around_award",
    "solve_blocks",
    "solve_run",
    "solve_what_if",
    "start_correction",
    "start_run",
    "terminate_contract",
    "try_or_order_what_if",
    "try_what_if",
    "uphold_result_objection",
    "watch_run",
    "withdraw_what_if_order",
]
