"""The yardstick: Flask, SQLAlchemy and Jinja listing 20 rows, and nothing else."""

from __future__ import annotations

import os
from datetime import datetime

import sqlalchemy as sa
from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import orm

from config import normal_url
from cop_site.db import engine_options

ROWS = 20
PAGE = """<!DOCTYPE html>
<html lang="en-GB">
  <head><meta charset="utf-8"><title>Rows</title></head>
  <body>
    <main>
      <h1>Rows</h1>
      <ul>
        {% for row in rows %}
        <li><a href="{{ url_for('index', row=row.id) }}">{{ row.title }}</a>
          {{ row.starts_at }}</li>
        {% endfor %}
      </ul>
    </main>
  </body>
</html>
"""


class Base(orm.DeclarativeBase):
    pass


class Row(Base):
    """An event as a page without rules would see it."""

    __tablename__ = "event"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    title: orm.Mapped[str]
    starts_at: orm.Mapped[datetime]


def create_app() -> Flask:
    app = Flask(__name__)
    app.jinja_loader = DictLoader({"rows.html": PAGE})
    url = normal_url(os.environ["DATABASE_URL"])
    engine = sa.create_engine(url, **engine_options(url))

    @app.get("/")
    def index() -> str:
        with orm.Session(engine) as session:
            rows = session.scalars(sa.select(Row).order_by(Row.id).limit(ROWS)).all()
            return render_template("rows.html", rows=rows)

    return app
