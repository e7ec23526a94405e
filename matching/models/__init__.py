from matching.models.allocation import Allocation, Explanation
from matching.models.contract import Contract, ContractAmendment, ContractLine
from matching.models.counterfactual import Counterfactual, CounterfactualProof
from matching.models.delivery import Delivery, Inspection
from matching.models.derived import DerivedInstance
from matching.models.objection import ResultObjection
from matching.models.override import AwardOverride
from matching.models.payment import Payment
from matching.models.run import MatchingRun
from matching.models.site import LineSite
from matching.models.step import RunBlock, RunStep
from matching.models.what_if import WhatIf, WhatIfOrder

__all__ = [
    "Allocation",
    "AwardOverride",
    "Contract",
    "ContractAmendment",
    "ContractLine",
    "Counterfactual",
    "CounterfactualProof",
    "Delivery",
    "DerivedInstance",
    "Explanation",
    "Inspection",
    "LineSite",
    "MatchingRun",
    "Payment",
    "ResultObjection",
    "RunBlock",
    "RunStep",
    "WhatIf",
    "WhatIfOrder",
]
