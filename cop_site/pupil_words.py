"""Words that tell a pupil's name from the rest of a note about a school. All in lower case."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words(
    """
    st mr mrs miss ms mx dr prof professor sir rev madam
    """
)

# Said before the name of a grown-up.
ROLES = _words(
    """
    senco sendco teacher headteacher head deputy assistant ta tas hlta ep asep lead leader
    mentor coach governor officer manager psychologist nurse therapist adviser advisor
    consultant colleague colleagues staff mum dad parent carer tutor councillor coordinator
    co-ordinator trainee chair clerk secretary principal keyworker practitioner counsellor
    dsl elsa
    """
)

# A single letter after one of these is no surname's.
LETTERED = _words(
    """
    plan appendix room vitamin class group set hall option version section part band tier annex
    block form unit table figure team building floor zone draft stream wave phase cohort site
    hepatitis point grade level step page question item type strand pathway house list
    """
)

# First names that begin a sentence as other words do.
VERBS_TOO = _words(
    """
    will mark may april june grace hope faith joy summer autumn art frank rose drew dawn charity
    reading pat bill sue miles max jade ruby olive iris daisy lily holly ivy
    """
)

# Said after a class, they make it the class of a grown-up or of everybody.
ADULT_NOUNS = (
    *("teachers?", "teaching", "tas?", "hltas?", "leads?", "leaders?", "leadership", "teams?"),
    *("staff", "colleagues?", "tutors?", "heads?", "assistants?", "adults?", "parents?"),
    *("carers?", "families", "pupils", "children", "classes", "groups?", "cohorts?"),
    "class",
    *("curriculum", "timetable", "transition", "meetings?", "planning", "training", "lessons?"),
    *("interventions?", "phonics", "assessments?", "corridor", "rooms?", "classrooms?", "phase"),
    *("year group", "bubbles?", "trips?", "residential", "sats", "resources?", "area", "provision"),
)

# Names of schools and streets end with these.
PLACES = _words(
    """
    school schools primary secondary academy college nursery infant infants junior juniors
    high lane road street avenue drive close centre center hall library church trust cluster
    partnership federation borough council town village hospital clinic room block st saint
    """
)

# Two letters that are no pupil's initials.
INITIALS_OF_OTHERS = frozenset(
    word.upper()
    for word in _words(
        """
        ep ta ht la pe re it dt ks ap pp mh cp dh ah uk pd ot sl ca fs ey id am pm hr cd gp qa ok
        tv pc se vi hi ms pa pt ts ga nc rs et as ar ci eu nw sw ne ii iv
        """
    )
)

# Beginnings of sentences end so, and hardly any first name does. Those that do are below.
ORDINARY_ENDINGS = (
    *(
        "ing",
        "acy",
        "ency",
        "tion",
        "sion",
        "ment",
        "ments",
        "ness",
        "ity",
        "ance",
        "ence",
        "ers",
        "ors",
        "ies",
    ),
    *("ly", "ful", "able", "ible", "ism", "ist", "ists", "ship", "ships", "ware", "wide", "ure"),
    *("ings", "tions", "sions", "ities", "ables", "ives", "ves", "ogy", "ics", "phy", "ed", "ess"),
    *("ks", "ps", "ts", "ds", "gs", "ls"),
)
EXCEPTIONS = _words(
    """
    tracy stacy lacy macy gracy kacy
    florence lawrence laurence clarence terence prudence constance vance trinity charity
    felicity verity serenity clement sterling ming agnes carly emily lily molly polly sally
    holly kelly billy willy elly ellie tully reilly riley kimberly beverly mohammed mohamed
    muhammed ahmed ahmad mehmed hamed ahmeed waheed naveed saeed javed jared ted fred alfred
    wilfred winifred mildred reed zaheed rashed khaled mahmed jess bess anders davies
    delilah murphy sophy bly louis bharti kirsty walid rasheed hameed junaid waleed ned zed
    jed
    """
)

FIRST_NAMES = _words(
    """
    oliver olivia george amelia noah isla arthur ava harry mia leo ivy muhammad lily jack
    freya charlie florence oscar willow jacob isabella henry evie thomas sophia freddie ella
    alfie grace theo emily archie poppy joshua rosie james charlotte william elsie lucas
    millie alexander daisy mason sienna ethan phoebe isaac sophie joseph evelyn samuel
    matilda logan maisie daniel aria edward harper finley jessica max ruby benjamin chloe
    tommy alice sebastian luna zachary eva adam esme reuben ellie jaxon robyn elijah layla
    luca maya jude violet aisha fatima maryam zainab khadija hassan hussain ibrahim yusuf
    ali omar bilal hamza mohammed mohammad mohamed ahmed abdullah zayn aaliyah inaya amina
    sumayyah jayden kayden hayden aiden aidan brayden caiden tyler taylor jordan connor
    callum kyle ryan liam nathan luke matthew michael david john jamie lewis leon louis kian
    kieran rhys dylan owen evan bobby frankie reggie teddy albie ronnie stanley louie harvey
    toby elliot elliott kai ollie bella amber jasmine holly lola scarlett lucy hannah
    abigail erin megan lauren caitlin bethany chelsea courtney shannon paige kayleigh leah
    zoe georgia katie anna amy sarah rachel rebecca kacper jakub filip antoni oliwia zuzanna
    maja amelie priya anaya ananya arjun aarav rohan dev kiran simran harpreet gurpreet
    jasleen chidi chioma tobi temi ade kwame kofi ama zara nadia sana hira iqra areeba ayaan
    rayan zakariya musa ismail idris ilyas junaid haris tom sam ben alex joe dan will matt
    josh jake zac zak finn ned ted billy johnny danny kevin darren wayne stacey lacey gracie
    evie-mae ellie-mae lily-rose lexi macy skye summer mary jane emma ruth laura claire
    julie karen susan helen peter paul mark simon andrew stephen steven robert richard
    christopher anthony patrick sean shaun martin jason gary ian neil craig scott darcey
    darcy nancy margot beatrice eliza orla niamh aoife siobhan ciara oisin mateo santiago
    sofia elena ana ioana andrei stefan luka nikola milan petra vlad igor olena dmytro
    """
)

ORDINARY = _words(
    """
    a an the this that these those some any all both each every most many few more other
    another i we you they he she it our your their his her its my us them who what when
    where why how which and or but so if as at by for from in into of on to up with without
    about after before during between through over under again then than not no yes also
    only just even still yet is are was were be been being has have had do does did done can
    could will would should may might must shall let lets see met saw went gave took made
    held ran led sent set put got agreed discussed reviewed shared looked asked planned
    observed attended visited spoke talked talk call called calls rang phone email emailed
    visit visits wrote read review share look ask plan plans observe attend agree discuss
    use used uses using try tried keep kept give send continue start started begin began
    finish finished move moved check checked follow help helped support supports supported
    work works worked model models modelled train trained monday tuesday wednesday thursday
    friday saturday sunday january february march april june july august september october
    november december autumn spring summer winter easter christmas term terms half week
    weeks day days today tomorrow yesterday morning afternoon lunch lunchtime break
    breaktime next last first second third new old current later early year years reception
    key stage phase class classes group groups sets cohort pupils pupil children child
    students student boys girls boy girl young people person everyone everybody someone
    nobody adults adult staff teacher teachers tas ta lsa lsas colleague colleagues team
    teams parents parent carers carer families family governors governor leaders leader
    senior heads head headteacher headteachers sencos senco slt middle subject pastoral
    safeguarding lead leads office site class-teacher midday supervisors volunteers mentors
    mentor tutors provision provisions practice practices approach approaches strategy
    strategies resource resources toolkit graduated ordinarily available universal targeted
    specialist need needs sen ehcp ehcps plan-do-review assess annual statutory outcome
    outcomes target targets progress data attendance behaviour behaviours regulation sensory
    speech language communication literacy phonics reading writing spelling maths english
    science history geography art music computing pe re drama french spanish handwriting
    numeracy vocabulary curriculum lessons lesson timetable timetables assembly playground
    corridor classroom classrooms library hall hub nurture thrive elsa emotional wellbeing
    anxiety mental health social friendship friendships transition transitions moving
    settling induction baseline audit audits survey surveys questionnaire policy policies
    profile profiles passport passports script scripts cards card visual visuals checklist
    checklists template templates handout handouts slides book books paper notes note action
    actions workshop workshops session sessions training inset meeting meetings network
    cluster clusters drop-in consultation consultations supervision coaching circle circles
    time ofsted council borough authority service services school schools primary secondary
    academy college nursery trust federation infant infants junior juniors high sixth form
    centre ep asep eps aseps psychologist therapist nurse cahms camhs nhs salt gp virtual
    numbers number capacity space spaces cover rota budget funding barriers barrier themes
    theme priorities priority focus question questions example examples case cases evidence
    impact gaps gap change changes difference differences results result feedback views
    voice voices good great better best strong low common main whole quality inclusive
    inclusion attachment autism adhd dyslexia trauma restorative neurodiversity
    relationships expectations routines routine adjustments adaptations scaffolds adaptive
    teaching because since while until once here there now soon always often sometimes never
    please thank thanks following including one two three four five six seven eight nine ten
    several makaton pecs widgit colourful zones lego precision numicon neli wellcomm boxall
    leuven nasen larkshire bury manchester england british uk gias dfe whole-school
    key-stage
    """
)
