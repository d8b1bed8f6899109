"""Invented people for the stand-in register: demo, tests and benchmarks need many, none real."""

import copy
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Person = dict[str, Any]


def _words(text: str) -> list[str]:
    return text.split()


class Kind(NamedTuple):
    """A class and a status of the register, and how many of a hundred people have them."""

    word: str
    status: str
    share: int


ACTIVE = Kind("General Certificate", "Current", 72)
EMERGENCY = Kind("Emergency Certificate", "Current", 0)
INACTIVE = Kind("Inactive Certificate", "Current", 8)
SUSPENDED = ACTIVE._replace(status="Suspended", share=2)
LEFT = {"Resigned": 12, "Revoked": 3, "Deceased": 3}
GONE = [ACTIVE._replace(status=status, share=share) for status, share in LEFT.items()]
KINDS = [ACTIVE, INACTIVE, SUSPENDED, *GONE]
LIMITED = 37  # somebody early in the list with a limitation inside a workplace
FIXED = {11: EMERGENCY, LIMITED: ACTIVE, 411: EMERGENCY}  # rare cases a short list has as well
TORONTO = ZoneInfo("America/Toronto")
FLOOR = date(2021, 1, 1)  # the real register's histories start afresh on this day
MOVED = date(2021, 12, 10)  # and the ids of older people carry the day it moved
LAST = date(2026, 9, 30)  # `invent` dates nothing later, `changed` only the 50 days after

NULLS = _words("""registrationNumber currentExpirationDate authorizedEffectiveDate province country
acupunctureEffectiveDate address1 address2 postalCode phone faxNumber email publicEmail website
websiteURL language setPracticeLocation hideLocationFromRegister statusVisualClass corporationId
corporationName corporationCity corporationProvince corporationCountry corporationPostalCode
corporationStatus commonLastName""")
LISTS = _words("""languagesOfCare areaOfPractice nameHistory previousNames education
otherRegistrations shareholder""")
PLACE_NULLS = _words("name registrant position email website websiteURL status organization")

GIVEN = _words("""Ael Bron Cas Dari Elo Fen Gwil Haz Isol Jor Kesh Lior Maë Nev Osw Perp Quen Rosal
Sev Tams Ulr Vesp Wyn Xan Ysol Zof Anj Éli Thi Bash Chid Ørl""")
ENDINGS = {
    "Female": _words("wyn elle ira etta isse anna ovine ith ubell aya enka ourne"),
    "Male": _words("ric oldo win emir abard ias udor enko ael ovan isk amir"),
    "X": _words("en ari ow is"),
}
SHORT = _words("An Minh Lee Jae Ana Lou Thu Kim Bao Mei")
FAMILY = _words("""Hollow Farns Grindle Yarrow Zelling Corvan Quill Thistle Bram Ember Forken Larch
Moss Nettle Ondle Pell Ravels Sorrel Tansy Umber Vander Wexel Dunna Brindle Calder Fennig""")
FAMILY_ENDS = _words("""mere gate sham weather tessy moor wick dahl vantes bourne thwell oland
stride ferry cott lume quist hafen rook""")
FAR = _words("Khuu Nde Oye Zyn Vrel Szo Ébra Léo Mün Åst Çel Tanco Bhar Gurv Kwa Ruíz Ilo Petr")
FAR_ENDS = _words("ong lanzi bowe gova kovar escu igne zadeh undo ström inder ańska ellos uki")
PARTICLES = ["O'", "D'", "De ", "van der ", "St. "]
LANGUAGES = _words("French Cantonese Mandarin Punjabi Spanish Polish Tagalog Italian Portuguese")

