"""The US registry of provider identifiers (NPPES API 2.1): a cross-check, never proof.

Providers write what stands there themselves, and having a number proves no licence. So whatever a
register's file says, nobody read here can be confirmed: every record is unrecognised and doubted.
It is of use for former names, a second state and a practice place. One number or one name is asked
for; there is no sweep. Documentation: npiregistry.cms.hhs.gov/api-page.

YAML: `url`, `options.taxonomy` the description and `options.code` the code of the profession.

Known failures: errors come with status 200 (`Errors`); at most 200 answers a page; beyond `skip`
1,000 pages repeat, so what does not fit into 1,200 is reported as cut.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from config.register import Register
from config.vocabulary import NameKind, Status
from crawler import reading
from crawler.ask import Answer, Ask, Found, Oddity, Unreadable
from crawler.mapping import UNKNOWN_WORD
from data.names import split_name
from data.records import Name, Place, Record

LIMIT, LAST_SKIP = 200, 1000
WORD = "self-reported, not a licence"


class Nppes:
    """Asks for one provider."""

    def start(self, register: Register) -> Iterator[Ask]:  # noqa: ARG002
        """Nothing: this is no register of who may practise."""
        return iter(())

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The provider of a ten-digit number, or the people of a name in the profession."""
        if wanted.isdecimal() and len(wanted) == 10:
            yield _ask(register, {"number": wanted}, 0)
            return
        order = "family_given" if "," in wanted else "given_family"
        given, _, family = split_name(wanted, order)
        if given and family:
            names = {"first_name": given, "last_name": family}
            yield _ask(register, {**names, "taxonomy_description": register.options["taxonomy"]}, 0)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """People, none of whom can be confirmed; raises Refused or Unreadable."""
        results = _results(reading.read_json(answer), answer)
        query, skip = answer.ask.memo["query"], answer.ask.memo["skip"]
        if any(query.get("number", said.get("number")) != said.get("number") for said in results):
            raise Unreadable("The service sent somebody else than was asked for.", answer.url)
        for said in results:
            if said.get("enumeration_type") == "NPI-1" and _of_profession(register, said):
                yield from _read_person(register, said)
        if len(results) >= LIMIT and skip + len(results) <= LAST_SKIP:
            yield _ask(register, query, skip + len(results))
        elif len(results) >= LIMIT:
            yield Oddity("cut_file", "More people of that name than the service can list.")


def _ask(register: Register, query: Mapping[str, str], skip: int) -> Ask:
    page = {"enumeration_type": "NPI-1", "limit": LIMIT, "skip": skip}
    said = urlencode({"version": "2.1", **query, **page})
    return Ask(f"{register.url.rstrip('/')}/?{said}", "person", {"query": query, "skip": skip})


def _results(body: Any, answer: Answer) -> list[dict[str, Any]]:
    if isinstance(body, dict) and body.get("Errors"):
        errors = reading.objects(body["Errors"], "Errors")
        words = "; ".join(reading.text(one.get("description")) for one in errors)
        raise Unreadable(f"The service reports an error: {words}.", answer.url)
    rows = body.get("results") if isinstance(body, dict) else None
    if not isinstance(rows, list) or body.get("result_count") != len(rows):
        raise Unreadable("The service's answer is not a list of providers.", answer.url)
    return reading.objects(rows, "results")


def _of_profession(register: Register, said: Mapping[str, Any]) -> bool:
    taxonomies = reading.objects(said.get("taxonomies"), "taxonomies")
    return any(one.get("code") == register.options["code"] for one in taxonomies)


def _read_person(register: Register, said: Mapping[str, Any]) -> Iterator[Record | Oddity]:
    number, basic = reading.text(said.get("number")), said.get("basic")
    if not number or not isinstance(basic, dict):
        yield Oddity("unreadable_row", "A provider without a number or a name.")
        return
    yield Record(
        register=register.id,
        key=number,
        name=_name(basic, NameKind.LEGAL),
        status=Status.UNRECOGNISED,
        number=number,
        other_names=tuple(
            _name(one, NameKind.FORMER)
            for one in reading.objects(said.get("other_names"), "other_names")
        ),
        profession=register.profession,
        word=WORD,
        places=_places(said),
        source_url=register.official_url,
        doubts=(UNKNOWN_WORD,),
    )


def _name(said: Mapping[str, Any], kind: NameKind) -> Name:
    given, family, middle = (
        reading.text(said.get(f"{part}_name")) for part in ("first", "last", "middle")
    )
    return Name(given, family, middle, kind)


def _places(said: Mapping[str, Any]) -> tuple[Place, ...]:
    """Cities of practice; mailing addresses, often homes, are not kept."""
    shown = [
        one
        for name in ("addresses", "practiceLocations")
        for one in reading.objects(said.get(name), name)
        if one.get("address_purpose") == "LOCATION"
    ]
    places = (
        Place("", reading.text(one.get("city")), reading.text(one.get("state"))) for one in shown
    )
    return tuple(dict.fromkeys(places))
