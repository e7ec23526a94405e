from typing import Any

from accounts import perms as accounts_perms
from accounts.enums import PpsRole
from accounts.models import Organization
from products.models import Designation, DesignationApplication, Product

DESK_ROLES = (PpsRole.DESIGNATION,)
APPROVER_ROLES = (PpsRole.DESIGNATION, PpsRole.APPROVER)
VIEW_ROLES = tuple(PpsRole)


def may_browse(actor: Any) -> bool:
    return True


def may_register_product(actor: Any) -> bool:
    """Confirmed suppliers only: a product carries the company's checked name."""
    return accounts_perms.may_work_as_supplier(actor)


def may_see_own_products(actor: Any) -> bool:
    return accounts_perms.is_supplier(actor)


def owns_product(actor: Any, product: Product) -> bool:
    return accounts_perms.acts_for(actor, product.supplier_id)


def may_edit_product(actor: Any, product: Product) -> bool:
    return may_register_product(actor) and owns_product(actor, product)


def owns_application(actor: Any, application: DesignationApplication) -> bool:
    return accounts_perms.acts_for(actor, application.product.supplier_id)


def may_apply(actor: Any, application: DesignationApplication) -> bool:
    return may_register_product(actor) and owns_application(actor, application)


def is_desk(actor: Any) -> bool:
    return accounts_perms.has_pps_role(actor, *DESK_ROLES)


def may_work_case(actor: Any, application: DesignationApplication) -> bool:
    return is_desk(actor)


def may_decide(actor: Any, application: DesignationApplication) -> bool:
    return accounts_perms.has_pps_role(actor, *APPROVER_ROLES)


def may_approve_designation(actor: Any, application: DesignationApplication) -> bool:
    """Four eyes: whoever proposed the designation cannot also approve it."""
    return may_decide(actor, application) and application.proposed_by_id != actor.pk


def may_change_designation(actor: Any, designation: Designation) -> bool:
    return accounts_perms.has_pps_role(actor, *APPROVER_ROLES)


def may_import(actor: Any) -> bool:
    return is_desk(actor)


PUBLIC_PURPOSES = frozenset({"products.image", "products.document"})


def supplier_of(actor: Any) -> Organization | None:
    """The confirmed supplier that the person works for now."""
    return accounts_perms.organization_of(actor) if may_register_product(actor) else None


def may_read_product_file(actor: Any, target_id: str) -> bool:
    """Files of a product that are not public: the company's people and PPS."""
    product = Product.objects.filter(pk=target_id).first()
    return product is not None and (accounts_perms.is_pps(actor) or owns_product(actor, product))


def may_read_application_file(actor: Any, target_id: str) -> bool:
    application = DesignationApplication.objects.select_related("product").filter(pk=target_id).first()
    return application is not None and (accounts_perms.is_pps(actor) or owns_application(actor, application))