CITIES = """K Ottawa,M Toronto,L Mississauga,L Hamilton,N London,L Brampton,L Markham,N Kitchener,
L Vaughan,L Barrie,K Kingston,L Oakville,L Burlington,N Guelph,N Windsor,L Oshawa,N Waterloo,
P Sudbury,K Peterborough,N Cambridge,L Whitby,L Niagara Falls,P Thunder Bay,N Sarnia,K Belleville,
P North Bay,L Orangeville,N Stratford,K Cornwall,P Sault Ste. Marie""".replace("\n", "").split(",")
CLINIC_STARTS = _words("""Cedar Quarry Lantern Maple Otter Heron Granite Willow Birch Pebble Harbour
Juniper Mallow Tamarack Érable Copper Falcon Bramble Saffron Indigo""")
CLINIC_ENDS = _words("latch stone hollow field bridge mill brook quay crest gate ridge haven lea")
CLINIC_KINDS = ["Massage Clinic", "Wellness", "Rehab", "RMTs", "Therapy Centre", "Health Studio"]
STREETS = ["Nowhere Street", "Example Quay", "Fiction Avenue", "Sample Lakeshore", "Invented Road"]

LIMITATION = ("Practice Limitation", "may work here under supervision only.")
TERM = ("Term, Condition or Limitation", "must practise with a female chaperone present.")
NOTICES = [
    ("Oral Caution", "oral caution about record keeping."),
    ("Written Caution", "written caution about draping and consent."),
    ("Specified Continuing Education or Remediation Program", "course on record keeping."),
    ("Referral to Discipline Committee", "allegations referred to the Discipline Committee."),
]
SANCTIONS = {
    "Suspended": ("Interim Suspension", "interim suspension pending the outcome of a hearing."),
    "Revoked": ("Discipline Finding", "finding of professional misconduct; revoked."),
}


