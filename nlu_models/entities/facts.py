"""Health notes and languages."""

from __future__ import annotations

import re

from nlu_models.entities.message import Message
from nlu_models.parse import Entity

_BODY = (
    r"(?:knees?|shoulders?|back|hips?|ankles?|elbows?|wrists?|necks?|hamstrings?|hammy|acl|mcl|meniscus|achilles|groin|calf|calves|foot|feet|toes?|ribs?|"
    r"spine|disc|discs|rotator cuff|arms?|legs?|chest|shins?|quads?|heel|hands?|finger|thumb|lower back|heart|stomach|tummy|head)"
)
_HEALTH = re.compile(
    "|".join(
        (
            rf"(?:bad|dodgy|sore|injured|swollen|torn|broken|sprained|strained|stiff|dicky|banjaxed|weak|pulled|frozen|fractured|twisted|slipped|herniated|bulging|new|old|replaced|painful|gammy|crocked)\s(?:\w+\s)?{_BODY}(?:\s(?:injury|thing|problem|issue))?",
            rf"(?:\w+\s)?{_BODY}\s(?:injury|injuries|pain|problem|problems|issue|issues|surgery|replacement|trouble|operation|op|rehab|strain|sprain|is (?:sore|swollen|killing me|acting up|at me|in bits|banjaxed|wrecked)|hurts?|aches?|clicks)",
            rf"(?:pain|injury|surgery|operation|discomfort|twinge|ache|cramp|spasm)s?\s(?:in|on|to|with)\s(?:my|the|his|her)?\s?(?:\w+\s)?{_BODY}",
            rf"(?:hurt|injured|broke|tore|twisted|sprained|strained|pulled|rolled|did|dislocated|fractured|tweaked|banged up|put out)\s(?:my|me|his|her)\s(?:\w+\s)?{_BODY}(?:\sin)?",
            r"(?:\d+\s(?:weeks?|months?)\s)?(?:pregnant|pregnancy|expecting a baby|postpartum|postnatal|prenatal)|just had a baby|gave birth|c-section|after (?:the |my )?baby",
            r"asthmatic?|diabet(?:es|ic)|epileps\w+|epileptic|(?:high|low) (?:bp|blood pressure)|hypertension|arthritis|osteoporosis|scoliosis|sciatica|hernia|fibromyalgia|heart (?:condition|problem|attack|disease|surgery)|"
            r"pacemaker|stroke|angina|cancer|chemo(?:therapy)?|vertigo|migraines?|concussion|tendonitis|tendinitis|plantar fasciitis|tennis elbow|slipped disc|prolapse\w*|anaemi[ac]|anemi[ac]|thyroid|copd|pcos|endometriosis|"
            r"long covid|multiple sclerosis|parkinson'?s|dizzy|dizziness|fainted|faint|chest pains?|blood thinners|medication|inhaler|allerg(?:y|ies|ic)|autis(?:m|tic)|adhd|anxiety|depression|eating disorder|panic attacks?|bulimia|anorexi\w+",
            r"acl (?:tear|reconstruction|surgery)|(?:hip|knee) replacement|new (?:hip|knee)|physio\b|recovering from (?:an?\s)?(?:\w+\s)?(?:injury|surgery|operation|illness|accident)|(?:an?|my|old|the|this) (?:\w+ )?injury|doctor says? [^.,!?]{3,40}",
            r"wheelchair|disabilit(?:y|ies)|blind|deaf|amput\w+|prosthe\w+",
        )
    )
)
_LANGUAGES = {
    "spanish": "es", "español": "es", "espanol": "es", "castellano": "es", "french": "fr", "français": "fr", "francais": "fr", "german": "de", "deutsch": "de",
    "italian": "it", "italiano": "it", "portuguese": "pt", "português": "pt", "portugues": "pt", "brazilian": "pt", "polish": "pl", "polski": "pl", "polsku": "pl",
    "ukrainian": "uk", "українська": "uk", "українською": "uk", "russian": "ru", "русский": "ru", "romanian": "ro", "română": "ro", "irish": "ga", "gaeilge": "ga",
    "hindi": "hi", "urdu": "ur", "punjabi": "pa", "bengali": "bn", "tamil": "ta", "telugu": "te", "marathi": "mr", "gujarati": "gu", "malayalam": "ml", "chinese": "zh",
    "mandarin": "zh", "cantonese": "zh", "japanese": "ja", "korean": "ko", "arabic": "ar", "turkish": "tr", "türkçe": "tr", "dutch": "nl", "nederlands": "nl",
    "lithuanian": "lt", "latvian": "lv", "czech": "cs", "slovak": "sk", "hungarian": "hu", "magyar": "hu", "croatian": "hr", "bulgarian": "bg", "greek": "el",
    "swedish": "sv", "norwegian": "no", "danish": "da", "finnish": "fi", "vietnamese": "vi", "tagalog": "tl", "filipino": "tl", "thai": "th", "english": "en",
    "welsh": "cy", "cymraeg": "cy", "catalan": "ca", "català": "ca", "farsi": "fa", "persian": "fa", "hebrew": "he", "indonesian": "id", "malay": "ms", "afrikaans": "af",
}  # fmt: skip
_LANGUAGE = re.compile(r"(?<!\w)(?:" + "|".join(sorted(_LANGUAGES, key=len, reverse=True)) + r")(?!\w)")
_SPEAKING = re.compile(
    r"\b(?:speak|speaks|talk|write|reads?|chat|language|switch|change|in|into|understand|prefer|habla[sn]?|hablo|sprech\w+|parle[zr]?|parlez|fala[rs]?|parla\w*|m[oó]wi\w*|labhairt|mein|po|bitte|por favor|please|pls|not my first|auf|en|só|"
    r"translate|first language|mother tongue|only)\b"
)


def find_health(message: Message) -> list[Entity]:
    """Words about injury, pregnancy or a condition, kept for the trainer; the value is those words in lower case."""
    return [
        Entity("health", match.group().strip(), message.text[match.start() : match.end()], *match.span(), 0.8)
        for match in _HEALTH.finditer(message.lower)
        if match.start() == 0 or not message.lower[match.start() - 1].isalnum()
        if match.end() == len(message.lower) or not message.lower[match.end()].isalnum()
    ]


def find_languages(message: Message) -> list[Entity]:
    """A language asked for, as ISO 639-1; a language is not asked for by being mentioned ("Polish my shoes")."""
    lower = message.lower
    found = []
    for match in _LANGUAGE.finditer(lower):
        alone = len(message.words) <= 3
        around = lower[max(0, match.start() - 40) : match.end() + 30].replace(match.group(), " ")
        if re.search(r"\b(?:i'?m|i am|we'?re|from|he'?s|she'?s)\s$", lower[: match.start()]):
            continue
        if not alone and not _SPEAKING.search(around):
            continue
        if re.match(
            r"\s(?:teacher|homework|class|exam|food|breakfast|music|restaurant|movie|husband|wife|friend)",
            lower[match.end() :],
        ):
            continue
        found.append(
            Entity(
                "language",
                _LANGUAGES[match.group()],
                message.text[match.start() : match.end()],
                *match.span(),
                0.9,
            )
        )
    return found
