"""What is said about a phrase: ruled out ("not Monday"), told of ("since Monday", "surgery on the 9th"), or wanted."""

from __future__ import annotations

from itertools import pairwise

from nlu_models.times.calendar import AnyDay, MonthsAway, Offset
from nlu_models.times.phrases import Phrase
from nlu_models.times.tokens import Tape
from nlu_models.times.words import PLURAL_WEEKDAYS

_STOPS = frozenset((".", "?", "!", ";", "\n", "but", "so", "because", "cos", "unless"))
_EXCEPT = (
    ("not",), ("except",), ("excluding",), ("bar",), ("barring",), ("besides",), ("apart", "from"), ("aside", "from"),
    ("other", "than"), ("except", "for"), ("but", "not"), ("minus",), ("never",), ("anything", "but"), ("avoid",),
    ("rule", "out"), ("forget",), ("save",), ("rather", "than"), ("anyday", "but"), ("outside", "of"),
    ("no", "good"), ("no", "use"), ("not", "good"), ("doesn't", "suit"), ("i", "work"), ("i'm", "away"), ("im", "away"), ("away",),
    ("i'm", "working"), ("im", "working"), ("busy",), ("working",),
)  # fmt: skip
_BUSY_MYSELF = frozenset(
    "i'm im i am be we're really very too crazy mad fierce awful dead pure wicked flat super pretty quite always usually also , but and so".split()  # noqa: SIM905
)
_FILLERS = frozenset(
    """on in the this next at for around about my our a any , of morning me us""".split()  # noqa: SIM905
)
_CANNOT = frozenset(
    """can't cannot won't couldn't unable don't doesn't didn't isn't wouldn't not cant""".split()  # noqa: SIM905
)
_ATTEND = frozenset(
    """make do come attend manage get be go train making attending coming there have fit see join it us our
    session class appointment booking that being able to anymore available free work suit in with training
    around""".split()  # noqa: SIM905
)
_AFTER_NO = frozenset(
    """doesn't won't isn't don't wouldn't can't never didn't cannot wasn't hasn't""".split()  # noqa: SIM905
)
_OF_THE_PERSON = frozenset(["never", "didn't", "don't", "hasn't", "wasn't"])
_BAD = (
    ("out",), ("out", ","),     ("no", "good"), ("no", "use"), ("no", "can", "do"), ("not", "good"), ("not", "great"), ("not", "possible"), ("no", "sorry"),
    ("no", ",", "sorry"), ("is", "out"), ("are", "out"), ("'s", "out"), ("out", "of", "the", "question"), ("not", "suitable"),
    ("is", "no"), ("'s", "no"), ("are", "no"), ("is", "not"), ("'s", "not"), ("are", "not"), ("is", "a", "no"), ("not", "an", "option"),
    ("is", "bad"), ("is", "too"), ("'s", "too"), ("not", "suit"), ("does", "not"), ("do", "not"), ("will", "not"), ("not", "work"),
    ("is", "impossible"), ("clashes",), ("is", "tricky"), ("is", "awkward"), ("is", "ruled", "out"), ("off", "the", "table"),
    ("too", "early"), ("too", "late"), ("is", "booked"), ("a", "no", "go"), ("is", "mad"), ("s", "no"), ("no", "longer"),
    ("was", "no"), ("can", "not"), ("would", "not"), ("i", "can't"), ("i", "cant"), ("i'm", "working"), ("im", "working"), ("i'm", "away"), ("im", "away"),
    ("i", "work"), ("is", "hard"), ("is", "difficult"), ("i'm", "busy"), ("im", "busy"), ("am", "busy"), ("i", "am", "busy"),
    ("is", "busy", "for"), ("i", "am", "working"), ("i", "am", "away"),
)  # fmt: skip
_PAST_VERBS = frozenset(
    """was were walked ran rolled did trained missed slept ate went happened came felt got hurt cancelled
    stopped left paid charged billed started finished benched lifted squatted swam cycled rowed weighed
    injured twisted been had enjoyed loved lost dropped gained""".split()  # noqa: SIM905
)
_WANTING = frozenset(
    """can could may might want wanna would hoping wondering thinking looking wanting book move change put need is are do does will shall let reschedule
    free available what when which how hoping wondering looking like prefer cancel meant mean i'd id said
    join come doing going thinking supposed""".split()  # noqa: SIM905
)
_EVENTS = frozenset(
    """wedding marathon race exam exams surgery operation born anniversary birthday bday 10k 5k triathlon debs
    prom graduation holidays funeral flight flying travelling traveling married due interview baby
    christening communion hyrox ironman competition comp match""".split()  # noqa: SIM905
)
_ASKING = frozenset(["can", "could", "i'd", "is", "would", "put", "book", "what", "how", "take"])
_AIMS = frozenset(
    ["lose", "gain", "shed", "drop", "losing", "reach", "target", "goal", "fit", "shape", "ready"]
)
_NEVER = frozenset(["nobody", "haven't", "hasn't", "havent", "never", "hadn't"])
_ARRIVING = frozenset(["there", "late", "behind", "delayed", "with", "arrive", "arriving"])
_COMING = frozenset(
    ["be", "i'll", "ill", "running", "gonna", "going", "there", "late", "delayed", "arriving"]
)
_TRAINING_FOR = frozenset((("training", "for"), ("train", "for"), ("k", "in"), ("k", "on")))
_NEAR = (Offset(0), Offset(1))
_GONE = ("since",)
_FINISHING = frozenset(("finish", "finishing", "finishes", "off", "done", "ends", "end"))
_EXPIRES = frozenset(
    """expires expire expired ends ended expiring ran runs renewed renews joined""".split()  # noqa: SIM905
)


