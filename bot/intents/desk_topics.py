"""Topics of people who have never been here: who this is, sums, passes, pets, the way by bus."""

from __future__ import annotations

import re

from bot.flows.prospects import own_bookings
from bot.intents import desk_answers as desk
from bot.intents import people
from bot.intents import session_answers as sessions
from bot.intents import topic_answers as answers
from bot.intents.faq import discounts, location, opening_hours, personal_training, price, price_total, simple
from bot.intents.topic import Topic
from bot.own_questions import is_question
from bot.turn import Turn

MISREAD = frozenset({
    "out_of_scope", "chitchat", "help", "inform", "bot_challenge", "ask_program", "ask_progress", "repeat", "log_measurement",
    "log_workout", "log_meal", "check_in",
})  # fmt: skip
"""What short and odd questions are taken for."""
FEW_WORDS = 5
SEEN_THERE = re.compile(r"\b(saw|seen|found|came across|spotted|ads?|adverts?|reels?|story|stories|offer)\b")
"""Tells where they heard of us, and asks for something else."""
_PETS = r"(?:dogs?|dogg(?:y|ie|o)s?|pupp(?:y|ies)|pups?|cats?|pets?|labrador|lab|terrier|guide dog|assistance dog)"


def _names_plan_only(turn: Turn) -> bool:
    text = turn.text.lower()
    is_order = turn.wants(
        "join_gym", "cancel_membership", "freeze_membership", "billing_issue", "faq/price", "affirm"
    )
    return (
        len(text.split()) <= FEW_WORDS
        and not is_order
        and turn.entity("service") is None
        and turn.asked not in ("name", "guest")
        and bool(price.named_plans(turn, text))
    )


