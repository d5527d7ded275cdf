"""Messages and answers, of which many can be made quickly: sentences of a large vocabulary, as JSON to be stored.

Few words are in nearly every text and most are rare, as in a language. `COMMON_WORD` is in about half of the answers,
`RARE_WORD` in some thirty.
"""

import itertools
import json
from random import Random

from bench.texts import MIXED
from standin.answers import SECTIONS

COMMON_WORD = "water"
RARE_WORD = "zeppelin"
RARITY = 33_333
"""One of so many answers has the rare word."""

TOPICS = (  # noqa: SIM905  a list is harder to read
    "the office plants,the coffee machine,the style guide,the minutes of Monday,the summer party,the travel costs,"
    "the new printer,the backup plan,the release notes,the team calendar,the bread recipe,the tides at Brest,"
    "the budget for May,the login page,the invoice template,the onboarding list,the test report,the survey results,"
    "the meeting room,the shipping dates,the holiday rota,the garden fence,the data model,the error message,"
    "the interview questions,the press release,the warehouse stock,the fire drill,the parking permits,the newsletter"
).split(",")
QUESTIONS = (
    "Who looks after {topic}, and what comes next?",
    "Summarise {topic} in three points.",
    "What does our handbook say about {topic}?",
    "A friendlier way to write about {topic}",
    "Draft a short note on {topic} for the whole team.",
    "Make a table of everything that matters for {topic}.",
    "Why did {topic} take longer than we had planned?",
    "Write code that checks {topic} once a day.",
    "Explain {topic} to somebody who is new here.",
    "Plan {topic} for the next four weeks",
)
FREQUENT = (
    "the of and to a in is that for it as with on be at this by you are from or have an they which one all there their "
    f"what so up out if about who get when make can like time no just take into year your good some them see other "
    f"then now look only come its over think also back after use two how our work first well way even new want because "
    f"any these give day most {COMMON_WORD} light week plan team paper number point answer question place window hand"
).split()
SYLLABLES = ("ba", "cor", "den", "fi", "gra", "hol", "im", "jun", "ke", "lor", "mon", "ner", "os", "pra", "qui", "ran")
VOCABULARY = 30_000
PARAGRAPHS = 4_000
SENTENCE_WORDS = range(6, 16)
PARAGRAPH_SENTENCES = range(2, 5)
MOST_PARAGRAPHS = 6


class Texts:
    """Texts in the order that the seed gives."""

    def __init__(self, random: Random) -> None:
        self._random = random
        words = FREQUENT + _rare_words(VOCABULARY)
        weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
        self._paragraphs = [self._paragraph(words, weights) for _ in range(PARAGRAPHS)]
        self._sections = [_escaped(section()) for section in SECTIONS.values()]
        self._sections.append(_escaped(MIXED.replace("{number}", "7")))

    def question(self) -> str:
        return self._random.choice(QUESTIONS).format(topic=self._random.choice(TOPICS))

    def answer(self) -> str:
        """Return the text of an answer, escaped as within a string of JSON."""
        random = self._random
        pieces = random.sample(self._paragraphs, 1 + int(random.random() ** 2 * MOST_PARAGRAPHS))
        if random.random() < 0.2:
            pieces.append(random.choice(self._sections))
        # What only this answer is about.
        pieces.append(f"See ticket {random.randrange(1_000_000)}.")
        if random.random() * RARITY < 1:
            pieces.append(f"A {RARE_WORD} was seen.")
        return r"\n\n".join(pieces)

    def _paragraph(self, words: list[str], weights: list[float]) -> str:
        random = self._random
        sentences = (
            " ".join(random.choices(words, cum_weights=weights, k=random.choice(SENTENCE_WORDS))).capitalize() + "."
            for _ in range(random.choice(PARAGRAPH_SENTENCES))
        )
        return _escaped(" ".join(sentences))


def _rare_words(count: int) -> list[str]:
    every_second = itertools.islice(itertools.product(SYLLABLES, repeat=4), 0, 2 * count, 2)
    return ["".join(syllables) for syllables in every_second]


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