def judge(tape: Tape, phrases: list[Phrase]) -> None:
    """Mark each phrase as negated or told where the words around it say so."""
    for at, phrase in enumerate(phrases):
        previous_end = phrases[at - 1].end if at else 0
        next_start = phrases[at + 1].start if at + 1 < len(phrases) else len(tape)
        before = _before(tape, phrase.start, previous_end)
        after = [tape.raw(place) for place in range(phrase.end, min(next_start, phrase.end + 6))]
        if (before and before[-1] in _GONE) or (
            len(before) > 1 and before[-2] in _GONE and before[-1] in ("the", "last")
        ):
            phrase.told = phrase.gone = True
        if _happened(phrase, before):
            phrase.told = phrase.gone = True
        elif _told(tape, phrase, before) or _ends_work(tape, phrases[at : at + 2], before):
            phrase.told = True
        phrase.negated = _negated(tape, phrases, at, before, after)
        if phrase.link == "list" and phrases[at - 1].negated and not _contrasts(before):
            joined = [word for word in before if word not in ("on", "at", "the")]
            later = phrases[at + 1] if at + 1 < len(phrases) else None
            goes_on = (
                later is not None
                and later.link == "list"
                and any(tape.raw(place) in ("or", "and") for place in range(phrase.end, later.start))
            )
            if joined in (["or"], ["and"], [",", "or"], [",", "and"], ["&"], ["/"]) or (
                joined == [","] and goes_on
            ):
                phrase.negated = True
    for at, phrase in enumerate(phrases[:-1]):
        following = phrases[at + 1]
        # "Monday and Tuesday don't suit": the words after the last rule out the whole list.
        if following.negated and following.link == "list" and not phrase.negated and not phrase.told:
            words = [tape.raw(place) for place in range(phrase.end, following.start)]
            tail = [tape.raw(place) for place in range(following.end, following.end + 5)]
            if (
                all(word in ("and", "or", ",", "/", "&", "on") for word in words)
                and words != [","]
                and _bad_after(tail)
                and not isinstance(phrase.day, AnyDay)
            ):
                phrase.negated = True


def _contrasts(words: list[str]) -> bool:
    return any(word in ("but", "then", "only", "could", "can", "maybe") for word in words)


def _before(tape: Tape, start: int, floor: int) -> list[str]:
    """The words of the same clause before `start`, at most ten."""
    words: list[str] = []
    for at in range(start - 1, max(floor, start - 11) - 1, -1):
        word = tape.raw(at)
        if word in (".", "?", "!", ";") or "\n" in tape.text[tape.tokens[at].end : tape.tokens[at + 1].start]:
            break
        words.insert(0, word)
    return words


