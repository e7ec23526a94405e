from pilots.forms.pages import (
    AnswerForm,
    ApplicationFilterForm,
    ApplicationForm,
    KpiFormSet,
    OrderForm,
    PlanFilterForm,
    ProductFilterForm,
    RoundFilterForm,
    TextForm,
    UsePlanForm,
    kpi_initial,
)

__all__ = [
    "AnswerForm",
    "ApplicationFilterForm",
    "ApplicationForm",
    "KpiFormSet",
    "OrderForm",
    "PlanFilterForm",
    "ProductFilterForm",
    "RoundFilterForm",
    "TextForm",
    "UsePlanForm",
    "kpi_initial",
]
