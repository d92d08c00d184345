"""Kinds of cluster: added, renamed and retired by an administrator."""

from __future__ import annotations

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.schools.cluster_kind_services import (
    THE_KINDS,
    add_kind,
    rename_kind,
    restore_kind,
    retire_kind,
)
from cop_site.schools.cluster_queries import list_kinds
from cop_site.schools.cluster_services import create_cluster
from cop_site.transaction import transaction
from tests.factories.people import make_service_user
from tests.factories.schools import make_authority, make_cluster
from tests.support.client import GatedClient
from tests.support.pages import hidden
from tests.support.race import race

pytestmark = pytest.mark.usefixtures("app")
COP = "community_of_practice"
PAGE = "/clusters/kinds"


class TestAddKind:
    def test_is_offered_and_has_a_history(self) -> None:
        kind = add_kind("Early years group", exclusive=False, by=3)
        assert (kind.key, kind.exclusive) == ("early_years_group", False)
        assert kind in list_kinds()
        (change,) = audit.list_changes("cluster_kind", THE_KINDS)
        assert (change.by_user_id, change.now["kind"]) == (3, "Early years group")

    def test_a_name_that_is_taken_is_refused(self) -> None:
        with pytest.raises(DomainError, match="already"):
            add_kind("community of practice", exclusive=False, by=3)

    def test_names_that_make_one_key_get_two(self) -> None:
        keys = [add_kind(name, exclusive=False, by=3).key for name in ("A b", "A-b", "É", "Ü")]
        assert len(set(keys)) == 4

    def test_four_at_once_add_it_once(self, committed_app: Flask) -> None:
        make_authority()
        db.session.commit()

        def add() -> bool:
            with transaction():
                add_kind("Early years", exclusive=False, by=3)
            return True

        answers = race(committed_app, [add] * 4)
        assert answers.count(True) == 1
        assert all("already" in str(answer) for answer in answers if answer is not True)


class TestRenameKind:
    def test_clusters_of_it_are_of_the_new_name(self) -> None:
        kind = make_kind()
        rename_kind(kind, "Locality", seen=stamp_of({"name": "Group"}), by=3)
        change = audit.list_changes("cluster_kind", THE_KINDS)[-1]
        assert (change.was, change.now) == ({"kind": "Group"}, {"kind": "Locality"})

    def test_whoever_opened_it_before_is_told(self) -> None:
        with pytest.raises(StaleEditError):
            rename_kind(make_kind(), "Locality", seen=stamp_of({"name": "Older"}), by=3)


class TestRetireKind:
    def test_no_cluster_is_begun_and_those_there_are_stay(self) -> None:
        cluster = make_cluster()
        retire_kind(COP, by=3)
        assert COP not in [kind.key for kind in list_kinds()]
        with pytest.raises(DomainError, match="kind"):
            create_cluster("Alder", COP, "", by=3)
        assert cluster.kind_key == COP
        restore_kind(COP, by=3)
        assert create_cluster("Alder", COP, "", by=3).kind_key == COP

    def test_twice_is_said_once(self) -> None:
        retire_kind(COP, by=3)
        retire_kind(COP, by=3)
        assert len(audit.list_changes("cluster_kind", THE_KINDS)) == 1


def make_kind() -> str:
    return add_kind("Group", exclusive=False, by=1).key


@pytest.mark.sqlite_only
class TestPages:
    def test_added_renamed_retired_and_used_again(self, client: GatedClient) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        assert f'href="{PAGE}"' in client.get("/clusters").text
        assert client.send(PAGE, name="Group").location == PAGE
        assert client.send(PAGE, name="Group").status_code == 422
        page = client.get(f"{PAGE}/group").text
        seen = hidden(page, "seen")
        assert client.send(f"{PAGE}/group", name="Locality", seen=seen).location == PAGE
        stale = client.send(f"{PAGE}/group", name="Area", seen=seen)
        assert stale.status_code == 422 and "What was saved meanwhile" in stale.text
        assert client.send(f"{PAGE}/group/retire").location == PAGE
        assert "Use again" in client.get(PAGE).text
        assert client.send(f"{PAGE}/group/restore").location == PAGE
        assert "Use again" not in client.get(PAGE).text

    def test_the_list_of_clusters_is_narrowed_to_a_kind(self, client: GatedClient) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.EP))
        make_cluster("Alder")
        make_cluster("Northern", "inclusion_partnership")
        db.session.commit()
        text = client.get("/clusters?kind=inclusion_partnership").text
        assert "Northern" in text and "Alder" not in text
        text = client.get("/clusters?kind=nonsense").text
        assert "Northern" in text and "Alder" in text
