"""Rendering messages and handing them to a mail server, or to files in development."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, render_template

from cop_site import clock
from cop_site.held import Eraser, Wording
from cop_site.notifications import queries, services, signals
from cop_site.notifications.models import OutboxMessage
from cop_site.transaction import transaction

TIMEOUT = 10


class RefusedForGoodError(Exception):
    """The mail server will never take this message."""


CalendarBuilder = Callable[[dict[str, Any]], bytes]


def init_app(
    app: Flask, build_calendar: CalendarBuilder, find_site: Callable[[], object | None]
) -> None:
    """``build_calendar`` makes the calendar file of a message's context; bookings provide it.

    ``find_site`` gives the authority, in whose name each message ends.
    """
    app.extensions["build_calendar"] = build_calendar
    app.extensions["find_sender"] = find_site


def compose(row: OutboxMessage) -> EmailMessage:
    """The message as it goes out. Its id comes from the row, so a repeat is recognisable."""
    site = current_app.config["SITE_ADDRESS"]
    text = render_template(
        "{}/emails/{}.txt".format(*row.kind.split("/")),
        name=row.recipient_name,
        site_address=site,
        **row.context,
    )
    subject, _, body = text.partition("\n")
    message = EmailMessage(policy=SMTP_POLICY)
    message["Subject"] = " ".join(subject.split())
    message["From"] = _address(*parseaddr(current_app.config["MAIL_FROM"]))
    message["To"] = _address(row.recipient_name, row.recipient)
    message["Date"] = row.created_at
    message["Message-ID"] = f"<outbox-{row.id}@{urlsplit(site).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{body.strip()}\n\n{_ending()}\n")
    calendar = row.context.get("calendar")
    if calendar:
        message.add_attachment(
            current_app.extensions["build_calendar"](calendar),
            maintype="text",
            subtype="calendar",
            filename=calendar["file_name"],
            params={"method": calendar["method"], "charset": "utf-8"},
        )
    return message


def _ending() -> str:
    """Who writes, and whom to ask: nobody follows a link from they know not whom."""
    site = current_app.extensions["find_sender"]()
    return render_template("layouts/mail_end.txt", sender=site).strip()


def _address(name: str, email: str) -> Address:
    """A header's address; a line break in a name must not become a header of its own."""
    return Address(display_name=" ".join(name.split()), addr_spec=email)


def send_by_smtp(message: EmailMessage) -> None:
    config = current_app.config
    with smtplib.SMTP(config["SMTP_HOST"], config["SMTP_PORT"], timeout=TIMEOUT) as server:
        if config["SMTP_STARTTLS"]:
            server.starttls()
        if config["SMTP_USER"]:
            server.login(config["SMTP_USER"], config["SMTP_PASSWORD"])
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _reason in error.recipients.values())
            if code >= 500:
                raise RefusedForGoodError(str(error)) from error
            raise


def send_to_files(message: EmailMessage) -> None:
    """One file a message, named so that the newest sorts last."""
    folder = Path(current_app.config["MAIL_FOLDER"])
    folder.mkdir(parents=True, exist_ok=True)
    number = message["Message-ID"].strip("<>").split("@")[0]
    name = f"{clock.now():%Y%m%d-%H%M%S-%f}-{number}.eml"
    part = folder / f".{name}.part"
    part.write_bytes(message.as_bytes())
    part.rename(folder / name)


def _forget_files(wording: Wording, _since: datetime) -> None:
    """Mail that was written to files goes where it names somebody who is erased.

    Once that is committed: no rollback brings a file back.
    """
    if current_app.config["MAIL_TRANSPORT"] != "files":
        return
    for path in Path(current_app.config["MAIL_FOLDER"]).glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=SMTP_POLICY)
        texts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        said = [*map(str, message.values()), *(part.get_content() for part in texts)]
        if wording.clean(said) != said:
            path.unlink(missing_ok=True)


ERASER = Eraser(clean_up=_forget_files)
TRANSPORTS: dict[str, Callable[[EmailMessage], None]] = {
    "smtp": send_by_smtp,
    "files": send_to_files,
}


def deliver_due(limit: int = 20) -> int:
    """Deliver what is due, at most ``limit``. Returns how many messages were tried.

    Claimed one at a time: a slow mail server must not let the claim of the next run out.
    """
    for tried in range(limit):
        with transaction():
            claimed = services.claim_due(limit=1)
        if not claimed:
            return tried
        _deliver(claimed[0])
    return limit


def _deliver(message_id: int) -> None:
    """Send first, note after: a crash between the two repeats a message, and never loses one.

    Whoever is erased while something is done for them may have a message in spite of it, as who
    queues one need not wait for them. It is dropped here.
    """
    send = TRANSPORTS[current_app.config["MAIL_TRANSPORT"]]
    try:
        row = queries.find_message(message_id)
        if row is None:
            return
        if signals.has_no_reader(row.kind, row.recipient):
            with transaction():
                services.drop(message_id)
            return
        send(compose(row))
    except RefusedForGoodError as error:
        with transaction():
            services.record_refused(message_id, str(error))
    except Exception as error:
        # Whatever is wrong with this message, the others must go out; its row keeps what it
        # was. No address in the log: the row has it, for those who may see it.
        current_app.logger.warning("message %s not sent: %s", message_id, type(error).__name__)
        with transaction():
            services.record_failed(message_id, str(error))
    else:
        with transaction():
            services.record_sent(message_id)
