"""Communities of Practice: the application factory. Registers, and does nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

import config as settings
from cop_site import cli, db, storage, wiring
from cop_site.accounts import queries as account_queries
from cop_site.accounts.sign_in_upkeep import keep_sign_in_fresh
from cop_site.bookings import calendar
from cop_site.notifications import delivery
from cop_site.schools import queries as school_queries
from cop_site.web import access, errors, filters, layout, panels, routing, security

ROOT = Path(__file__).parent.parent


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
    app.extensions["storage"] = storage.from_url(app.config["STORAGE_URL"])
    _prepare_templates(app)
    db.init_app(app)
    routing.init_app(app)
    security.init_app(app)
    access.init_app(app, account_queries.find_acting_user, wiring.find_detour)
    keep_sign_in_fresh(app)
    errors.init_app(app)
    filters.init_app(app)
    layout.init_app(app, find_site=school_queries.find_authority)
    panels.register(app, *wiring.PANELS)
    app.extensions["held"] = wiring.HELD
    app.extensions["kept"] = wiring.KEPT
    layout.add_nav(app, *wiring.NAV)
    delivery.init_app(app, build_calendar=calendar.build, find_site=school_queries.find_authority)
    blueprints: tuple[Blueprint, ...] = wiring.BLUEPRINTS
    if app.config["MAIL_TRANSPORT"] == "files" and not app.config["PRODUCTION"]:
        blueprints += wiring.DEVELOPMENT_BLUEPRINTS
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    cli.init_app(app)
    access.check_marks(app)
    if app.config["PRODUCTION"]:
        with app.app_context():
            for what in school_queries.list_unset():
                app.logger.warning("The privacy notice lacks %s: see Settings in the site", what)
    return app


def _prepare_templates(app: Flask) -> None:
    """The design system's macros beside our own templates."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
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
