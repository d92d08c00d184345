"""What the site is put together from: its pages, what they gather, its navigation.

The factory registers these. Beside it, only this file may know every domain's views and panels.
"""

from __future__ import annotations

from cop_site import audit
from cop_site.accounts import (
    account_views,
    address_views,  # noqa: F401 - adds its routes to accounts' and my account's
    cluster_map_views,  # noqa: F401 - adds its route to clusters'
    cluster_people_views,
    cluster_plan_views,  # noqa: F401 - adds its routes to clusters'
    cluster_school_views,
    cluster_views,
    erasure_views,
    feed_views,  # noqa: F401 - adds its routes to my account's
    held_history_queries,
    held_views,
    home_views,
    invitation_views,  # noqa: F401 - adds its routes to accounts'
    link_views,  # noqa: F401 - adds its routes to accounts'
    outside_views,  # noqa: F401 - adds its routes to accounts'
    own_views,  # noqa: F401 - adds its routes to my account's
    second_step_views,
    switch_views,  # noqa: F401 - adds its route to my account's
)
from cop_site.accounts import bounce_services as account_bounces
from cop_site.accounts import held_queries as account_held
from cop_site.accounts import held_services as account_erasing
from cop_site.accounts import keeping_services as account_keeping
from cop_site.accounts import panels as account_panels
from cop_site.accounts import views as sign_in_views
from cop_site.attendance import check_in_views
from cop_site.attendance import drop_services as attendance_drops
from cop_site.attendance import held_queries as attendance_held
from cop_site.attendance import keeping_services as attendance_keeping
from cop_site.attendance import meeting_list_views as _lists  # noqa: F401 - attendance's routes
from cop_site.attendance import merge_views as _merges  # noqa: F401 - attendance's routes
from cop_site.attendance import panels as attendance_panels
from cop_site.attendance import paper_views as _papers  # noqa: F401 - attendance's routes
from cop_site.attendance import queries as attendance_queries
from cop_site.attendance import school_queries as attendance_school_queries
from cop_site.attendance import services as attendance_services
from cop_site.attendance import type_up_views as _type_up  # noqa: F401 - attendance's routes
from cop_site.attendance import views as attendance_views
from cop_site.bookings import (
    apology_views,  # noqa: F401 - adds its routes to bookings'
    colleague_views,  # noqa: F401 - adds its routes to bookings'
    conversion_views,
    event_views,
    need_views,  # noqa: F401 - adds its routes to bookings'
    newcomer_panels,
    who_booked_views,  # noqa: F401 - adds its routes to bookings'
)
from cop_site.bookings import feed_views as _feed  # noqa: F401 - adds its route to bookings'
from cop_site.bookings import handover_services as booking_handovers
from cop_site.bookings import held_queries as booking_held
from cop_site.bookings import held_services as booking_erasing
from cop_site.bookings import keeping_services as booking_keeping
from cop_site.bookings import panels as booking_panels
from cop_site.bookings import policies as booking_policies
from cop_site.bookings import signals as booking_signals
from cop_site.bookings import views as booking_views
from cop_site.community import held_queries as community_held
from cop_site.community import keeping_services as community_keeping
from cop_site.community import panels as community_panels
from cop_site.community import views as community_views
from cop_site.events import held_queries as event_held
from cop_site.events import signals as event_signals
from cop_site.follow_up import held_queries as follow_up_held
from cop_site.follow_up import held_services as follow_up_erasing
from cop_site.follow_up import invite_views as _invites  # noqa: F401 - follow-up's routes
from cop_site.follow_up import keeping_services as follow_up_keeping
from cop_site.follow_up import material_queries
from cop_site.follow_up import material_views as _materials  # noqa: F401 - follow-up's routes
from cop_site.follow_up import panels as follow_up_panels
from cop_site.follow_up import views as follow_up_views
from cop_site.held import Eraser, ListHeld
from cop_site.keeping import Kept
from cop_site.notifications import delivery as mail_delivery
from cop_site.notifications import held_queries as notification_held
from cop_site.notifications import held_services as notification_erasing
from cop_site.notifications import keeping_services as notification_keeping
from cop_site.notifications import signals as notification_signals
from cop_site.notifications import views as notification_views
from cop_site.people import erasure_views as _erasing  # noqa: F401 - adds its route to people's
from cop_site.people import (
    handover_views,  # noqa: F401 - adds its routes to a school's people
    invite_list_views,
    join_answer_views,  # noqa: F401 - adds its routes to a school's people
    join_views,
    mail_queries,
    mentoring_panels,
    mentoring_views,
    partner_views,  # noqa: F401 - adds its routes to people's
    person_views,  # noqa: F401 - adds its routes to people's
    school_people_policies,
    school_people_views,
    senco_check_views,  # noqa: F401 - adds its route to a school's people
    team_panels,
    team_views,
)
from cop_site.people import held_queries as people_held
from cop_site.people import held_services as people_erasing
from cop_site.people import keeping_services as people_keeping
from cop_site.people import panels as people_panels
from cop_site.people import policies as people_policies
from cop_site.people import signals as people_signals
from cop_site.people import views as people_views
from cop_site.planning import (
    audience_views,  # noqa: F401 - adds its route to planning's
    copy_views,  # noqa: F401 - adds its routes to planning's
    programme_views,  # noqa: F401 - adds its routes to planning's
    publish_views,  # noqa: F401 - adds its routes to planning's
    rule_views,  # noqa: F401 - adds its route to planning's
    tag_views,  # noqa: F401 - adds its routes to planning's
    template_views,  # noqa: F401 - adds its routes to planning's
)
from cop_site.planning import panels as planning_panels
from cop_site.planning import views as planning_views
from cop_site.records import certificate_views as record_certificate_views
from cop_site.records import event_views as record_event_views
from cop_site.records import held_queries as record_held
from cop_site.records import held_services as record_erasing
from cop_site.records import keeping_services as record_keeping
from cop_site.records import panels as record_panels
from cop_site.records import views as record_views
from cop_site.reports import audit_policies, audit_views, timeline_views
from cop_site.reports import cluster_views as _cluster_figures  # noqa: F401 - reports' routes
from cop_site.reports import keeping_services as report_keeping
from cop_site.reports import panels as report_panels
from cop_site.reports import policies as report_policies
from cop_site.reports import register_views as _register_figures  # noqa: F401 - reports' routes
from cop_site.reports import survey_views as _survey_figures  # noqa: F401 - reports' routes
from cop_site.reports import toolkit_views as _toolkit_figures  # noqa: F401 - reports' routes
from cop_site.reports import views as report_views
from cop_site.schools import (
    authority_views,
    cluster_kind_views,
    privacy_views,
    register_views,
    retention_views,
    scope_views,
    setting_views,
    term_views,
)
from cop_site.schools import keeping_services as school_keeping
from cop_site.schools import policies as schools_policies
from cop_site.schools import views as school_views
from cop_site.support import (  # noqa: F401 - those not named below add routes to support's
    action_views,
    countersign_views,
    entry_views,
    plan_views,
)
from cop_site.support import held_queries as support_held
from cop_site.support import held_services as support_erasing
from cop_site.support import keeping_services as support_keeping
from cop_site.support import panels as support_panels
from cop_site.support import policies as support_policies
from cop_site.support import views as support_views
from cop_site.surveys import answer_views  # noqa: F401 - adds its routes to surveys'
from cop_site.surveys import asking_services as survey_asking
from cop_site.surveys import held_queries as survey_held
from cop_site.surveys import held_services as survey_erasing
from cop_site.surveys import keeping_services as survey_keeping
from cop_site.surveys import panels as survey_panels
from cop_site.surveys import policies as survey_policies
from cop_site.surveys import queries as survey_queries
from cop_site.surveys import views as survey_views
from cop_site.toolkit import edit_views as _toolkit_edits  # noqa: F401 - adds the toolkit's routes
from cop_site.toolkit import file_views as _toolkit_files  # noqa: F401 - adds the toolkit's routes
from cop_site.toolkit import held_queries as toolkit_held
from cop_site.toolkit import panels as toolkit_panels
from cop_site.toolkit import report_views as _toolkit_use  # noqa: F401 - adds the toolkit's routes
from cop_site.toolkit import views as toolkit_views
from cop_site.web import health_views, layout, parked_held, parking

