"""What the demonstration's toolkit holds. All of it invented, in our own words."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """A resource: its words, its facets' keys, its files as endings, how much it is used."""

    title: str
    summary: str
    points: tuple[str, ...]
    facets: tuple[str, ...]
    files: tuple[str, ...] = ("docx",)
    accessibility: str = "accessible"
    used: int = 3


_FROM_PRIMARY = ("primary", "secondary", "post_16")
COMMUNICATION, COGNITION = "communication_and_interaction", "cognition_and_learning"
SENSORY, ADULTHOOD = "sensory_and_physical", "preparing_for_adulthood"
TEXTS = (
    Text(
        "First look: noticing a need early",
        "A one-page check for a teacher who has a hunch. Use it before anybody fills in a form.",
        (
            "Write down what you see and hear, not what you think it means.",
            "Look on three days, at different times.",
            "Say what the child does well in the same breath.",
            "Take it to the SENCO within two weeks, whatever it shows.",
        ),
        (COGNITION, COMMUNICATION, "assess", "ordinarily_available", "primary", "secondary"),
        ("docx", "pdf"),
        used=7,
    ),
    Text(
        "Assess, plan, do, review on a page",
        "One side of paper for the whole cycle, with room for the child’s and the family’s words.",
        (
            "Start from what has already been tried.",
            "Choose one thing to change, small enough to see.",
            "Say who does it, when, and for how many weeks.",
            "Set the review date before you begin.",
            "At the review keep it, change it or stop it.",
        ),
        ("semh", COGNITION, "assess", "plan", "do", "review", "targeted", "primary", "secondary"),
        ("docx",),
        used=9,
    ),
    Text(
        "Visual timetables that get used",
        "How to choose, place and talk through a visual timetable so that it lasts past week two.",
        (
            "Put it where eyes already go.",
            "Take each part down as it ends: finished must look finished.",
            "Show changes before they come, with a sign of their own.",
            "Let the child move the pieces.",
        ),
        (COMMUNICATION, SENSORY, "do", "ordinarily_available", "early_years", "primary"),
        ("pdf", "docx"),
        "partly",
        used=6,
    ),
    Text(
        "Vocabulary before the lesson",
        "A planning sheet for teaching six words ahead of a topic, with games for ten minutes.",
        (
            "Choose words that carry the lesson, not the rare ones.",
            "Say it, clap it, act it, draw it.",
            "Use it wrongly on purpose and let the group put you right.",
            "Check again after two weeks, not the next day.",
        ),
        (COMMUNICATION, COGNITION, "plan", "do", "ordinarily_available", "primary"),
        ("docx", "xlsx"),
        used=4,
    ),
    Text(
        "Talking so that everybody follows",
        "Ten habits of clear speaking for adults, with a sheet for watching each other teach.",
        (
            "Say the name first, then wait.",
            "One instruction in a sentence.",
            "Leave ten seconds before you say it again.",
            "Ask what they will do, not whether they understood.",
        ),
        (COMMUNICATION, "do", "ordinarily_available", "early_years", "primary", "secondary"),
        used=4,
    ),
    Text(
        "Small steps in reading",
        "A twelve-week plan for a small group that has fallen behind in reading, checked weekly.",
        (
            "Twenty minutes, four days a week, same adult.",
            "Re-read yesterday’s page first.",
            "Count what was read right, never what was wrong.",
            "Stop after six weeks and look at the line.",
        ),
        (COGNITION, "plan", "do", "review", "targeted", "primary"),
        ("docx", "xlsx"),
        used=5,
    ),
    Text(
        "Number sense: what to try first",
        "Games and prompts for pupils who count on fingers when the class has moved on.",
        (
            "Show the same number in four ways.",
            "Guess first, then count.",
            "Let wrong answers stay on the board a little.",
        ),
        (COGNITION, "do", "targeted", "primary", "secondary"),
        used=2,
    ),
    Text(
        "Working memory in the classroom",
        "What forgetting looks like, and eight things that lighten the load for everybody.",
        (
            "Cut the message, then write it down.",
            "Keep one place for what is needed now.",
            "Let them say the plan aloud before they start.",
        ),
        (COGNITION, "assess", "do", "ordinarily_available", "primary", "secondary"),
        ("pdf",),
        "partly",
    ),
    Text(
        "Calm corners: setting one up",
        "A plan for a place to settle that is nobody’s punishment, with a way to see if it helps.",
        (
            "Choose the place with the children who will use it.",
            "Go there together while all is well.",
            "Agree the way in and the way back.",
            "Note each use for three weeks, then look.",
        ),
        ("semh", SENSORY, "plan", "do", "ordinarily_available", "early_years", "primary"),
        ("docx", "xlsx"),
        used=9,
    ),
    Text(
        "Emotion coaching: five steps",
        "A prompt card and a script for the moment when feelings are too big.",
        (
            "Notice, before it is loud.",
            "Name it: “That looks like it really matters to you.”",
            "Accept the feeling, hold the limit.",
            "Solve it together once it is quiet.",
        ),
        ("semh", "do", "ordinarily_available", "early_years", "primary", "secondary"),
        ("pdf", "docx"),
        used=8,
    ),
    Text(
        "A plan for the hard quarter of an hour",
        "For one part of the day that goes wrong again and again. Made with the child.",
        (
            "Choose one quarter of an hour, no more.",
            "Draw what happens before, during and after.",
            "Change what comes before.",
            "Look at it together on Friday.",
        ),
        ("semh", "plan", "review", "targeted", "primary", "secondary"),
        used=6,
    ),
    Text(
        "After a suspension: the way back",
        "A meeting plan for the first morning: the day starts with people and not with rules.",
        (
            "Meet at the door, by name.",
            "Ask what would make today possible.",
            "One change that adults make, one that the pupil makes.",
            "Ring home at the end of the first good day.",
        ),
        ("semh", "attendance", "plan", "review", "specialist", "secondary"),
    ),
    Text(
        "Sensory audit of a classroom",
        "Walk the room with twelve questions about sound, light, smell and space.",
        (
            "Go when the room is full and again when it is empty.",
            "Sit where the child sits.",
            "Change the cheapest thing first.",
        ),
        (SENSORY, "assess", "ordinarily_available", "early_years", "primary", "secondary"),
        ("xlsx", "pdf"),
        "partly",
        used=5,
    ),
    Text(
        "Movement breaks that settle",
        "Twenty short breaks by what they need: nothing, a wall, a corridor.",
        (
            "Heavy work settles, spinning does not.",
            "Before the hard part, not after it.",
            "The same three for a fortnight.",
        ),
        (SENSORY, "do", "ordinarily_available", "early_years", "primary"),
        used=4,
    ),
    Text(
        "Large print and clear pages",
        "How to lay a worksheet out so that more pupils can read it, with a page to copy from.",
        (
            "Start at 14 point; ask before you go larger.",
            "One column, left aligned, room between the lines.",
            "Say in words what the picture shows.",
        ),
        (SENSORY, "plan", "targeted", "primary", "secondary", "post_16"),
        used=2,
    ),
    Text(
        "Hearing aids and radio aids: a morning check",
        "A checklist for the adult who helps with equipment, and what to do when it is silent.",
        (
            "Same time, same place, before registration.",
            "Listen to it yourself.",
            "Know whom to ring today, not next week.",
        ),
        (SENSORY, "do", "specialist", "early_years", "primary", "secondary"),
        ("pdf",),
        "not_accessible",
        used=1,
    ),
    Text(
        "Moving up: a transition plan for Year 6",
        "From May to October, step by step, with what both schools do and what the family decides.",
        (
            "Name one adult in the new school by half term.",
            "Walk the route when the corridors are full.",
            "Send on what works, in five lines.",
            "Meet again in the third week of September.",
        ),
        ("transitions", "semh", "plan", "do", "targeted", "primary", "secondary"),
        ("docx", "xlsx"),
        used=7,
    ),
    Text(
        "One-page profile",
        "What matters to me, what people like about me, how to help me. Kept by the pupil.",
        (
            "The pupil’s words, even when an adult writes.",
            "How to help, so that a supply teacher could.",
            "Read it aloud together every half term.",
        ),
        ("transitions", ADULTHOOD, "assess", "plan", "ordinarily_available", *_FROM_PRIMARY),
        used=7,
    ),
    Text(
        "Starting school: the first three weeks",
        "A plan for a child who needs a slower start, agreed at home before the first day.",
        (
            "Photographs of the coat peg, the toilet and the way out.",
            "A short day that always ends well.",
            "Lengthen it only after three good ones.",
        ),
        ("transitions", COMMUNICATION, "plan", "targeted", "early_years"),
        used=3,
    ),
    Text(
        "Attendance: the first conversation",
        "Questions for a call home after the fifth missed day that open doors, not files.",
        (
            "Say that they were missed, and by whom.",
            "Ask what mornings are like.",
            "Offer one thing for tomorrow.",
            "Write down what the family said, in their words.",
        ),
        ("attendance", "assess", "ordinarily_available", "primary", "secondary"),
        used=4,
    ),
    Text(
        "When school feels impossible",
        "A graded plan for anxiety about school: small steps, agreed, and never two at once.",
        (
            "Make a ladder with the pupil, easiest at the bottom.",
            "Stay on a step until it is boring.",
            "Plan what happens on a bad morning beforehand.",
            "See the family every two weeks.",
        ),
        ("attendance", "semh", "plan", "review", "specialist", "primary", "secondary"),
        ("docx", "pdf"),
        used=6,
    ),
    Text(
        "My week: a plan for work experience",
        "For a pupil who needs more preparing than a letter: the journey, the people, the rules.",
        (
            "Travel there once before.",
            "Meet the person to ask.",
            "Agree the sign for “I need five minutes”.",
        ),
        (ADULTHOOD, "plan", "do", "targeted", "secondary", "post_16"),
        used=2,
    ),
    Text(
        "Preparing for adulthood from Year 9",
        "A conversation guide on work, home, friends and health for annual reviews.",
        (
            "Ask about Saturday before you ask about jobs.",
            "One small step in each of the four.",
            "The pupil chairs a part of the meeting.",
        ),
        (ADULTHOOD, "transitions", "assess", "review", "specialist", "secondary", "post_16"),
        ("pdf",),
        "partly",
        used=2,
    ),
    Text(
        "Running a review that changes something",
        "An agenda of forty minutes, with who says what first, and how to end with one decision.",
        (
            "The family speaks first.",
            "Look at one page, together.",
            "Keep, change or stop: choose aloud.",
            "Say when you will meet again before you stand up.",
        ),
        (COGNITION, "semh", "attendance", "review", "targeted", "primary", "secondary"),
        (),
        used=0,
    ),
)
DRAFT = Text(
    "Friendship groups: six sessions",
    "Six plans for a small group that finds breaktimes hard. Not ready yet: try it in two schools.",
    ("Choose the group with the class teacher.", "Begin with what each can teach the others."),
    ("semh", COMMUNICATION, "do", "targeted", "primary"),
)
# The one that has an older version, and what was mended in the newer.
SECOND_EDITION = "Assess, plan, do, review on a page"
WHAT_CHANGED = "Shorter: one side instead of two, and the family’s words come first."
PAST_REVIEW, REVIEW_SOON = "Attendance: the first conversation", "Emotion coaching: five steps"