TOPICS = (
    Topic(
        re.compile(r"\b(lost|left|forgot\w*|missing|find|found)\b.{0,24}\b(air ?pods?|ear ?(phones?|buds?|rings?)|headphones|phone|bottle|jacket|coat|hoodie|keys?|wallet|purse|watch|bag|glasses|lunch ?box|lost property)\b|\blost (property|and found)\b"),
        frozenset({"out_of_scope", "inform", "faq/facilities", "chitchat", "complaint", "faq/what_to_bring", "cancel_booking", "help"}),
        answers.member_trouble,
        side=False,
        applies=lambda turn: turn.tracker.flow is None,
    ),
    Topic(
        re.compile(r"\b(massages?|physio(therap\w+)?|sports? (therapy|massage)|dry needling|cupping|ice baths?|cryo\w*|sun ?beds?|laser|osteopath\w*|chiropract\w+|body (scans?|composition)|inbody|dexa|home visits?|(come|train\w*) .{0,12}(at|to) (my|our) (home|house|place|office))\b"),
        frozenset({"faq/classes", "faq/facilities", "faq/personal_training", "faq/price", "out_of_scope", "ask_program", "faq/payment_methods", "chitchat", "book_session", "ask_progress", "log_measurement", "book_trial", "ask_availability", "faq/trial_details", "faq/discounts"}),
        answers.not_in_the_records,
        applies=lambda turn: re.search(r"\b(do|have|offer|got|is there|any)\b (you|ye|u|yous|a|an|\w+ )?", turn.text.lower()) is not None and is_question(turn.text) and not turn.slot("told"),
    ),
    Topic(
        re.compile(r"\b(couples?'?|two of us|both of us|duo|partner|buddy|small group|semi.?private|shared)\b.{0,30}\b(pt|personal training|one trainer|trainer together|sessions? together)\b|\b(pt|personal training)\b.{0,30}\b(for two|as a couple|together|two of us|with my (partner|wife|husband|friend|mate))\b"),
        frozenset({"faq/personal_training", "faq/price", "out_of_scope", "book_session", "refer_friend", "faq/classes", "faq/discounts", "ask_availability"}),
        answers.not_in_the_records,
        applies=lambda turn: turn.tracker.flow is None and turn.times.expected is None,
    ),
    Topic(
        re.compile(r"\btrial\b.{0,16}\b(online|remote\w*|over zoom|at home|by video)\b|\b(online|remote|virtual|video|zoom) trial\b"),
        frozenset({"book_trial", "faq/trial_details", "faq/personal_training", "book_session", "out_of_scope", "ask_availability"}),
        answers.not_in_the_records,
        applies=lambda turn: turn.tracker.flow is None,
    ),
    Topic(
        re.compile(r"\b(is there|any|have (you|ye)|do (you|ye) have|got|what about|and)\b.{0,10}\b(car ?)?parking\b|\b(can|could|where (can|do)) i park\b"),
        frozenset(),
        desk.parking_beside,
        applies=lambda turn: bool(turn.facts.gym.parking) and not turn.wants("faq/location"),
        adds=True,
    ),
    Topic(
        re.compile(r"\bwhat (do|would|d'?) ?(i|you|we|ye|ya) get\b.{0,24}$|\bwhat('?s| is|s) (included|in it|in that|the difference)\b"),
        frozenset({"help", "faq/price", "faq/trial_details", "faq/facilities", "out_of_scope", "inform", "chitchat", "repeat", "faq/membership_terms", "faq/discounts"}),
        sessions.recommend,
        applies=lambda turn: desk.talks_of_plans(turn) and not turn.parse.all("service") and not price.named_plans(turn, turn.text.lower()),
    ),
    Topic(
        re.compile(r"[€£$]\s?\d+\b.{0,24}\b(and|then) (i'?ll|i will|we'?ve|we have|it'?s) (a deal|sign|join|take|pay)|\b(i'?ll|i will|would) (sign( up)?|join|pay|take it)\b.{0,30}\bif (you|ye|u)\b|\b(can|could|would|will) (you|ye|u) do (it for )?\d{2,3}\b(?! ?(min|am|pm|kg|hours?|people|:|/|o'?clock|mins))|\bmeet me (half ?way|in the middle)\b"),
        frozenset({"join_gym", "faq/price", "faq/discounts", "out_of_scope", "inform", "billing_issue", "complaint", "affirm", "faq/suitability", "ask_availability", "refer_friend", "faq/location"}),
        answers.bargaining,
        applies=lambda turn: turn.times.expected is None or turn.wants("faq/price", "join_gym") or re.search(r"\b(join|sign|pay)\b", turn.text.lower()) is not None,
    ),
    Topic(
        re.compile(r"\bguest pass(es)?\b|\bmember\w*\b.{0,30}\b(bring|take|get|let|sign) me (in|along)\b|\b(bring|take|get|let|sign) me in\b.{0,24}\b(guest|free|member)"),
        frozenset({"refer_friend", "faq/membership_terms", "faq/discounts", "faq/price", "out_of_scope", "inform", "faq/trial_details"}),
        answers.not_in_the_records,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(what|wha|wat|and|but) ?(happens |about )?if i (don'?t|dont|do not|didn'?t|hate|end up not) ?(like|enjoy|liking|enjoying)?( it| that)?\b"),
        frozenset({"faq/membership_terms", "faq/trial_details", "faq/suitability", "out_of_scope", "cancel_membership", "deny", "chitchat"}),
        answers.trial,
        applies=lambda turn: turn.facts.trial is not None and re.search(r"\b(like|enjoy|hate|liking)", turn.text.lower()) is not None,
    ),
    Topic(
        re.compile(r"\b(speaks?|talks?|fluent in|know)\b.{0,10}\b(spanish|polish|portuguese|brazilian|french|german|irish|gaeilge|ukrainian|russian|italian|romanian|chinese|mandarin|hindi|arabic|english)\b"),
        frozenset({"faq/personal_training", "out_of_scope", "faq/suitability", "faq/trial_details", "chitchat"}),
        answers.not_in_the_records,
        applies=lambda turn: re.search(r"\b(trainers?|coach|instructors?|anyone|somebody|someone|staff|s?he|they)\b", turn.text.lower()) is not None and not turn.wants("change_language"),
    ),
    Topic(
        re.compile(r"\bmember(ship)?\b.{0,24}\b(to (do|take|join|go to|attend|come to|use|book)|for) (a |the |your |any )?class(es)?\b|\bclass(es)?\b.{0,24}\b(without|non|not a|if i'?m not a|open to)\b.{0,12}\b(member\w*|everyone|anyone|public)\b|\bnon.?members?\b.{0,24}\bclass"),
        frozenset({"faq/suitability", "faq/classes", "faq/membership_terms", "faq/price", "out_of_scope", "join_gym", "book_session"}),
        desk.classes_for_all,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(is|does|when('?s| is| does)?|what days?( is| does)?|which days?( is| does)?)\b.{0,20}\b(work(s|ing)?( on)?|in( on| this| today| tomorrow)?|around|off|there)\b"),
        frozenset({"ask_availability", "faq/opening_hours", "faq/personal_training", "out_of_scope", "check_booking", "chitchat"}),
        desk.about_trainer,
        applies=lambda turn: desk.trainer_meant(turn) is not None and not turn.wants("book_trial", "book_session", "affirm", "running_late"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(is|are|what'?s|hows|how'?s|how is|whats)\b.{0,14}\b(nice|good|strict|sound|patient|experienced|qualified|tough|friendly|any use|dead on|like)\b"),
        frozenset({"chitchat", "out_of_scope", "praise", "faq/personal_training", "faq/classes", "bot_challenge", "faq/suitability", "faq/discounts", "inform"}),
        desk.about_trainer,
        applies=lambda turn: desk.trainer_meant(turn) is not None,
    ),
    Topic(
        re.compile(r"\b(wheel ?chairs?|step.?free|ramps?|lift access|accessib\w+|disabled|disability|blind|deaf|hearing (aids?|loop|impaired)|sign language|mobility scooter|crutches)\b"),
        frozenset({"faq/suitability", "faq/facilities", "faq/location", "out_of_scope", "inform", "faq/personal_training", "chitchat", "faq/trial_details", "faq/what_to_bring", "report_injury", "bot_challenge", "privacy_request"}),
        desk.access,
        applies=lambda turn: turn.conversation.status != "pending" and (is_question(turn.text) or turn.wants("faq/suitability")),
    ),
    Topic(
        re.compile(r"\b(text|message|msg|ring|call|whatsapp|contact|phone) (me|us)( back)? (again )?(tomorrow|later|tonight|next|on (mon|tue|wed|thu|fri|sat|sun)\w*|in (the|a|an)|after|at \d)\b"),
        frozenset({"reschedule_booking", "book_trial", "book_session", "ask_availability", "inform", "correct", "opt_in", "request_human"}),
        people.request_human,
        side=False,
    ),
    Topic(
        re.compile(r"\b(any ?(body|one) (there|here|home|alive|around)|(been )?waiting (all (day|morning|week)|for (ages|hours|days)|since)|still waiting|no(body| one) (has |have |ever )?(answer\w*|repl\w+|call\w*|got back|rang|rings))\b"),
        frozenset({"ask_availability", "join_waitlist", "check_booking", "chitchat", "out_of_scope", "running_late", "help", "greet", "bot_challenge", "book_trial", "deny", "affirm", "repeat", "thank", "stop_flow", "inform"}),
        desk.kept_waiting,
        side=False,
        applies=lambda turn: turn.conversation.status != "pending" and not turn.wants("complaint", "billing_issue", "report_injury", "request_human"),
    ),
    Topic(
        re.compile(r"\b(show up|turn up|walk in|rock up|just (come|drop|call|pop)|come along)\b.{0,40}\b(book\w*|appointments?|reserve)\b|\b(do|does|must|should|would) (i|you|we|one|people) (have to|need to|gotta)? ?(book|make an appointment|reserve|sign up)( ahead| in advance| first| before)?\b(?!.*\b(tomorrow|today|mon|tue|wed|thu|fri|sat|sun)\w*)|\bwithout (a booking|booking|an appointment)\b|\bwalk.?ins?\b"),
        frozenset({"book_trial", "book_session", "faq/trial_details", "faq/classes", "faq/membership_terms", "faq/opening_hours", "out_of_scope", "help", "inform", "request_human", "ask_availability", "faq/suitability", "join_gym", "faq/payment_methods", "faq/what_to_bring", "faq/location"}),
        desk.book_ahead,
        applies=lambda turn: turn.tracker.flow is None and turn.times.expected is None and turn.facts.trial is not None and not turn.parse.all("service"),
    ),
    Topic(
        re.compile(r"\b(how soon can|how (quick|quickly|fast|early) can|when can|when could) (i|we) (start|begin|get started|get going|get in|first come)\b|\bhow soon\b.{0,12}\b(start|begin|come)\b"),
        frozenset({"faq/membership_terms", "faq/opening_hours", "ask_availability", "join_gym", "faq/trial_details", "out_of_scope", "inform", "help", "book_trial", "chitchat"}),
        answers.short_notice,
        side=False,
        applies=lambda turn: turn.tracker.flow is None,
    ),
    Topic(
        re.compile(r"\bnot (sure|certain|convinced) (if|whether|that)? ?(this|it|the gym|a gym|gyms?|training)('?s| is| are|s)?( really)? (right )?for me\b|\b(is|would) (this|it|a gym)( be)?( really)? (right )?for (me|someone like me|people like me)\b"),
        frozenset({"help", "out_of_scope", "chitchat", "deny", "inform", "stop_flow", "bot_challenge", "complaint", "faq/classes", "faq/trial_details"}),
        simple.suitability,
        applies=lambda turn: turn.tracker.flow is None,
    ),
    Topic(
        re.compile(r"\breferral|refer.a.friend|\b(do|would|will|can) i get (something|anything|money off|a discount|a reward)\b.{0,16}\b(refer|bring|recommend|mates?|friends?)"),
        frozenset({"refer_friend", "faq/discounts", "out_of_scope", "chitchat", "inform", "faq/membership_terms"}),
        answers.not_in_the_records,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(pay(ing|ment)?s?|paid|billed)\b.{0,12}\b(monthly|by the month|per month|each month|every month|weekly|in (one go|full|instal\w+)|all at once|the (lot|whole lot|full amount))\b|\binstal?ments?\b"),
        frozenset({"faq/payment_methods", "faq/price", "faq/membership_terms", "out_of_scope", "inform", "chitchat"}),
        desk.by_the_month,
        applies=lambda turn: "contract" in turn.facts.terms and not turn.wants("faq/discounts"),
    ),
    Topic(
        re.compile(r"\b(how much|prices?|rates?|costs?|cheaper)\b.{0,16}\b(for|as|if you'?re|being) (an? |the )?(\w+ )?(pensioners?|oaps?|seniors?|over (60|65|70)s?|students?|kids|couples?|famil(y|ies)|nurses?|gardai|teachers?|unemployed|retired|two of us|2 of us|apprentices?)\b"),
        frozenset({"faq/price", "faq/discounts", "out_of_scope", "faq/suitability", "chitchat", "inform", "faq/membership_terms"}),
        desk.price_for_group,
        applies=lambda turn: not turn.parse.all("service"),
    ),
    Topic(
        re.compile(r"\b(my|the|our) (trainer|coach|instructor|pt)'?s? name\b|\bwhat('?s| is|s) (my |the )?(trainer|coach|instructor)'?s? (name|called)\b|\bname of (my|the) (trainer|coach|instructor)\b"),
        frozenset({"faq/personal_training", "check_booking", "repeat", "out_of_scope", "chitchat", "inform", "bot_challenge"}),
        sessions.who_gives_it,
        applies=lambda turn: sessions.spoken_of(turn) is not None,
    ),
    Topic(
        re.compile(r"\b(come|arrive|be there|get there|show up|be|should i be) (in )?(\d+ ?min\w* |a bit |a little |how )?early\b|\bhow early\b"),
        frozenset({"running_late", "faq/opening_hours", "faq/trial_details", "faq/what_to_bring", "check_booking", "out_of_scope", "inform"}),
        answers.not_in_the_records,
        applies=lambda turn: bool(own_bookings.upcoming(turn)) and is_question(turn.text) and not turn.wants("reschedule_booking"),
    ),
    Topic(
        re.compile(r"\b(if|when|say) (i'?m|i am|i'?ll be|i get|i'?m running|we'?re) (a (bit|few minutes|little) |running |10 (min\w*) |5 (min\w*) )?(late|delayed|held up|stuck)\b"),
        frozenset({"running_late", "faq/membership_terms", "cancel_booking", "faq/trial_details", "faq/suitability", "out_of_scope", "reschedule_booking", "help", "inform"}),
        desk.if_late,
        applies=lambda turn: turn.times.shift is None,
        adds=True,
    ),
    Topic(
        re.compile(r"\bwho('?d|'?s|'?ll| is| will| would| wud)?( be| i be)?\b.{0,14}\b(look(s|ing)? after|train(s|ing)?|coach(es|ing)?|see(ing)?|meet(ing)?|having|take|taking) (me|us|him|her|them)\b|^\W*(and |but |so )?(with whom?|whom? with)\b|\bwho('?ll|'?d| will| would| wud| do| am) i (be |get |have |see |going to )*(with|train|working with|meeting|seeing|get|have)\b"),
        frozenset({"request_human", "faq/personal_training", "faq/trial_details", "check_booking", "out_of_scope", "chitchat", "inform", "bot_challenge", "faq/classes", "faq/membership_terms", "faq/location"}),
        sessions.who_gives_it,
        applies=lambda turn: turn.entity("trainer") is None and sessions.spoken_of(turn) is not None,
    ),
    Topic(
        re.compile(r"^\W*(\w+\W+){0,2}?(and|or|what about|how about|is there (one|any|anything) for|anything for)( for)? (the )?\w+( \w+)?\W*$"),
        frozenset({"job_inquiry", "inform", "out_of_scope", "chitchat", "faq/suitability", "faq/facilities", "faq/what_to_bring", "repeat", "faq/discounts", "faq/personal_training", "faq/classes", "refer_friend", "faq/membership_terms"}),
        discounts.for_group,
        applies=desk.talks_of_discounts,
    ),
    Topic(
        re.compile(r"\b(my|our|her|his) (wife|husband|partner|girlfriend|boyfriend|friend|mate|sister|brother|mother|mum|mam|mom|father|dad|son|daughter|kids?|colleague|boss|cousin)('?s)?\b.{0,24}\b(book(ed|ing)s?|appointment|session|down for|coming in|goes|go there|a member|signed up)\b"),
        frozenset({"check_booking", "out_of_scope", "privacy_request", "ask_availability"}),
        desk.somebody_elses_booking,
        applies=lambda turn: turn.wants("check_booking", "privacy_request") and not own_bookings.upcoming(turn),
    ),
    Topic(
        re.compile(r"\b(your|ur|ye'?re|yer|the gym'?s?|have|has|got|on|there an?|any)\b.{0,10}\b(insta(gram)?|facebook|fb|tik ?tok|snap(chat)?|web ?site|youtube|socials?|twitter|linkedin)\b|^\W*(insta(gram)?|facebook|web ?site|socials?|tik ?tok)\W*\?"),
        MISREAD | {"faq/location", "request_human", "faq/facilities", "faq/classes"},
        answers.not_in_the_records,
        applies=lambda turn: (is_question(turn.text) or "your" in turn.text.lower())
        and not SEEN_THERE.search(turn.text.lower()),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(which|what|who)( one| trainer| of (them|those))?('?s| is| are| would be) (the |your |ur )?(best|nicest|better|most experienced|top|favourite|strictest)\b"),
        frozenset({"praise", "faq/personal_training", "faq/classes", "chitchat", "out_of_scope", "inform", "ask_program", "affirm"}),
        answers.choose_trainer,
        applies=lambda turn: desk.talks_of_trainers(turn) or "trainer" in turn.text.lower(),
    ),
    Topic(
        re.compile(r"\b(my|our|an?|outside|external) (own|outside|external|private|current) (personal )?(trainer|coach|pt|instructor)\b|\b(i'?m|im|i am) a (personal trainer|pt|coach|trainer)\b.{0,40}\b(clients?|rent|train (people|my))\b|\b(train|bring) my (own )?clients?\b"),
        frozenset({"faq/personal_training", "out_of_scope", "refer_friend", "faq/membership_terms", "faq/what_to_bring", "job_inquiry", "book_session", "book_trial", "help", "inform"}),
        answers.not_in_the_records,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(only|just)\b.{0,12}\b(have|got|free for)\b.{0,14}\b(min(ute)?s|half an hour|an hour)\b|\b(enough time|long enough|fit it in|be (enough|done) in)\b|\bin and out (in|under|within)\b"),
        frozenset({"faq/suitability", "faq/trial_details", "faq/classes", "inform", "out_of_scope", "ask_availability", "faq/personal_training", "ask_program", "running_late"}),
        sessions.how_long,
        applies=lambda turn: turn.conversation.status != "pending" and not turn.wants("book_trial", "book_session"),
    ),
    Topic(
        re.compile(r"\b(hassl\w+|(?<!blood )(?<!tyre )pressur(e|ed|ing|ise\w*)|pushy|hard sell|sales (pitch|talk|pressure)|badger\w*|pester\w*|harass\w*|strings attached|spam me|bombard\w*)\b"),
        frozenset({"faq/trial_details", "join_gym", "out_of_scope", "opt_out", "chitchat", "complaint", "faq/membership_terms", "faq/suitability", "inform", "help", "privacy_request", "bot_challenge"}),
        desk.no_pressure,
        applies=lambda turn: is_question(turn.text) or "?" in turn.text or (re.search(r"\b(will|would|don'?t|not|hate|any)\b", turn.text.lower()) is not None and not turn.wants("opt_out", "complaint")),
    ),
    Topic(
        re.compile(""),
        MISREAD | {"faq/price", "faq/membership_terms", "freeze_membership", "faq/discounts", "faq/payment_methods"},
        price_total.answer,
        applies=price_total.is_asked,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(is (this|that)|have i reached|did i reach|am i (through to|(talking|speaking|texting|writing) (to|with)))\b .{2,40}$|\bwho('?s| is| are|se)? (this|dis|you|ye|yous)\b|\bwhat (is this|place is this|number is this)\b|\bwho am i (talking|speaking|texting|chatting)|\bhow do i know (this|it|you|ye)\b|\b(isn'?t|not) (a )?(fake|scam)\b"),
        frozenset({"bot_challenge", "out_of_scope", "chitchat", "greet", "help", "ask_program", "faq/location"}),
        desk.who_we_are,
        applies=desk.takes_us_for_another,
    ),
    Topic(
        re.compile(r"\b(wrong|incorrect) (number|person|chat|place|one|group)\b|\b(meant|was|intended) for (someone|somebody) else\b|\b(texted|messaged|wrote) (you )?by (mistake|accident)\b|\bnot meant for (you|ye)\b"),
        frozenset({"out_of_scope", "chitchat", "deny", "goodbye", "correct", "stop_flow", "inform", "opt_out", "thank", "greet", "faq/location"}),
        desk.wrong_number,
        applies=lambda turn: turn.entity("phone") is None,
        adds=True,
    ),
    Topic(
        re.compile(rf"\b(bring|with|take|leave|tie)\b.{{0,14}}\b{_PETS}\b|\b{_PETS}\b.{{0,24}}\b(come|in|inside|allowed|welcome|friendly|ok|okay|along|outside)\b"),
        frozenset({"out_of_scope", "faq/what_to_bring", "faq/suitability", "refer_friend", "faq/facilities", "faq/membership_terms", "chitchat", "book_trial", "help", "inform"}),
        answers.not_in_the_records,
        applies=lambda turn: "hot dog" not in turn.text.lower(),
    ),
    Topic(
        re.compile(r"\b(am i|is it|are we|is|are|can i|may i|could i|can we)\b.{0,30}\b(allowed|permitted|ok to|okay to|alright to)\b"),
        frozenset({"out_of_scope", "chitchat", "help", "bot_challenge", "inform"}),
        answers.not_in_the_records,
        applies=lambda turn: turn.conversation.status != "pending",
    ),
    Topic(
        re.compile(r"\b(film(ing)?|videos?|record(ing)?|photos?|pictures|selfies|tripod|chalk|barefoot|vap(e|ing)|smok(e|ing)|own music|speaker)\b.{0,24}\b(my|myself|in|there|inside|allowed|ok|okay|lifts?|sets?|workouts?|gym)\b|\b(use|allow|take) (chalk|photos?|pictures|selfies|videos?)\b"),
        MISREAD | {"book_trial", "privacy_request", "faq/facilities", "faq/what_to_bring", "faq/suitability"},
        answers.not_in_the_records,
        applies=lambda turn: is_question(turn.text) and turn.conversation.status != "pending",
        adds=True,
    ),
    Topic(
        re.compile(r"\b(meals?|diets?|dietary|nutrition(al)?|food|eating|macros?|calorie)s?( and \w+)? (plans?|plann?ing|advice|coach(es|ing)?|programmes?|programs?|help|guidance|guides?|support|tips)\b|\b(nutritionist|dietici?tian|dietician)s?\b"),
        MISREAD | {"faq/personal_training", "faq/facilities", "faq/payment_methods", "faq/classes", "job_inquiry"},
        answers.not_in_the_records,
        applies=lambda turn: is_question(turn.text) and not turn.parse.all("service"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(pay|paying|payment|take|accept)\b.{0,16}\b(cash|card|visa|mastercard|amex|revolut|apple pay|google pay|paypal|bank transfer|direct debit|sepa|klarna|bitcoin|crypto|contactless)\b"),
        frozenset({"faq/payment_methods", "out_of_scope"}),
        simple.payment_methods,
        applies=lambda turn: not turn.wants("billing_issue", "complaint"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(week(ly)?|7.?days?|seven.?days?|fortnight(ly)?|two.?weeks?|2.?weeks?|10.?days?|short.?term|temporary|tourist|holiday|visitors?'?|guest|summer)[ -](pass(es)?|tickets?|memberships?|rates?)\b|\b(pass|membership) for (a|one|1|two|2|three|3|the) (weeks?|fortnight|few days|summer|\d+ days)\b"),
        MISREAD | {"faq/price", "faq/membership_terms", "book_trial", "faq/trial_details", "join_gym", "faq/payment_methods", "faq/discounts", "faq/opening_hours"},
        desk.no_such_pass,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(which|what) (one|ones|plan|membership|option|package)s?\b.{0,24}\bclass(es)?\b|\bdo(es)? (any|all|the) (of them|memberships?|plans?) (come with|have|include|cover)\b.{0,12}\bclass"),
        frozenset({"faq/classes", "faq/price", "faq/membership_terms", "out_of_scope"}),
        answers.classes_included,
    ),
    Topic(
        re.compile(r"\b(what|how much) (would|does|do|will|wud|is|are)?( all)?( that| this| it| something like that)?( all)? ?(be |roughly |normally |actually )*(cost|set me back|come to)\b|\bhow much (is (it|membership|a membership)|do (you|ye|u) charge|does it cost|would (it|that|i) (be|cost|pay)|to join)\b|\b(fees?|prices?|rates?) (structure|details|list|please|pls)\b"),
        frozenset(),
        price.answer,
        applies=lambda turn: not turn.wants("faq/price", "faq/trial_details", "faq/discounts", "join_gym", "billing_issue", "faq/membership_terms", "cancel_membership", "freeze_membership", "faq/personal_training", "complaint") and not price_total.is_asked(turn) and not turn.parse.all("service"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(and|,|&|\+|also|plus)\W*(the |your |ur |gym |ye'?re )*(timings?|opening (hours|times)|open(ing)? (time|hour)s?|hours|what time(s)? (do|are) (you|ye|u) (open|close))\b"),
        frozenset(),
        opening_hours.answer,
        applies=lambda turn: not turn.wants("faq/opening_hours", "ask_availability", "faq/classes", "check_booking") and turn.times.expected is None,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(any(one|body)|some(one|body)|(a|any|which) (trainer|coach|pt)s?|trainers?|coach(es)?)\b( there| here| on staff)? ?(who |that |whos |who's )?(can |could |would |is |are |'s )?(really )?(know|knows|speciali[sz]es?|speciali[sz]ed|deals?|works? with|experienced?|good (with|for|at)|helps? (with|me)|qualified|trained|looks? after)\b"),
        frozenset({"faq/personal_training", "job_inquiry", "out_of_scope", "request_human"}),
        personal_training.answer,
        applies=lambda turn: turn.entity("trainer") is None,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(can'?t|cannot|couldn'?t) (find|see|spot) (the |your |ye'?re |ur |where the )?(front )?(door|entrance|way in|place|building|gym)\b|\bwhich (door|entrance|floor)\b|\bhow do (i|we) get in\b"),
        frozenset({"faq/location", "out_of_scope", "chitchat", "inform"}),
        location.answer,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(share|split|use|swap)\b( \w+){0,3} (membership|member card)\b|\b(two|2|both) (people|of us)\b.{0,16}\b(one|same|a single) membership\b"),
        frozenset({"faq/membership_terms", "out_of_scope", "faq/discounts", "faq/price"}),
        answers.not_in_the_records,
        applies=lambda turn: is_question(turn.text),
    ),
    Topic(
        re.compile(r"\b(trainers?|coach(es)?|staff|instructors?|pts?|they)\b.{0,24}\b(quals?|qualifi\w+|certifi\w+|accredit\w+|insured|vetted|first aid)\b|\b(quals|qualifications?|certifi\w+|accreditations?)\b.{0,24}\b(trainers?|coach(es)?|staff|instructors?|pts?)\b"),
        frozenset({"faq/personal_training", "out_of_scope"}),
        answers.not_in_the_records,
        applies=lambda turn: is_question(turn.text) and not turn.wants("job_inquiry"),
    ),
    Topic(
        re.compile(r"\bwi-?\s?fi\b"),
        MISREAD | {"faq/facilities"},
        answers.not_in_the_records,
        applies=lambda turn: is_question(turn.text) and not any("wifi" in one.lower().replace("-", "") for one in turn.facts.facilities),
        adds=True,
    ),
    Topic(
        desk.TRANSPORT,
        frozenset({"faq/location", "out_of_scope", "chitchat"}),
        desk.getting_here,
        applies=desk.asks_the_way,
    ),
    Topic(
        re.compile(r"\b(\d+|ten|five|twenty|a (block|pack|bundle) of) (pt |personal training |one.to.one |1.?1 )?(sessions|lessons|sesh(es)?)\b"),
        MISREAD | {"faq/price", "faq/discounts", "faq/personal_training", "faq/membership_terms"},
        answers.in_bulk,
        applies=desk.asks_for_many,
    ),
    Topic(
        re.compile(""),
        MISREAD | {"faq/opening_hours", "faq/facilities", "faq/classes", "faq/location", "faq/membership_terms", "faq/payment_methods"},
        desk.plan_in_short,
        applies=_names_plan_only,
    ),
)  # fmt: skip
