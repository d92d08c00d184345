"""What events can be said to be about: kept by the lead and administrators, in the site."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, StaleEditError, stamp_of
from cop_site.events import queries as event_queries
from cop_site.events import tag_queries
from cop_site.events.tag_models import TagFacet
from cop_site.planning.audience_services import save_tags
from cop_site.planning.tag_services import (
    THE_TAGS,
    add_tag,
    move_tag_up,
    rename_tag,
    restore_tag,
    retire_tag,
)
from cop_site.transaction import transaction
from tests.factories.events import make_event
from tests.factories.people import make_service_user
from tests.factories.schools import make_authority
from tests.support.client import GatedClient
from tests.support.pages import hidden
from tests.support.race import race
from tests.support.statements import count_statements

pytestmark = pytest.mark.usefixtures("app")
PAGE = "/events/tags"
TOPIC = TagFacet.TOPIC


def offered(facet: TagFacet = TOPIC) -> list[str]:
    return [name for _key, name in tag_queries.list_tag_values()[facet]]


def test_a_new_one_stands_last_and_has_a_history() -> None:
    tag = add_tag(TOPIC, "Dyslexia", by=3)
    assert (tag.key, offered()[-1]) == ("topic_dyslexia", "Dyslexia")
    (change,) = audit.list_changes("event_tag_value", THE_TAGS)
    assert (change.by_user_id, change.now) == (3, {"tag": "Dyslexia", "facet": "topic"})


def test_a_name_is_taken_only_among_its_own_kind() -> None:
    with pytest.raises(DomainError, match="already"):
        add_tag(TOPIC, "attendance", by=3)
    assert add_tag(TagFacet.OUTCOME, "Attendance", by=3).key == "outcome_attendance"


def test_names_without_a_plain_letter_get_keys_of_their_own() -> None:
    assert len({add_tag(TOPIC, name, by=3).key for name in ("É", "Ü", "A b", "A-b")}) == 4


def test_four_at_once_add_it_once(committed_app: Flask) -> None:
    make_authority()
    db.session.commit()

    def add() -> bool:
        with transaction():
            add_tag(TOPIC, "Dyslexia", by=3)
        return True

    answers = race(committed_app, [add] * 4)
    assert answers.count(True) == 1
    assert all("already" in str(answer) for answer in answers if answer is not True)


def test_a_new_name_stands_on_events_that_have_it() -> None:
    event = make_event()
    save_tags(event.id, frozenset({"topic_attendance"}))
    rename_tag("topic_attendance", "Being there", seen=stamp_of({"name": "Attendance"}), by=3)
    db.session.expire_all()
    made = event_queries.get_event(event.id, sa.true())
    assert [line.text for line in tag_queries.describe(made)] == ["Being there"]
    change = audit.list_changes("event_tag_value", THE_TAGS)[-1]
    assert (change.was["tag"], change.now["tag"]) == ("Attendance", "Being there")


def test_whoever_opened_it_before_is_told() -> None:
    with pytest.raises(StaleEditError):
        rename_tag("topic_attendance", "Being there", seen=stamp_of({"name": "Older"}), by=3)


def test_a_retired_one_is_offered_to_events_that_have_it_alone() -> None:
    retire_tag("topic_attendance", by=3)
    retire_tag("topic_attendance", by=3)
    assert "Attendance" not in offered()
    kept = tag_queries.list_tag_values(frozenset({"topic_attendance"}))
    assert ("topic_attendance", "Attendance") in kept[TOPIC]
    assert len(audit.list_changes("event_tag_value", THE_TAGS)) == 1
    restore_tag("topic_attendance", by=3)
    assert "Attendance" in offered()


def test_moves_up_one_at_a_time_and_stops_at_the_top() -> None:
    first, second, third = offered(TagFacet.LEVEL)
    move_tag_up("level_leading", by=3)
    assert offered(TagFacet.LEVEL) == [first, third, second]
    move_tag_up("level_leading", by=3)
    move_tag_up("level_leading", by=3)
    assert offered(TagFacet.LEVEL) == [third, first, second]


def test_passes_retired_ones_when_it_moves_up() -> None:
    first, _second, third = offered(TagFacet.LEVEL)
    retire_tag("level_building", by=3)
    move_tag_up("level_leading", by=3)
    assert offered(TagFacet.LEVEL) == [third, first]


@pytest.mark.parametrize("key", ["role_senco", "new_in_role", "nonsense"])
def test_what_follows_the_register_and_roles_is_not_for_changing(key: str) -> None:
    with pytest.raises(NotFoundError):
        retire_tag(key, by=3)
    with pytest.raises(NotFoundError):
        tag_queries.get_tag_value(key)


def test_the_list_takes_one_statement_and_counts_events() -> None:
    save_tags(make_event().id, frozenset({"topic_attendance", "level_starting"}))
    save_tags(make_event().id, frozenset({"topic_attendance"}))
    db.session.flush()
    with count_statements() as sent:
        counted = tag_queries.list_counted_tags()
    assert len(sent) == 1
    numbers = {value.key: events for values in counted.values() for value, events in values}
    assert (numbers["topic_attendance"], numbers["level_starting"]) == (2, 1)
    assert not any(number for key, number in numbers.items() if key.startswith("outcome_"))


@pytest.mark.sqlite_only
class TestPages:
    @pytest.mark.parametrize("name", ["\u200b", "\u00ad", "\u2060\u200b", "\u3164", "–"])
    def test_a_name_that_nobody_can_read_is_none(self, client: GatedClient, name: str) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        before = offered()
        answer = client.send(PAGE, facet="topic", name=name)
        assert answer.status_code == 422 and "Enter a name" in answer.text
        url = f"{PAGE}/topic_attendance"
        seen = hidden(client.get(url).text, "seen")
        assert client.send(url, name=name, seen=seen).status_code == 422
        assert offered() == before

    def test_added_renamed_moved_retired_and_used_again(self, client: GatedClient) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        assert client.send(PAGE, facet="topic", name="Dyslexia").location == PAGE
        again = client.send(PAGE, facet="topic", name="Dyslexia")
        assert again.status_code == 422 and "There is one with that name already" in again.text
        assert client.send(PAGE, facet="phase", name="Sixth form").status_code == 422
        one = f"{PAGE}/topic_dyslexia"
        seen = hidden(client.get(one).text, "seen")
        assert client.send(one, name="Literacy", seen=seen).location == PAGE
        stale = client.send(one, name="Reading", seen=seen)
        assert stale.status_code == 422 and "What was saved meanwhile" in stale.text
        assert client.send(f"{one}/up").location == PAGE
        assert offered()[-2] == "Literacy"
        assert client.send(f"{one}/retire").location == PAGE
        assert "Retired" in client.get(PAGE).text
        assert "Use it again" in client.get(one).text
        assert client.send(f"{one}/restore").location == PAGE
        assert "Retired" not in client.get(PAGE).text

    def test_is_found_from_settings_and_from_an_event(self, client: GatedClient) -> None:
        make_authority()
        event = make_event()
        db.session.commit()
        client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        assert f'href="{PAGE}"' in client.get("/authority").text
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        assert f'href="{PAGE}"' in client.get(f"/events/{event.id}/plan").text
        client.sign_in(make_service_user(ServiceRoleKind.EP))
        assert f'href="{PAGE}"' not in client.get(f"/events/{event.id}/plan").text
