"""Pages of the support log: the list, its file, one entry, and what a school reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import NotFoundError
from cop_site.support import action_queries, agreed_queries, list_queries, policies, queries
from cop_site.support.decision_forms import CountersignForm
from cop_site.support.delivery_models import say_minutes
from cop_site.support.draft_services import DRAFTS_KEPT
from cop_site.support.list_queries import EntryFilter, EntryRow, FilterChoices
from cop_site.support.models import SIGNING, EntryState
from cop_site.support.shown_actions import show_actions
from cop_site.web.access import authorise, signed_in
from cop_site.web.exports import export_csv
from cop_site.web.htmx import render
from cop_site.web.pagination import PAGE_SIZE, Page, page_number
from cop_site.web.routing import read_id
from cop_site.web.tables import Cell

bp = Blueprint("support", __name__, url_prefix="/support")
EVERY_TERM = "all"
# What a school has just done stays in its list so long, to be taken back.
JUST_DONE = timedelta(days=1)
HEADER = (
    *("Date", "Cluster", "Schools", "Whole cluster", "Kind", "Theme", "Who was there"),
    *("Contact minutes", "Preparation minutes", "Travel minutes", "All minutes"),
    *("State", "Open actions", "What was agreed"),
)


def load_choices() -> FilterChoices:
    return list_queries.list_choices(policies.visible_to(current_user))


def read_filter(choices: FilterChoices) -> EntryFilter:
    """The filter in the address: this term unless told; what makes no sense is left out."""
    cluster_id = read_id(request.args.get("cluster"))
    school_id = read_id(request.args.get("school"))
    state = request.args.get("state", "")
    return EntryFilter(
        cluster_id=cluster_id if cluster_id in dict(choices.clusters) else None,
        school_id=school_id if school_id in dict(choices.schools) else None,
        term=_chosen_term(choices),
        state=EntryState(state) if state in set(EntryState) else None,
    )


def _chosen_term(choices: FilterChoices) -> list_queries.TermChoice | None:
    given = request.args.get("term", "")
    if given == EVERY_TERM:
        return None
    asked = [term for term in choices.terms if str(term.id) == given]
    begun = [term for term in choices.terms if term.starts_on <= clock.today()]
    return next(iter([*asked, *begun]), None)


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    authorise(policies.keeps_log(current_user))
    choices, visible = load_choices(), policies.visible_to(current_user)
    chosen, number = read_filter(choices), page_number()
    rows, totals = list_queries.list_page(chosen, visible, page=number, size=PAGE_SIZE)
    return render(
        "support/list.html",
        fragment="support/partials/entry_list.html",
        page=Page(rows, number, totals.entries),
        totals=totals,
        chosen=chosen,
        choices=choices,
        states=list(EntryState),
        say_minutes=say_minutes,
        drafts=queries.list_drafts(current_user.user_id),
        days_kept=DRAFTS_KEPT.days,
        file_arguments=request.args.to_dict(),
    )


@bp.get("/entries.csv")
@signed_in
def file() -> ResponseReturnValue:
    authorise(policies.keeps_log(current_user))
    chosen = read_filter(load_choices())
    rows = list_queries.list_entries(chosen, policies.visible_to(current_user))
    term = chosen.term.name.lower().replace(" ", "-") if chosen.term else "every-term"
    return export_csv(f"support-log-{term}.csv", HEADER, [_cells(row) for row in rows])


def _cells(row: EntryRow) -> list[Cell]:
    return [
        *(row.day, row.cluster_name, row.schools, row.whole_cluster),
        *(row.kind_name, row.theme_name, row.workers),
        *(row.contact, row.preparation, row.travel, row.minutes),
        *(row.state.label, row.open_actions, row.agreed),
    ]


@bp.get("/<id:entry_id>")
@signed_in
def show(entry_id: int) -> ResponseReturnValue:
    if policies.keeps_log(current_user):
        try:
            return render("support/show.html", **entry_page(entry_id))
        except NotFoundError:
            if not policies.reads_agreements(current_user):
                raise
    return _show_to_school(entry_id)


def entry_page(entry_id: int, form: CountersignForm | None = None) -> dict[str, Any]:
    """Everything the page of an entry needs, for those who keep the log."""
    entry = queries.get_entry(entry_id, policies.visible_to(current_user))
    return {
        "entry": entry,
        "steps": queries.list_steps_with_names(entry),
        "form": form or CountersignForm(data={"edits": str(entry.edits)}),
        "can_edit": policies.can_edit(current_user, entry),
        "can_countersign": policies.can_countersign(current_user, entry),
        "was_signed": any(step.verb in SIGNING for step in entry.steps),
        "can_void": policies.can_void(current_user, entry),
        "actions": show_actions(current_user, entry.actions),
        "say_minutes": say_minutes,
    }


def _show_to_school(entry_id: int) -> ResponseReturnValue:
    """What the entry says, as it was signed last, to each of the person's schools it names."""
    school_ids = policies.reads_for(current_user)
    named = agreed_queries.get_agreed(entry_id, school_ids)
    actions = queries.list_actions_of(entry_id)
    return render(
        "support/agreed_entry.html",
        entry=named[0],
        named=named,
        actions=show_actions(current_user, policies.open_actions(current_user, actions)),
        say_minutes=say_minutes,
    )


@bp.get("/agreed")
@signed_in
def agreed() -> ResponseReturnValue:
    authorise(policies.reads_agreements(current_user))
    school_ids, number = policies.reads_first(current_user), page_number()
    rows, total = agreed_queries.list_agreed(school_ids, page=number, size=PAGE_SIZE)
    found = action_queries.list_open_of_schools(school_ids, clock.now() - JUST_DONE)
    return render(
        "support/agreed.html",
        page=Page(rows, number, total),
        actions=show_actions(current_user, found.rows),
        total=found.total,
        has_several=len(policies.reads_for(current_user)) > 1,
        is_narrowed=len(school_ids) < len(policies.reads_for(current_user)),
        say_minutes=say_minutes,
    )
