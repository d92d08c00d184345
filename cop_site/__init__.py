"""Communities of Practice: the application factory. Registers, and does nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

import config as settings
import cop_site.attendance.models
import cop_site.notifications.models  # noqa: F401 - tables for migrations
from cop_site import cli, db
from cop_site.accounts import cluster_people_views, cluster_school_views, cluster_views, home_views
from cop_site.accounts import panels as account_panels
from cop_site.accounts import queries as account_queries
from cop_site.accounts import views as account_views
from cop_site.accounts.sign_in_upkeep import keep_sign_in_fresh
from cop_site.attendance import panels as attendance_panels
from cop_site.attendance import views as attendance_views
from cop_site.events import booking_views, calendar  # noqa: F401 - adds its routes to events'
from cop_site.events import panels as event_panels
from cop_site.events import policies as event_policies
from cop_site.events import views as event_views
from cop_site.notifications import delivery
from cop_site.notifications import views as notification_views
from cop_site.reports import panels as report_panels
from cop_site.reports import policies as report_policies
from cop_site.reports import views as report_views
from cop_site.schools import queries as school_queries
from cop_site.schools import scope_views
from cop_site.schools import views as school_views
from cop_site.web import (
    access,
    errors,
    filters,
    health_views,
    layout,
    panels,
    routing,
    security,
)

ROOT = Path(__file__).parent.parent

BLUEPRINTS = (
    health_views.bp,
    home_views.bp,
    account_views.bp,
    school_views.bp,
    scope_views.bp,
    cluster_views.bp,
    cluster_school_views.bp,
    cluster_people_views.bp,
    event_views.bp,
    attendance_views.bp,
    report_views.bp,
)
PANELS = (
    *account_panels.PANELS,
    *event_panels.PANELS,
    *attendance_panels.PANELS,
    *report_panels.PANELS,
)
NAV = (
    layout.NavItem(0, "Home", "home.show", ("home",)),
    layout.NavItem(10, "Events", "events.index", ("events",)),
    layout.NavItem(15, "My bookings", "events.bookings", (), event_policies.can_book),
    layout.NavItem(
        30, "Clusters", "clusters.browse", ("clusters", "cluster_schools", "cluster_people")
    ),
    layout.NavItem(
        20,
        "Engagement",
        "reports.engagement",
        ("reports", "scopes"),
        report_policies.can_see_engagement,
    ),
    layout.NavItem(40, "Schools", "schools.browse", ("schools",)),
)


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The site, ready to serve. ``overrides`` replace settings read from the environment."""
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.from_mapping(settings.load())
    app.config.from_mapping(overrides or {})
    settings.check(app.config)
    _prepare_templates(app)
    db.init_app(app)
    routing.init_app(app)
    security.init_app(app)
    access.init_app(app, find_user=account_queries.find_acting_user)
    keep_sign_in_fresh(app)
    errors.init_app(app)
    filters.init_app(app)
    layout.init_app(app, find_site=school_queries.find_authority)
    panels.register(app, *PANELS)
    layout.add_nav(app, *NAV)
    delivery.init_app(app, build_calendar=calendar.build)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if app.config["MAIL_TRANSPORT"] == "files" and not app.config["PRODUCTION"]:
        app.register_blueprint(notification_views.bp)
    cli.init_app(app)
    access.check_marks(app)
    if app.config["PRODUCTION"]:
        with app.app_context():
            school_queries.refuse_demonstration()
    return app


def _prepare_templates(app: Flask) -> None:
    """The design system's macros beside our own templates."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_options["autoescape"] = True
    app.jinja_loader = ChoiceLoader(
        [
            app.jinja_loader,  # type: ignore[list-item]
            PrefixLoader(
                {
                    "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )
    WTFormsHelpers(app)
