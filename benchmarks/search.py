"""Name search and number look-up beside their peers, in one run; tables into docs/benchmarks.md.

`make bench-search` asks a million people; `ARGS=--people=20000` takes about a minute. With
`--only-ours` nothing is written: the product alone, in seconds.
"""

import argparse
from contextlib import ExitStack, closing

from benchmarks import document, questions
from benchmarks.document import table
from benchmarks.load import Home, options
from benchmarks.misspell import KINDS
from benchmarks.numbers import over_http, within
from benchmarks.ours import Ours
from benchmarks.peers import PEERS, Searcher
from benchmarks.tally import Tallies, Tally, ask, together
from service.calm import calm


def main() -> None:
    """Ask everybody everything, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=300, help="questions of each kind")
    parser.add_argument("--only-ours", action="store_true", help="without peers; writes nothing")
    home, said = options(parser)
    with ExitStack() as stack, calm():  # as the service is
        ours = stack.enter_context(closing(Ours(home)))
        opened = [] if said.only_ours else PEERS
        peers: list[Searcher] = [stack.enter_context(closing(peer(home))) for peer in opened]
        text = names(home, ours, peers, said.each)
    if said.only_ours:
        print(text)
        return
    document.write("search", text)
    document.write("numbers", f"{within(home)}\n\n{over_http(home)}")


def names(home: Home, ours: Ours, peers: list[Searcher], each: int) -> str:
    """The tables of name search."""
    tallies = ask(home, [ours, *peers], list(questions.by_kind(home, each)))
    apart = [*questions.by_language(home, each), *questions.initials(home, each)]
    rest = ask(home, [ours], apart)[ours.name]
    parts = [
        f"{home.people:,} people in 60 registers, {document.machine()} Right is the person meant, "
        "or (“name equal”) anybody of exactly the same folded name. “Nobody else's name” are the "
        "questions whose words, as typed, are not the name of somebody else: where they are, no "
        "search can know that another is meant. Recall in hundredths. All files were read once "
        "before, so that no disk is measured.",
        _ours(tallies[ours.name], rest),
        _strangers(home, ours, each * 10),
    ]
    if peers:
        parts += [_summary(tallies, ours, peers), _side_by_side(tallies, [ours, *peers])]
        parts.append("\n".join(f"* {(type(peer).__doc__ or '').strip()}" for peer in peers))
    return "\n\n".join(parts)


def _ours(kinds: Tallies, rest: Tallies) -> str:
    head = (
        "Good Standing|questions|first|first, name equal|in ten|in ten, name equal"
        "|nobody else's name|first of these|in ten of these|median ms|p99 ms"
    )
    altered = [tally for kind, tally in kinds.items() if kind != "exact"]
    rows = [_row(kind, kinds[kind]) for kind in KINDS if kind in kinds]
    rows.append(_row("**all altered**", together(altered)))
    rows.append(_row("**all of these**", together(kinds.values())))
    rows += [_row(kind, tally) for kind, tally in sorted(rest.items())]
    return table(head.split("|"), rows)


def _row(kind: str, tally: Tally) -> list[object]:
    hits = (tally.first, tally.first_equal, tally.ten, tally.ten_equal)
    alone = (
        tally.open,
        *(tally.share(one, tally.open) for one in (tally.first_open, tally.ten_open)),
    )
    times = (f"{tally.median:.2f}", f"{tally.p99:.2f}")
    return [kind, len(tally.taken), *map(tally.share, hits), *alone, *times]


def _strangers(home: Home, ours: Ours, count: int) -> str:
    asked = questions.absent(home, count)
    strong = sum(ours.strong(name) for name in asked)
    return (
        f"Of {len(asked)} names drawn alike that nobody bears, {strong} "
        f"({100 * strong / len(asked):.2f} %) look like a strong match."
    )


def _summary(tallies: dict[str, Tallies], ours: Ours, peers: list[Searcher]) -> str:
    """Each peer over all kinds, and what we made of the same run."""
    head = "all of these|questions|first|in ten|in ten, name equal|median ms|p99 ms|median / ours"
    mine = together(tallies[ours.name].values())
    rows = []
    for one in (ours, *peers):
        whole = together(tallies[one.name].values())
        shares = map(whole.share, (whole.first, whole.ten, whole.ten_equal))
        times = (f"{whole.median:.2f}", f"{whole.p99:.2f}", f"{whole.median / mine.median:.1f}")
        rows.append([one.name, len(whole.taken), *shares, *times])
    return table(head.split("|"), rows)


def _side_by_side(tallies: dict[str, Tallies], searchers: list[Searcher]) -> str:
    """Recall in the first ten (name equal) and median milliseconds, kind by kind."""
    rows = [[kind, *(_cell(tallies[one.name][kind]) for one in searchers)] for kind in KINDS]
    return table(["in ten, name equal · median ms", *(one.name for one in searchers)], rows)


def _cell(tally: Tally) -> str:
    return f"{tally.share(tally.ten_equal)} · {tally.median:.1f}" if tally.taken else "–"


if __name__ == "__main__":
    main()
