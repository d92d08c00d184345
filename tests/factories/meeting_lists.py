"""Attendance lists as meeting tools export them, of invented people.

Laid out as the tools do it: encodings, blocks around the table, several lines of one person.
"""

from __future__ import annotations

import codecs

TEAMS_TEXT = (
    "1. Summary\r\n"
    "Meeting title\tProblem-solving circle\r\n"
    "Attended participants\t5\r\n"
    "Start time\t11/10/26, 11:45:03\u202fAM\r\n"
    "End time\t11/10/26, 1:52:40\u202fPM\r\n"
    "Meeting duration\t2h 7m 37s\r\n"
    "Average attendance time\t1h 12m 9s\r\n"
    "\r\n"
    "2. Participants\r\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\r\n"
    "Example, Erin (Alder Lane)\t11/10/26, 11:48:10\u202fAM\t11/10/26, 1:50:02\u202fPM\t2h 1m 52s"
    "\terin@alder.example\terin@alder.example\tPresenter\r\n"
    "Zoë O’Sample (Guest)\t11/10/26, 11:59:00\u202fAM\t11/10/26, 12:20:30\u202fPM\t21m 30s\t\t"
    "\tPresenter\r\n"
    "Organiser, Olive\t11/10/26, 11:45:03\u202fAM\t11/10/26, 1:52:40\u202fPM\t2h 7m 37s"
    "\tolive@service.example\tolive@service.example\tOrganizer\r\n"
    "Sam\u2019s iPhone (Unverified)\t11/10/26, 12:01:00\u202fPM\t11/10/26, 12:01:45\u202fPM\t45s"
    "\t\t\tPresenter\r\n"
    "\r\n"
    "3. In-Meeting Activities\r\n"
    "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\r\n"
    "Example, Erin (Alder Lane)\t11/10/26, 11:48:10\u202fAM\t11/10/26, 12:40:00\u202fPM\t51m 50s"
    "\terin@alder.example\tPresenter\r\n"
    "Example, Erin (Alder Lane)\t11/10/26, 12:40:00\u202fPM\t11/10/26, 1:50:02\u202fPM\t1h 10m 2s"
    "\terin@alder.example\tPresenter\r\n"
)

OLDER_TEAMS_TEXT = (
    "Full Name\tUser Action\tTimestamp\r\n"
    "Erin Example\tJoined before\t10/11/2026, 11:50:00\r\n"
    "Zoe O'Sample\tJoined\t10/11/2026, 11:55:00\r\n"
    "Zoe O'Sample\tLeft\t10/11/2026, 12:10:00\r\n"
    "Zoe O'Sample\tJoined\t10/11/2026, 12:20:00\r\n"
    "Zoe O'Sample\tLeft\t10/11/2026, 13:00:00\r\n"
    "Erin Example\tLeft\t10/11/2026, 13:50:00\r\n"
)

ZOOM_BLOCK = (
    "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\r\n"
    '812 3456 7890,"Problem-solving circle, autumn",11/10/2026 11:45:00 AM,'
    "11/10/2026 01:52:00 PM,olive@service.example,128,4,\r\n"
    "\r\n"
)
ZOOM_DAY = "11/10/2026"
# Name, address, joined, left, minutes, guest, waiting outside.
ZOOM_ROWS = (
    ("Erin E (Erin Example)", "erin@alder.example", "11:47:00 AM", "11:48:00 AM", 2, "Yes", "Yes"),
    ("Erin E (Erin Example)", "erin@alder.example", "11:48:00 AM", "12:48:00 PM", 60, "Yes", "No"),
    ("Erin E (Erin Example)", "erin@alder.example", "12:50:00 PM", "01:50:00 PM", 60, "Yes", "No"),
    ("O'Sample Zoë", "", "11:50:00 AM", "12:50:00 PM", 61, "Yes", "No"),
    ("O'Sample Zoë", "", "12:00:00 PM", "12:40:00 PM", 41, "Yes", "No"),
    ('"Organiser, Olive"', "olive@service.example", "11:45:00 AM", "01:52:00 PM", 128, "No", "No"),
)
ZOOM_TABLE = (
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,"
    "In Waiting Room\r\n"
) + "".join(
    f"{name},{email},{ZOOM_DAY} {start},{ZOOM_DAY} {end},{minutes},{guest},{waits}\r\n"
    for name, email, start, end, minutes, guest, waits in ZOOM_ROWS
)

# Two people by the account of their school, one of them in twice under another name.
SHARED = "office@alder.example"
ZOOM_SHARED = (
    "Name (Original Name),User Email,Duration (Minutes),Guest\r\n"
    f"Erin Example,{SHARED},100,No\r\n"
    f"Zoë O'Sample (Alder Lane),{SHARED},90,No\r\n"
    f"Erin E,{SHARED},20,No\r\n"
    f"Alder Lane iPad,{SHARED},120,No\r\n"
)

MEET = (
    "First name,Last name,Email,Duration,Time joined,Time exited\n"
    "Erin,Example,erin@alder.example,1 hr 58 min,11:50 AM,1:48 PM\n"
    "Zoë,O'Sample,,58 min,11:52 AM,12:50 PM\n"
)
MEET_BY_NAME = (
    "Time exited,Name,Duration,Email\n"
    "1:48 PM,Erin Example,01:58:00,Erin@Alder.example\n"
    "12:50 PM,Dr Zoe O'Sample,00:58:30,\n"
)


def teams() -> bytes:
    """UTF-16, little end first, with its mark and tabs: what Teams saves today."""
    return codecs.BOM_UTF16_LE + TEAMS_TEXT.encode("utf-16-le")


def teams_with_commas() -> bytes:
    """The same as UTF-8 with commas, as it comes through some spreadsheets."""
    rows = [
        ",".join(f'"{cell}"' if "," in cell else cell for cell in line.split("\t"))
        for line in TEAMS_TEXT.split("\r\n")
    ]
    return "\r\n".join(rows).encode("utf-8-sig")


def older_teams() -> bytes:
    return codecs.BOM_UTF16_LE + OLDER_TEAMS_TEXT.encode("utf-16-le")


def zoom(*, with_block: bool) -> bytes:
    return ((ZOOM_BLOCK if with_block else "") + ZOOM_TABLE).encode("utf-8-sig")


def zoom_shared() -> bytes:
    return ZOOM_SHARED.encode("utf-8-sig")


def meet() -> bytes:
    return MEET.encode()


def meet_by_name() -> bytes:
    """As a spreadsheet of Windows saves it: no UTF-8, columns moved about."""
    return MEET_BY_NAME.replace("Zoe", "Zoë").encode("cp1252")
