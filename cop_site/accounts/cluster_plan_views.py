"""The inclusion lead plans who is in which cluster: several schools together, from one day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.accounts import cluster_policies
from cop_site.accounts.cluster_plan_forms import NOWHERE, PlanDayForm, PlanForm, read_planned
from cop_site.accounts.cluster_views import bp
from cop_site.errors import DomainError
from cop_site.schools import cluster_plan_queries, cluster_plan_services, planning_models
from cop_site.schools.cluster_plan_models import ClusterPlan
from cop_site.schools.cluster_plan_queries import PlanList
from cop_site.schools.planning_models import Make
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.filters import plural, short_date
from cop_site.web.forms import ButtonForm
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.routing import read_id

DROP = "drop-"
# One more than a plan may have is read, so that it is refused and never cut in silence.
READ = cluster_plan_services.LONGEST_PLAN + 1


@dataclass
class _Planning:
    """What the page shows: some schools on the day, and the moves so far."""

    form: PlanForm
    names: dict[int | None, str]
    makes: dict[int | None, Make]
    found: PlanList
    plans: list[ClusterPlan]
    planned: dict[int, int | None]
    # What the last step did, in sentences.
    said: tuple[str, ...] = ()

    def tick(self) -> None:
        """Tick all that are listed, beside what is ticked."""
        self.form.schools.data = [str(key) for key in {*self.found.listed, *self.form.ticked}]

    def add(self) -> None:
        """Put the ticked schools into the plan."""
        ticked, target = self.form.ticked, self.form.target_id
        self.planned = cluster_plan_services.add_to_plan(
            self.planned, ticked, target, self.found.schools
        )
        self.said = self._tell_added(ticked, self.names[target])
        self.form.schools.data, self.form.to.data = [], ""

    def _tell_added(self, ticked: list[int], where: str) -> tuple[str, ...]:
        """Who was put in, and who would stay where they are."""
        added = [key for key in ticked if key in self.planned]
        there = [self.found.schools[key].name for key in ticked if key not in self.planned]
        where = where[:1].lower() + where[1:] if where == cluster_plan_queries.NOWHERE else where
        said = []
        if added:
            said.append(f"{plural(len(added), 'school')} put in the plan. Nothing is saved yet.")
        if there:
            said.append(f"Already in {where}, so not in the plan: {', '.join(there)}.")
        return tuple(said)

    def save(self) -> tuple[ClusterPlan, tuple[str, ...]]:
        if self.form.starts_on.data is None:
            raise DomainError("Enter the date from which they move", field="starts_on")
        schools = self.found.schools
        moves = {key: (schools[key].cluster_id, to) for key, to in self.planned.items()}
        with transaction():
            return cluster_plan_services.save_plan(
                moves, self.form.starts_on.data, by=current_user.user_id
            )

    @property
    def shown(self) -> dict[str, Any]:
        schools, ticked = self.found.schools, self.form.ticked
        return {
            "form": self.form,
            "names": self.names,
            "schools": schools,
            "listed": [
                one for key, one in schools.items() if key in self.found.listed or key in ticked
            ],
            "found": self.found,
            "planned": self.planned,
            "nowhere": NOWHERE,
            "effects": planning_models.work_out(self.makes, schools, self.planned),
            "plans": self.plans,
            "said": self.said,
            "undo": ButtonForm(),
        }


def _open() -> _Planning:
    """As things stand on the day that was typed, where it is one ahead; else once all is done
    that is planned by now. What is ticked or planned is there whatever else is listed."""
    form = PlanForm()
    plans = cluster_plan_queries.list_plans_ahead()
    last = max((plan.starts_on for plan in plans), default=clock.today())
    typed, today = form.starts_on.data, clock.today()
    day = typed if typed and typed > today else last
    names, makes = cluster_plan_queries.list_plan_makes(day)
    form.offer_clusters(names)
    form.offer_phases(makes.values())
    sent = request.form.getlist("planned")[:READ]
    planned = read_planned(sent, names)
    also = {*planned, *form.ticked[:READ]}
    found = cluster_plan_queries.list_plan_schools(day, form.filter, also)
    form.offer_schools(found.schools.values())
    planned = cluster_plan_services.leave_out_standing(planned, found.schools)
    return _Planning(form, names, makes, found, plans, planned)


@bp.route("/plan", methods=["GET", "POST"])
@role("inclusion_lead")
def plan() -> ResponseReturnValue:
    """Every step but the last only shows what it would do."""
    authorise(cluster_policies.can_manage_clusters(current_user))
    planning = _open()
    step = request.form.get("step", "")
    if planning.form.is_valid_post():
        try:
            if step == "add":
                planning.add()
            elif step == "tick":
                planning.tick()
            elif step.startswith(DROP):
                planning.planned.pop(read_id(step.removeprefix(DROP)) or 0, None)
            elif step == "save":
                return _saved(*planning.save())
        except DomainError as error:
            planning.form.refuse(error)
    status = 422 if planning.form.error_items else 200
    return render("clusters/plan.html", **planning.shown, status=status)


def _saved(plan: ClusterPlan, replaced: tuple[str, ...]) -> ResponseReturnValue:
    count, day = plural(len(plan.moves), "school"), plan.starts_on
    undo = url_for("clusters.undo_plan", plan_id=plan.id) if day > clock.today() else ""
    say(" ".join((f"Saved: {count} from {short_date(day)}.", *replaced)), take_back=undo)
    return redirect(url_for("clusters.plan"), 303)


def _moved(was: date, plan: ClusterPlan, replaced: tuple[str, ...]) -> ResponseReturnValue:
    """No button beside it: that would take the whole plan back, not the change of its date."""
    move = "move" if len(plan.moves) > 1 else "moves"
    days = f"on {short_date(plan.starts_on)}, not {short_date(was)}."
    say(" ".join((f"Saved: {plural(len(plan.moves), 'school')} now {move} {days}", *replaced)))
    return redirect(url_for("clusters.plan"), 303)


@bp.post("/plan/<id:plan_id>/undo")
@role("inclusion_lead")
def undo_plan(plan_id: int) -> ResponseReturnValue:
    authorise(cluster_policies.can_manage_clusters(current_user))
    try:
        with transaction():
            undone = cluster_plan_services.undo_plan(plan_id, by=current_user.user_id)
    except DomainError as error:
        planning = _open()
        planning.form.refuse(error)
        return render("clusters/plan.html", **planning.shown, status=422)
    say(f"Taken back: nothing changes on {short_date(undone.starts_on)}.")
    return redirect(url_for("clusters.plan"), 303)


@bp.route("/plan/<id:plan_id>/day", methods=["GET", "POST"])
@role("inclusion_lead")
def change_plan_day(plan_id: int) -> ResponseReturnValue:
    authorise(cluster_policies.can_manage_clusters(current_user))
    plan, form = cluster_plan_queries.get_plan_ahead(plan_id), PlanDayForm()
    was = plan.starts_on
    if form.is_valid_post():
        try:
            with transaction():
                changed = cluster_plan_services.change_day(
                    plan_id, form.starts_on.data, by=current_user.user_id
                )
        except DomainError as error:
            form.refuse(error)
            # The rollback unloaded it.
            plan = cluster_plan_queries.get_plan_ahead(plan_id)
        else:
            return _moved(was, *changed)
    status = 422 if form.is_submitted() else 200
    return render("clusters/plan_day.html", plan=plan, form=form, status=status)
