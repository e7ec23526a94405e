from products.forms.applications import AnswerForm, AppealForm, ApplicationForm, typed_application
from products.forms.catalogue import ApplicationsForm, CatalogueForm, OwnProductsForm
from products.forms.desk import (
    ApprovalForm,
    GateForm,
    InspectionForm,
    MinistryForm,
    PanelForm,
    PriceForm,
    ProposalForm,
    ScoreForm,
    SupplementForm,
    TransferForm,
    ValidityForm,
)
from products.forms.fields import ReasonForm
from products.forms.products import FILE_FIELDS, ProductBundle, ProductForm

__all__ = [
    "FILE_FIELDS",
    "AnswerForm",
    "AppealForm",
    "ApplicationForm",
    "ApplicationsForm",
    "ApprovalForm",
    "CatalogueForm",
    "GateForm",
    "InspectionForm",
    "MinistryForm",
    "OwnProductsForm",
    "PanelForm",
    "PriceForm",
    "ProductBundle",
    "ProductForm",
    "ProposalForm",
    "ReasonForm",
    "ScoreForm",
    "SupplementForm",
    "TransferForm",
    "ValidityForm",
    "typed_application",
]
