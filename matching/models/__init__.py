from matching.models.allocation import Allocation, Explanation
from matching.models.contract import Contract, ContractAmendment, ContractLine
from matching.models.delivery import Delivery, Inspection
from matching.models.payment import Payment
from matching.models.run import MatchingRun

__all__ = [
    "Allocation",
    "Contract",
    "ContractAmendment",
    "ContractLine",
    "Delivery",
    "Explanation",
    "Inspection",
    "MatchingRun",
    "Payment",
]
