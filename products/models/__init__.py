from products.models.application import (
    CaseEvent,
    DesignationApplication,
    GateResult,
    PanelScore,
    SupplementRequest,
)
from products.models.category import Category
from products.models.designation import Designation
from products.models.imports import ImportRow, ImportRun, word_remark
from products.models.product import (
    IntellectualProperty,
    Product,
    ProductCertification,
    ProductItem,
    ProductQuerySet,
    VendorRecord,
    search_words,
    searchable,
)
from products.models.rubric import Rubric, RubricCriterion, RubricGroup

__all__ = [
    "CaseEvent",
    "Category",
    "Designation",
    "DesignationApplication",
    "GateResult",
    "ImportRow",
    "ImportRun",
    "IntellectualProperty",
    "PanelScore",
    "Product",
    "ProductCertification",
    "ProductItem",
    "ProductQuerySet",
    "Rubric",
    "RubricCriterion",
    "RubricGroup",
    "SupplementRequest",
    "VendorRecord",
    "search_words",
    "searchable",
    "word_remark",
]
