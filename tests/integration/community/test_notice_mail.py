"""A notice by email: to the cluster's SENCOs, once each, and not to who chose otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.account_models import UnwantedTopic
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind, User
from cop_site.community import services
from cop_site.community.models import Notice
from cop_site.community.services import NoticeDetails
from cop_site.db import db
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.schools.cluster_models import Cluster
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.statements import count_statements


@pytest.fixture
def alder(app: Flask) -> Cluster:
    make_authority()
    return make_cluster("Alder")


@pytest.fixture
def asep(alder: Cluster) -> User:
    return make_service_user(ServiceRoleKind.ASEP, alder)


def senco(cluster: Cluster, role: SchoolRoleKind = SchoolRoleKind.SENCO) -> User:
    school = make_school()
    join_cluster(school, cluster)
    return make_school_user(school, role=role)


def post(cluster: Cluster, by: User, title: str = "Bring one plan", text: str = "") -> Notice:
    db.session.commit()
    details = NoticeDetails(title, text, clock.today() + timedelta(days=7))
    with transaction():
        return services.post_notice(cluster.id, details, by=acting(by))


def mailed() -> list[str]:
    return list(db.session.scalars(sa.select(OutboxMessage.recipient).order_by(OutboxMessage.id)))


class TestPostNotice:
    def test_is_mailed_to_the_clusters_sencos_and_nobody_else(
        self, alder: Cluster, asep: User
    ) -> None:
        one, two = senco(alder), senco(alder)
        senco(alder, SchoolRoleKind.TEACHER)
        senco(make_cluster("Birch"))
        post(alder, asep)
        assert mailed() == [one.email, two.email]

    def test_is_mailed_once_to_a_senco_of_two_schools(self, alder: Cluster, asep: User) -> None:
        user = senco(alder)
        school = make_school()
        join_cluster(school, alder)
        give_school_role(db.session.get_one(Person, user.person_id), school)
        post(alder, asep)
        assert mailed() == [user.email]

    def test_who_chose_to_have_none_gets_none(self, alder: Cluster, asep: User) -> None:
        willing, unwilling, other = senco(alder), senco(alder), senco(alder)
        db.session.add(UnwantedTopic(user_id=unwilling.id, topic="notices"))
        db.session.add(UnwantedTopic(user_id=other.id, topic="surveys"))
        post(alder, asep)
        assert mailed() == [willing.email, other.email]

    def test_who_could_not_read_it_or_gets_no_mail_is_left_out(
        self, alder: Cluster, asep: User
    ) -> None:
        closed, bounced, former = senco(alder), senco(alder), senco(alder)
        closed.disabled_at = clock.now()
        db.session.get_one(Person, bounced.person_id).bounced_at = clock.now()
        school = make_school()
        join_cluster(school, alder)
        give_school_role(make_person(), school)
        yesterday = clock.today() - timedelta(days=1)
        db.session.execute(
            sa.text("UPDATE school_role SET ends_on = :day WHERE person_id = :id"),
            {"day": yesterday.isoformat(), "id": former.person_id},
        )
        post(alder, asep)
        assert mailed() == []

    def test_a_change_is_not_mailed_again(self, alder: Cluster, asep: User) -> None:
        user = senco(alder)
        notice = post(alder, asep)
        details = NoticeDetails("Bring two plans", "", clock.today() + timedelta(days=7))
        with transaction():
            services.edit_notice(alder.id, notice.id, 1, details, by=acting(asep))
        assert mailed() == [user.email]

    def test_says_what_it_is_and_how_to_stop_it(self, alder: Cluster, asep: User) -> None:
        senco(alder)
        post(alder, asep, "Pens & paper", "Bring {{ name }} <b>pens</b>.")
        message = compose(db.session.scalars(sa.select(OutboxMessage)).one())
        text = message.get_content()
        assert message["Subject"] == "Alder: Pens & paper"
        assert "Bring {{ name }} <b>pens</b>." in text
        assert "/clusters/alder" in text
        assert "/account#messages\n" in text

    def test_costs_the_same_for_three_sencos_and_for_ten(self, alder: Cluster, asep: User) -> None:
        counts = []
        for more in (3, 7):
            for _ in range(more):
                senco(alder)
            with count_statements() as sent:
                post(alder, asep)
            counts.append(len([one for one in sent if not one.startswith(("UPDATE", "INSERT"))]))
        assert len(mailed()) == 13
        assert max(counts) < 25