def _negated(tape: Tape, phrases: list[Phrase], at: int, before: list[str], after: list[str]) -> bool:
    phrase = phrases[at]
    if before[-2:] == ["instead", "of"]:
        return True
    core = list(before)
    while core and core[-1] in _FILLERS:
        core.pop()
    if core:
        for words in _EXCEPT:
            if tuple(core[-len(words) :]) == words:
                if words == ("doesn't", "suit") and at and len(core) == len(words):
                    continue  # it is the time before that does not suit: "Monday doesn't suit, Tuesday 5pm"
                if words == ("not",) and len(core) > 1 and core[-2] in ("why", "if", "is", "or"):
                    break
                if words == ("busy",) and len(core) > 1 and core[-2] not in _BUSY_MYSELF:
                    continue  # "is it busy around 6?" asks about the place
                if words[-1] in ("busy", "working", "work", "away") and at and before[-1] == ",":
                    continue  # it was the time before: "Friday I'm busy, Monday at 6?"
                return not (words == ("not",) and phrase.window is not None and phrase.day is None)
        if core[-1] == "but" and at and _after_any(tape, phrases[at - 1]):
            return True
        if core[-1] == "but" and any(
            word in ("any", "every", "anyday", "anytime", "anything", "all", "everyday") for word in core[-5:]
        ):
            return True
        if core[-1] == "no" and (
            tape.word(phrase.start) in PLURAL_WEEKDAYS or (phrase.part and phrase.part.plural)
        ):
            return True
    if tape.word(phrase.start) == "till" and phrase.window is not None and phrase.window.end is None:
        return False
    if _cannot(before) and not (
        phrase.window and phrase.day is None and phrase.window.end is not None and phrase.window.start is None
    ):
        return True
    if _bad_after(after):
        return True
    if (not tape.raw(phrase.end).isalpha() and after[:1] == ["no"]) or after[:1] == ["no"]:
        rest = after[1:]
        if not rest or rest[0] in (",", ".", "!", "sorry", "good", "use", "way", "thanks"):
            return bool(rest[:1] != ["wait"])
    return False


def _after_any(tape: Tape, phrase: Phrase) -> bool:
    return isinstance(phrase.day, AnyDay) or any(
        tape.raw(place) in ("any", "every", "anytime", "anyday", "all")
        for place in range(phrase.start, phrase.end)
    )


def _cannot(before: list[str]) -> bool:
    """ "can't make it", "will not be attending my appointment on", with nothing new begun since."""
    for at in range(len(before) - 1, -1, -1):
        word = before[at]
        if word in _STOPS or word in (
            ",",
            "instead",
            "if",
            "sure",
            "wait",
            "could",
            "until",
            "till",
            "mind",
            "know",
        ):
            return False
        if word in _CANNOT:
            rest = [later for later in before[at + 1 :] if later.isalpha() or "'" in later]
            if word == "not" and at and before[at - 1] in ("why", "or", "if"):
                return False
            if word in ("don't", "doesn't", "not", "didn't", "isn't", "wouldn't") and not rest:
                return word == "not"
            if word == "don't" and rest and rest[0] in ("want", "suit"):
                return True
            if word in ("doesn't", "didn't", "isn't", "wouldn't", "don't"):
                return False
            loose = [later for later in rest if later not in _ATTEND and later not in _FILLERS]
            return len(loose) <= 2 and (not rest or rest[0] in _ATTEND or rest[0] in _FILLERS)
        if word == "off" and at and before[at - 1] in ("call", "calling"):
            return True
    return False


