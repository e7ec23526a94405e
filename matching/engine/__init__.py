"""The matching engine: proposes awards, makes them exact, certifies and explains them. It knows nothing of Django."""

from matching.engine.progress import Cancelled, Progress
from matching.engine.restate import restate
from matching.engine.result import Result
from matching.engine.solve import solve
from matching.engine.strict import InvalidInstance

__all__ = ["Cancelled", "InvalidInstance", "Progress", "Result", "restate", "solve"]
