"""In which language a question is asked; and that English is never taken for another."""

import re
from pathlib import Path

import pytest

from agents.offline.phrases import ENGLISH_ONLY
from agents.offline.tongue import tongue
from tests.agents.house import House

ASKED = {
    "de": [
        "Warum ist Linie 4 so langsam?",
        "Wie ist die OEE der Linie 2?",
        "Welche Störung steht an?",
        "Füllstand Linie 2",
    ],
    "fr": [
        "Pourquoi la ligne 4 est-elle lente ?",
        "Quel est le TRS de la ligne 2 ?",
        "panne pompe 3",
    ],
    "es": ["¿Por qué está lenta la línea 4?", "¿Cuál es el OEE de la línea 2?"],
    "it": ["Perché la linea 4 è lenta?", "Qual è la pressione della linea?"],
    "pt": ["Por que a linha 4 está lenta?", "Qual é a pressão da linha?"],
    "nl": ["Waarom draait lijn 4 langzaam?", "Hoeveel flessen zijn er op het moment?"],
    "pl": ["Dlaczego linia 4 jest wolna?", "Jaka jest wydajność linii 2?"],
    "sv": ["Varför går linje 4 långsamt?", "Hur är det på linje 2?"],
    "da": ["Hvorfor er linje 4 langsom?", "Hvad er OEE for linje 2, og hvorfor?"],
    "cs": ["Proč je linka 4 pomalá?", "Jaká je rychlost linky 2?"],
    "tr": ["Hat 4 neden yavaş, durumu nedir?", "Hattın hızı nedir, neden düşük?"],
    "ru": ["Почему линия 4 медленная?"],
    "zh": ["为什么4号线很慢？"],
    "ja": ["ライン4はなぜ遅いのですか？"],
    "ko": ["4번 라인은 왜 느린가요?"],
}
ENGLISH = (
    "why is line 4 slow?", "wat is line 2 makin", "y is line 4 so slow", "hows the depal doin",
    "line 4 est. rate", "OEE l4 la5t shift", "is die cutter 2 down?", "what was it on line 4",
    "pressure lo on filler 4?", "status", "approve p-7k3m9q2x", "and line 2?", "linie 4?",
    "what does the manual say about “Störung Füllventil”?", "any work orders for Müller?", "",
)  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(k, t) for k, ts in ASKED.items() for t in ts])
def test_the_language_of_a_question_is_told(language, text):
    """By its commonest words, or its script."""
    assert tongue(text) == language


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_english_however_it_is_written(text):
    """Typos, shop-floor shorthand, a foreign name in it."""
    assert tongue(text) == "en"


def test_names_of_the_plant_are_of_no_language():
    """An English note about “Pumpe 2” and its “Druck” stays one."""
    assert tongue("value Druck Pumpe 2") == "de"
    assert tongue("value Druck Pumpe 2", {"druck", "pumpe"}) == "en"
    assert tongue("Warum steht Pumpe 2?", {"druck", "pumpe"}) == "de"


def test_no_question_of_ours_is_taken_for_another_language():
    """Every quoted question of these tests and of the exam is English."""
    root = Path(__file__).parents[2]
    asked = [
        said
        for file in (root / "agents").rglob("test_*.py")
        if file.name != "test_tongue.py"
        for said in re.findall(r'"([^"\n]{8,}\?)"', file.read_text(encoding="utf-8"))
        if "\\" not in said
    ]
    assert len(asked) > 100
    german = [said for said in asked if tongue(said) != "en"]
    assert german in ([], ["Wie geht es der Linie?"])


@pytest.mark.parametrize(("language", "text"), [(k, ts[0]) for k, ts in ASKED.items()])
async def test_the_operator_says_in_the_askers_language_that_it_knows_english(language, text):
    """And how to ask; it guesses nothing, and calls no tool."""
    progress, answer = await House().hear(text)
    assert progress == []
    assert answer.text.startswith(ENGLISH_ONLY[language].partition("{")[0].strip())
    assert "Why so slow?" in answer.text
    assert not answer.understood


async def test_a_conversation_goes_on_past_a_question_in_another_language():
    """“Propose it” means what was asked before."""
    house = House()
    await house.ask("why is line 4 slow?")
    await house.ask("Warum ist das so?")
    assert (await house.ask("propose it")).proposals == ("p-00000001",)