def _bad_after(after: list[str]) -> bool:
    words = list(after)
    if words[:1] == ["?"] or words[:1] == ["."]:
        return False
    while words and words[0] in (
        "or",
        "anymore",
        "at",
        "all",
        ",",
        "really",
        "just",
        "now",
        "mornings",
        "this",
        "week",
        "it",
        "unfortunately",
        "either",
    ):
        words.pop(0)
    if not words:
        return False
    if words[0] in _OF_THE_PERSON and ("," in after[: len(after) - len(words)] or words[0] == "never"):
        # "tomorrow at 10, never trained": what follows the comma is about the person, not about the time.
        return words[1:2] in (["suit"], ["suits"], ["work"], ["works"])
    if words[0] in _AFTER_NO:
        return words[0] != "didn't" and "matter" not in words and "mind" not in words
    if words[0] in ("is", "'s", "are") and words[1:2] == ["n't"]:
        return True
    for bad in _BAD:
        if tuple(words[: len(bad)]) == bad:
            if bad in (("is", "not"), ("'s", "not")) and words[2:3] in (["bad"], ["a"]):
                return False
            return not (bad == ("is", "no") and words[2:3] == ["problem"])
    return False


def _clause(before: list[str]) -> list[str]:
    """The part of the words before that belongs to the same wish ("..., so can I come Friday" begins anew)."""
    for at in range(len(before) - 2, -1, -1):
        if before[at] in ("so", "and", "but") and before[at + 1] in _ASKING:
            return before[at + 1 :]
    return before


def _happened(phrase: Phrase, before: list[str]) -> bool:
    """Whether the clause is told in the past tense ("rolled my ankle on Sunday") and asks for nothing."""
    clause = _clause(before)
    if phrase.elapsed is not None or any(word in _WANTING for word in clause):
        return False
    return any(word in _PAST_VERBS for word in clause)


def _told(tape: Tape, phrase: Phrase, before: list[str]) -> bool:
    """Whether the clause tells of an event, an aim or an arrival instead of offering a time."""
    clause = _clause(before)
    tail = clause[-6:]
    if any((word, after) in _TRAINING_FOR for word, after in pairwise(tail)):
        return True
    if "," in tail:
        tail = tail[len(tail) - tail[::-1].index(",") :]
    asking = any(word in ("can", "could", "book", "before") for word in clause)
    if not asking and any(word in _EVENTS for word in tail):
        return True
    opened = tape.word(phrase.start) in ("in", "by", "before") or (
        before and before[-1] in ("by", "before", "for", "in")
    )
    if opened and not phrase.timed and any(word in _AIMS for word in clause):
        return True
    if tape.word(phrase.start) == "in" and phrase.day is not None and any(word in _NEVER for word in clause):
        return not any(word in _WANTING for word in clause)
    if phrase.elapsed is not None and any(word in _ARRIVING for word in clause[-3:]):
        return any(word in _COMING for word in clause)
    return False


def _ends_work(tape: Tape, pair: list[Phrase], before: list[str]) -> bool:
    """ "I finish at 5 so 6 would be good": when work ends, told because another time is offered after it."""
    if len(pair) < 2 or pair[0].clock is None or not pair[1].timed:
        return False
    tail = before[-5:]
    apart = pair[1].link == "apart" or [tape.raw(at) for at in range(pair[0].end, pair[1].start)] == [","]
    return apart and any(word in _FINISHING for word in tail) and not any(word in _WANTING for word in tail)


def offered_or_told(phrases: list[Phrase]) -> list[Phrase]:
    """Leave out what is no time after all: "any day" that rules nothing out, "every day" of a habit, an arrival."""
    excluding = any(phrase.negated for phrase in phrases)
    kept: list[Phrase] = []
    for phrase in phrases:
        if (isinstance(phrase.day, AnyDay) and phrase.day.within is None and not phrase.timed) and (
            len(phrase.day.weekdays) == 7 and not excluding
        ):
            continue
        recurrence = phrase.recurrence
        if recurrence is not None and not recurrence.days and not phrase.timed and phrase.day is None:
            continue
        if phrase.told and phrase.elapsed is not None and not phrase.elapsed.within:
            continue
        if (
            phrase.told
            and isinstance(phrase.day, Offset | MonthsAway)
            and phrase.day not in _NEAR
            and not phrase.timed
        ):
            # "not trained in 5 years", "lose 5 kg in 6 weeks": a length, no day.
            continue
        kept.append(phrase)
    return kept
