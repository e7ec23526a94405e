from products.admin.applications import DesignationApplicationAdmin
from products.admin.designations import DesignationAdmin
from products.admin.products import CategoryAdmin, ImportRunAdmin, ProductAdmin, ProductItemAdmin, RubricAdmin

__all__ = [
    "CategoryAdmin",
    "DesignationAdmin",
    "DesignationApplicationAdmin",
    "ImportRunAdmin",
    "ProductAdmin",
    "ProductItemAdmin",
    "RubricAdmin",
]