def stamp(day: date | None) -> str | None:
    """A day as the register prints it: midnight in Toronto, written in UTC; None stays None."""
    if day is None:
        return None
    midnight = datetime.combine(day, time(), TORONTO).astimezone(UTC)
    return midnight.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _clinic(number: int) -> Person:
    name = CLINIC_STARTS[number // 6 % 20] + CLINIC_ENDS[number // 120]
    skewed = int(30 * (number * 37 % 1560 / 1560) ** 1.6)  # more clinics in the larger cities
    letter, city = CITIES[skewed].split(" ", 1)
    address = f"{18 + number * 7 % 380} {STREETS[number % 5]}"
    return {
        "employerName": f"{name} {CLINIC_KINDS[number % 6]}",
        "businessAddress": address if number % 3 else f"{address}, Unit {4 + number % 9}",
        "businessZipCode": f"{letter}9Z 9Z{1 + number % 9}",
        "phone": f"613-555-01{(42 + number) % 100:02}",  # numbers kept free for fiction
        **{"city": city, "businessCity": city, "province": "Ontario", "businessState": "Ontario"},
    }


CLINICS = [_clinic(number) for number in range(1560)]


class Draw:
    """Chance and ids for one list of people; the same seed draws the same."""

    def __init__(self, seed: int, machine: str = "00f1c7ca00", counter: int = 99) -> None:
        self.random = Random(seed)  # noqa: S311  nothing secret is drawn
        self.machine, self.counter = machine, counter
        self.taken, self.clinics = {("Ingrith", "Abelquist")}, [CLINICS[0]]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def day(self, first: date, last: date = LAST) -> date:
        return first + timedelta(days=self.random.randint(0, (last - first).days))

    def id(self, day: date = MOVED) -> str:
        """A Mongo-like id: 8 hex of creation time, 10 of the machine, 6 of a counter."""
        self.counter += 1
        seconds = int(datetime.combine(max(day, MOVED), time(), UTC).timestamp())
        return f"{seconds:08x}{self.machine}{self.counter:06x}"

    def clinic(self) -> Person:
        """A clinic, about every second time one where somebody works already."""
        if self.chance(0.5):
            return self.random.choice(self.clinics)
        self.clinics.append(self.random.choice(CLINICS))
        return self.clinics[-1]

    def family(self) -> str:
        names = []
        for _ in range(2):
            starts, ends = (FAR, FAR_ENDS) if self.chance(0.3) else (FAMILY, FAMILY_ENDS)
            names.append(self.random.choice(starts) + self.random.choice(ends))
        if self.chance(0.05):
            return "-".join(names)
        return (self.random.choice(PARTICLES) if self.chance(0.04) else "") + names[0]

    def given(self, gender: str) -> str:
        if self.chance(0.04):
            return " ".join(self.random.sample(SHORT, 2))
        return self.random.choice(GIVEN) + self.random.choice(ENDINGS[gender])

    def name(self) -> Person:
        """A full name nobody in this list has yet."""
        gender = self.random.choices(["Female", "Male", "X"], [77, 22, 1])[0]
        given, family = self.given(gender), self.family()
        while (given, family) in self.taken:
            given, family = self.given(gender), self.family()
        self.taken.add((given, family))
        middle = self.given(gender) if self.chance(0.3) else None
        name = _name(given, middle, family, gender)
        if self.chance(0.12):
            nick = self.random.choice([given[:4].strip() + "y", self.given(gender)])
            name |= {"commonName": nick, "commonFirstName": nick}
        return name


def _name(given: str, middle: str | None, family: str, gender: str) -> Person:
    names = {"firstName": given, "middleName": middle, "lastName": family, "gender": gender}
    return names | {"commonName": None, "commonFirstName": None}


def _former(draw: Draw, person: Person, family: str) -> Person:
    names = {"firstName": person["firstName"], "middleName": person["middleName"]}
    return {"id": draw.id(), **names, "lastName": family}


def _place(draw: Draw, clinic: Person, start: date, end: date | None = None) -> Person:
    dates = {"startDate": stamp(start), "endDate": stamp(end)}
    state = {"primary": end is None, "active": end is None, "practiceLimitations": []}
    return {"id": draw.id(), **dict.fromkeys(PLACE_NULLS), **clinic, **dates, **state}


def _settle(person: Person, places: list[Person], everywhere: bool) -> None:
    """Set the workplaces; the register repeats the present ones in two more lists for some."""
    now = [place for place in places if place["active"]]
    first = now[0] if now else {}
    person |= {"placesOfPractice": places, "currentPlacesOfPractice": now if everywhere else []}
    person["primaryPlacesOfPractice"] = now[:1] if everywhere else []
    person |= {"practiceLocation": first.get("employerName"), "city": first.get("city")}


def _places(draw: Draw, joined: date, city: str | None) -> list[Person]:
    """The workplaces of one person, the first of them outside this city."""
    main = draw.clinic()
    while main["city"] == city:
        main = draw.clinic()
    places = [_place(draw, main, draw.day(joined))]
    if draw.chance(0.15):
        places.append(_place(draw, draw.clinic(), draw.day(joined)) | {"primary": False})
    if draw.chance(0.3):
        end = draw.day(joined)
        places.append(_place(draw, draw.clinic(), draw.day(joined, end), end))
    return places


def _row(draw: Draw, kind: Kind, since: date, until: date | None = None) -> Person:
    words = {"classOfRegistration": kind.word, "registrationStatus": kind.status}
    dates = {"effectiveDate": stamp(since), "expiryDate": stamp(until)}
    return {"id": draw.id(since), **words, **dates, "notes": None}


def _history(draw: Draw, kind: Kind, joined: date) -> list[Person]:
    since = max(joined, FLOOR)
    if kind in (ACTIVE, EMERGENCY):
        return [_row(draw, kind, since)]
    day = draw.day(date(since.year + 1, 1, 1))
    if kind is INACTIVE:  # such moves take effect at renewal, on 1 January
        day = day.replace(month=1, day=1)
    return [_row(draw, kind, day), _row(draw, ACTIVE, since, day)]


def _notice(draw: Draw, what: tuple[str, str], day: date) -> Person:
    words = {"name": what[0], "summary": f"Invented notice: {what[1]}"}
    dates = {"effectiveDate": stamp(day), "endDate": None}
    return {"id": draw.id(day), **words, **dates, "visible": True}


def _posted(notices: list[Person]) -> Person:
    """The part of a page that shows these notices."""
    state = {"hasPublicNotices": bool(notices), "noticesStatus": "Active" if notices else None}
    return {"publicNotices": notices, **state}


def _notices(draw: Draw, person: Person, joined: date) -> list[Person]:
    status, day = person["registrationStatus"], draw.day(max(joined, FLOOR))
    notices = []
    if status in SANCTIONS and draw.chance(0.85):
        since = {"effectiveDate": person["currentEffectiveDate"]}
        notices.append(_notice(draw, SANCTIONS[status], day) | since)
    if draw.chance(0.4 if notices else 0.01):
        notices.append(_notice(draw, draw.random.choice(NOTICES), day))
    if status == "Current" and draw.chance(0.015):
        notices.append(_notice(draw, TERM, day))
    return notices


def _person(draw: Draw, name: Person, kind: Kind, joined: date) -> Person:
    """Somebody without workplaces and notices."""
    ids = {"id": draw.id(joined), "profileId": draw.id(joined)}
    history = _history(draw, kind, joined)
    return {
        **dict.fromkeys(NULLS),
        **{key: [] for key in LISTS},
        **ids,
        **name,
        "registrationCategory": kind.word,
        "registrationStatus": kind.status,
        "authorizedToPractice": kind in (ACTIVE, EMERGENCY),
        "acupunctureAuthorized": False,
        "electoralZone": "District 2 (invented)",
        "initialRegistrationDate": stamp(joined),
        "currentEffectiveDate": history[0]["effectiveDate"],
        "registrationHistory": history,
    }


def _school(draw: Draw, joined: date) -> Person:
    words = {"name": "Invented College of Massage", "institutionName": None}
    place = {"degreeName": "Diploma", "city": "Ottawa", "state": "Ontario", "country": "Canada"}
    return {"id": draw.id(), **words, **place, "graduationDate": stamp(joined - timedelta(81))}


def _flesh(draw: Draw, person: Person, joined: date) -> None:
    """Give the parts of a page that everybody practising or suspended may have."""
    more = draw.random.sample(LANGUAGES, draw.random.choice([0, 0, 0, 1, 1, 2]))
    person |= {"languagesOfCare": ["English", *more], "education": [_school(draw, joined)]}
    person["hideLocationFromRegister"] = "Yes" if draw.chance(0.01) else None
    if person["authorizedToPractice"] and draw.chance(0.15):
        since = stamp(draw.day(joined))
        person |= {"acupunctureAuthorized": True, "acupunctureEffectiveDate": since}


def _first() -> Person:
    """The person of the documentation: the same in every list."""
    draw, joined = Draw(0, counter=1), date(2014, 6, 17)
    name = _name("Ingrith", "Sunniva", "Abelquist", "Female")
    person = _person(draw, name, ACTIVE, joined)
    now = _place(draw, CLINICS[0], date(2019, 5, 6))
    before = _place(draw, CLINICS[7], date(2016, 1, 11), date(2018, 12, 21))
    _settle(person, [now, before], True)
    person |= {"languagesOfCare": ["English", "French"], "education": [_school(draw, joined)]}
    return person | {"nameHistory": [_former(draw, person, "Vandermossen")]} | _posted([])


def _called(draw: Draw, people: list[Person]) -> tuple[Person, str | None]:
    """The name of the next person, and the city of the earlier person who bears it too, if any."""
    name = draw.name()
    if len(people) % 200 != 150:
        return name, None
    twin = draw.random.choice(people[1:])
    return _name(twin["firstName"], name["middleName"], twin["lastName"], twin["gender"]), twin[
        "city"
    ]


def _one(draw: Draw, people: list[Person]) -> Person:
    """The next person of the list."""
    shares = [kind.share for kind in KINDS]
    kind = FIXED.get(len(people)) or draw.random.choices(KINDS, shares)[0]
    first = date(2024, 7, 1) if kind is EMERGENCY else date(1988, 1, 1)
    joined = draw.day(first, date(2024, 12, 1))
    name, city = _called(draw, people)
    person = _person(draw, name, kind, joined)
    homeless = kind in GONE and draw.chance(0.8)
    _settle(person, [] if homeless else _places(draw, joined, city), draw.chance(0.5))
    person |= _posted(_notices(draw, person, joined))
    if kind not in GONE:
        _flesh(draw, person, joined)
    if name["gender"] == "Female" and draw.chance(0.06):
        person["nameHistory"] = [_former(draw, person, draw.family())]
    if kind is EMERGENCY:
        person["currentExpirationDate"] = stamp(date(2026, 12, 31))
    if kind is ACTIVE and (len(people) == LIMITED or draw.chance(0.002)):
        limits = person["placesOfPractice"][0]["practiceLimitations"]
        limits.append(_notice(draw, LIMITATION, FLOOR))
    return person


def invent(count: int, seed: int = 7, numbers: bool = False) -> list[Person]:
    """Detail objects of so many people; the same seed gives the same people, numbers or not."""
    draw, people = Draw(seed), [_first()][:count]
    while len(people) < count:
        people.append(_one(draw, people))
    for position, person in enumerate(people if numbers else []):
        letter = "AKDGHBMPRT"[position % 10]
        person["registrationNumber"] = f"{letter}{1001 + position * 7919 % 88999}"
    return people


def _end(draw: Draw, person: Person, status: str, day: date) -> None:
    history = person["registrationHistory"]
    history[0]["expiryDate"] = stamp(day)
    history.insert(0, _row(draw, Kind(person["registrationCategory"], status, 0), day))
    person |= {"registrationStatus": status, "currentEffectiveDate": stamp(day)}
    person |= {"authorizedToPractice": False, "acupunctureAuthorized": False}


def _leave(person: Person, day: date) -> list[Person]:
    """The workplaces, none of them present any more."""
    end, places = {"endDate": stamp(day), "active": False}, person["placesOfPractice"]
    return [place | end | {"primary": False} if place["active"] else place for place in places]


def _resign(draw: Draw, person: Person, day: date) -> None:
    _end(draw, person, "Resigned", day)
    _settle(person, _leave(person, day), False)


def _suspend(draw: Draw, person: Person, day: date) -> None:
    _end(draw, person, "Suspended", day)
    person |= _posted([*person["publicNotices"], _notice(draw, SANCTIONS["Suspended"], day)])


def _caution(draw: Draw, person: Person, day: date) -> None:
    caution = _notice(draw, draw.random.choice(NOTICES), day)
    person |= _posted([*person["publicNotices"], caution])


def _move(draw: Draw, person: Person, day: date) -> None:
    clinics = [clinic for clinic in CLINICS if clinic["employerName"] != person["practiceLocation"]]
    places = [_place(draw, draw.random.choice(clinics), day), *_leave(person, day)]
    _settle(person, places, bool(person["currentPlacesOfPractice"]))


def _rename(draw: Draw, person: Person, _: date) -> None:
    old, new = person["lastName"], draw.family()
    while new == old:
        new = draw.family()
    person["nameHistory"] = [_former(draw, person, old), *(person["nameHistory"] or [])]
    person["lastName"] = new


CHANGES = [_resign, _resign, _suspend, _caution, _move, _move, _move, _rename]


def changed(people: list[Person], share: float, seed: int) -> list[Person]:
    """A deep copy in which round(share * len) people differ; take another seed every night.

    Those with status Current change first, the others get a new name; the first person comes last.
    """
    draw, copied = Draw(seed, f"00c4{seed % 65536:04x}00"), copy.deepcopy(people)
    order = draw.random.sample(copied[1:], len(copied[1:]))
    order.sort(key=lambda person: bool(person["registrationStatus"] != "Current"))
    for person in [*order, *copied[:1]][: round(share * len(people))]:
        current = person["registrationStatus"] == "Current"
        change = draw.random.choice(CHANGES) if current else _rename
        change(draw, person, draw.day(LAST + timedelta(1), LAST + timedelta(50)))
    return copied
