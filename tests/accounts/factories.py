import factory
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.codes import business_number
from accounts.enums import (
    InstitutionKind,
    MemberRole,
    MembershipStatus,
    OrganizationKind,
    OrganizationStatus,
    PpsRole,
)
from accounts.models import Membership, Organization, OrganizationName, StaffRole, User

PASSWORD = "correct horse battery 9"


class UserFactory(factory.django.DjangoModelFactory):
    """A person without an organization; ``current_organization`` follows the memberships made for them."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"김하나{n}")
    phone = "02-0000-0000"
    language = "ko"
    is_demo = True
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def verified(self, create, extracted, **kwargs):
        """Pass ``verified=True`` for people who sign in through the page."""
        if create and extracted:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class OrganizationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organization
        skip_postgeneration_save = True

    class Params:
        pending = factory.Trait(status=OrganizationStatus.PENDING, confirmed_at=None)

    kind = OrganizationKind.PARTNER_AGENCY
    status = OrganizationStatus.CONFIRMED
    confirmed_at = factory.LazyFunction(timezone.now)
    name = factory.Sequence(lambda n: f"가상기관 {n}")
    name_en = factory.Sequence(lambda n: f"Invented Organization {n}")
    province_id = "26"
    district = "해운대구"
    address = "부산광역시 해운대구 센텀중앙로 1"
    is_demo = True

    @factory.post_generation
    def first_name_row(self, create, extracted, **kwargs):
        if create:
            OrganizationName.objects.create(
                organization=self, name=self.name, name_en=self.name_en, valid_from=timezone.localdate()
            )


class SupplierFactory(OrganizationFactory):
    kind = OrganizationKind.SUPPLIER
    name = factory.Sequence(lambda n: f"가상테크 {n}")
    name_en = factory.Sequence(lambda n: f"Invented Tech {n}")
    business_no = factory.Sequence(lambda n: business_number.invented(n + 5000))
    representative_name = "박대표"


class InstitutionFactory(OrganizationFactory):
    kind = OrganizationKind.INSTITUTION
    name = factory.Sequence(lambda n: f"가상시청 {n}")
    name_en = factory.Sequence(lambda n: f"Invented City Hall {n}")
    institution_code = factory.Sequence(lambda n: f"Z{n % 1000000:06d}")
    institution_kind = InstitutionKind.LOCAL


class OverseasInstitutionFactory(OrganizationFactory):
    kind = OrganizationKind.OVERSEAS_INSTITUTION
    province_id = None
    district = ""
    address = "1 Invented Avenue"


class PpsFactory(OrganizationFactory):
    kind = OrganizationKind.PPS
    name = "조달청"
    name_en = "Public Procurement Service"


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    class Params:
        requested = factory.Trait(status=MembershipStatus.REQUESTED, joined_at=None)

    user = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(SupplierFactory)
    role = MemberRole.ADMIN
    status = MembershipStatus.ACTIVE
    joined_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def make_current(self, create, extracted, **kwargs):
        if create and self.status == MembershipStatus.ACTIVE:
            self.user.current_organization = self.organization
            self.user.save(update_fields=["current_organization"])
            self.user.forget()


class SupplierUserFactory(UserFactory):
    """An administrator of a confirmed supplier; pass ``organization=`` and ``role=`` for another one."""

    @factory.post_generation
    def organization(self, create, extracted, **kwargs):
        if create:
            MembershipFactory(user=self, organization=extracted or SupplierFactory(**kwargs))

    @factory.post_generation
    def role(self, create, extracted, **kwargs):
        if create and extracted:
            self.memberships.update(role=extracted)
            self.forget()


class InstitutionUserFactory(SupplierUserFactory):
    """An administrator of a confirmed institution; pass ``organization=`` and ``role=`` for another one."""

    @factory.post_generation
    def organization(self, create, extracted, **kwargs):
        if create:
            MembershipFactory(user=self, organization=extracted or InstitutionFactory(**kwargs))


class PpsUserFactory(UserFactory):
    """A PPS officer with every role but the auditor's; pass ``roles=[...]`` for others."""

    is_staff = True

    @factory.post_generation
    def roles(self, create, extracted, **kwargs):
        if create:
            held = [role for role in PpsRole if role != PpsRole.AUDITOR] if extracted is None else extracted
            for role in held:
                StaffRole.objects.create(user=self, role=role)
            self.forget()