BLUEPRINTS = (
    health_views.bp,
    home_views.bp,
    sign_in_views.bp,
    account_views.bp,
    erasure_views.bp,
    held_views.person_bp,
    second_step_views.bp,
    join_views.bp,
    school_views.bp,
    register_views.bp,
    term_views.bp,
    setting_views.bp,
    authority_views.bp,
    retention_views.bp,
    privacy_views.bp,
    scope_views.bp,
    cluster_kind_views.bp,
    cluster_views.bp,
    cluster_school_views.bp,
    cluster_people_views.bp,
    people_views.bp,
    invite_list_views.bp,
    mentoring_views.bp,
    school_people_views.bp,
    team_views.bp,
    community_views.bp,
    event_views.bp,
    booking_views.bp,
    planning_views.bp,
    conversion_views.bp,
    attendance_views.bp,
    check_in_views.bp,
    record_views.bp,
    record_certificate_views.bp,
    record_event_views.bp,
    follow_up_views.bp,
    support_views.bp,
    toolkit_views.bp,
    survey_views.bp,
    report_views.bp,
    timeline_views.bp,
    audit_views.bp,
)
# Registered only where mail is written to files.
DEVELOPMENT_BLUEPRINTS = (notification_views.bp,)
PANELS = (
    *account_panels.PANELS,
    *mentoring_panels.PANELS,
    *people_panels.PANELS,
    *team_panels.PANELS,
    *booking_panels.PANELS,
    *newcomer_panels.PANELS,
    *planning_panels.PANELS,
    *community_panels.PANELS,
    *attendance_panels.PANELS,
    *record_panels.PANELS,
    *follow_up_panels.PANELS,
    *support_panels.PANELS,
    *toolkit_panels.PANELS,
    *survey_panels.PANELS,
    *report_panels.PANELS,
)
people_signals.when_handed_over(booking_handovers.pass_on_bookings)
notification_signals.when_address_is_refused(account_bounces.note_bounce)
notification_signals.ask_who_has_no_reader(mail_queries.has_no_reader)
event_signals.answer_was_held(attendance_queries.has_closed_register)
event_signals.answer_who_attended(attendance_queries.find_closing)
event_signals.answer_which_came(attendance_school_queries.list_that_came)
event_signals.answer_material_lines(material_queries.material_lines)
event_signals.when_register_closes(survey_asking.ask_after_register)
booking_signals.answer_who_apologised(attendance_queries.who_apologised)
event_signals.answer_is_on_record(attendance_queries.was_taken)
event_signals.answer_is_on_record(survey_queries.has_survey)
event_signals.when_session_goes(attendance_drops.drop_register)
booking_signals.when_somebody_apologises(attendance_services.note_apology)
booking_signals.when_apologies_are_overtaken(attendance_services.forget_apologies)
# How each domain forgets a person: accounts before bookings, as their rows are locked, and mail
# last: until an event is locked, somebody may still be giving them a place at it.
ERASE: tuple[Eraser, ...] = (
    parked_held.ERASER,
    people_erasing.ERASER,
    account_erasing.ERASER,
    booking_erasing.ERASER,
    record_erasing.ERASER,
    follow_up_erasing.ERASER,
    support_erasing.ERASER,
    survey_erasing.ERASER,
    notification_erasing.ERASER,
    mail_delivery.ERASER,
)
people_signals.when_erased(*ERASE)
# What each domain holds about a person: the file of my account has all of it.
HELD: tuple[ListHeld, ...] = (
    account_held.list_held_about,
    held_history_queries.list_held_about,
    people_held.list_held_about,
    notification_held.list_held_about,
    booking_held.list_held_about,
    event_held.list_held_about,
    attendance_held.list_held_about,
    record_held.list_held_about,
    follow_up_held.list_held_about,
    toolkit_held.list_held_about,
    support_held.list_held_about,
    survey_held.list_held_about,
    community_held.list_held_about,
)
# How long each kind of thing is kept: what the privacy notice says, and housekeeping does.
KEPT: tuple[Kept, ...] = (
    *report_keeping.KEPT,
    *attendance_keeping.KEPT,
    *record_keeping.KEPT,
    *booking_keeping.KEPT,
    *follow_up_keeping.KEPT,
    *people_keeping.KEPT,
    *account_keeping.KEPT,
    *notification_keeping.KEPT,
    *support_keeping.KEPT,
    *survey_keeping.KEPT,
    *community_keeping.KEPT,
    *school_keeping.KEPT,
    *audit.KEPT,
    *parking.KEPT,
)
find_detour = second_step_views.find_detour
NAV = (
    layout.NavItem(0, "Home", "home.show", ("home",)),
    layout.NavItem(
        10,
        "Events",
        "events.index",
        (
            *("events", "bookings", "planning", "attendance", "check_in"),
            *("event_certificates", "follow_up"),
        ),
    ),
    layout.NavItem(15, "My bookings", "bookings.index", (), booking_policies.can_book),
    layout.NavItem(18, "CPD", "records.index", ("records",), booking_policies.can_book),
    layout.NavItem(25, "Toolkit", "toolkit.browse", ("toolkit",)),
    layout.NavItem(
        30,
        "Clusters",
        "clusters.browse",
        (
            "clusters",
            "cluster_kinds",
            "cluster_schools",
            "cluster_people",
            "team",
            "community",
            "mentoring",
        ),
    ),
    layout.NavItem(
        20,
        "Engagement",
        "reports.engagement",
        ("reports", "scopes"),
        report_policies.can_see_engagement,
    ),
    layout.NavItem(16, "Support log", "support.index", ("support",), support_policies.keeps_log),
    layout.NavItem(
        17, "Agreed with us", "support.agreed", ("support",), support_policies.reads_agreements
    ),
    layout.NavItem(25, "Surveys", "surveys.index", ("surveys",), survey_policies.has_surveys),
    layout.NavItem(
        35,
        "Our people",
        "school_people.own",
        ("school_people",),
        school_people_policies.has_own_people,
    ),
    layout.NavItem(41, "People", "people.browse", ("people",), people_policies.can_manage_people),
    layout.NavItem(43, "Changes", "changes.index", ("changes",), audit_policies.can_read_changes),
    layout.NavItem(
        44,
        "Settings",
        "authority.edit",
        ("authority", "retention"),
        schools_policies.can_manage_authority,
    ),
    layout.NavItem(42, "Terms", "terms.index", ("terms",), schools_policies.can_manage_terms),
    layout.NavItem(
        40,
        "Schools",
        "schools.browse",
        ("schools", "timelines", "register", "settings", "conversions"),
    ),
)
