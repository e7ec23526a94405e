from overseas.models.application import OverseasApplication, OverseasApplicationQuerySet
from overseas.models.call import OverseasCall
from overseas.models.country import Country
from overseas.models.demonstration import Demonstration, DemonstrationQuerySet, LocalCertificate, TestResult

__all__ = [
    "Country",
    "Demonstration",
    "DemonstrationQuerySet",
    "LocalCertificate",
    "OverseasApplication",
    "OverseasApplicationQuerySet",
    "OverseasCall",
    "TestResult",
]
