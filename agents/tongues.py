"""How nine languages write numbers, times and what is counted.

English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Swedish. Words only: what is
made of them `claims.py` decides. It must never guess a language from one sentence: `style_of` reads
the whole answer, so that “1,234” cannot be one number here and another there.
"""

import re
from collections.abc import Mapping
from typing import Literal

Style = Literal["point", "comma"]
"""What begins decimals."""

COMMA = frozenset({"de", "fr", "es", "it", "nl", "pt", "pl", "sv"})


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def _table(text: str) -> Mapping[str, str]:
    """`word word: meaning; …` as word → meaning."""
    pairs = (part.split(":") for part in text.split(";"))
    return {word: meaning.strip() for said, meaning in pairs for word in said.split()}


UNITS = _table(
    "sec secs second seconds sekunde sekunden seconde secondes secondi segundo segundos seconden"
    " sekund sekunda sekundy sekunder:s;"
    "minute minutes mins minuten minuto minutos minuti minuut minut minuta minuty minuter:min;"
    "hour hours hrs hr stunde stunden heure heures hora horas ora ore uur uren godzina godziny"
    " godzin timme timmar std:h;"
    "day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen dagar dzień dni"
    " doba:d;"
    "percent prozent procent procenten procents:%;cel degc degrees grad:°c;bpm:bottle/min;"
    "kwh:kw.h;usd:$;eur euro euros:€;gbp:£"
)
"""One spelling of a unit."""

KNOWN = words(
    "psi kpa mpa pa mbar bar °f °c k f c rpm hz khz mhz kw mw w kw.h mwh kwh va kva a ma v kv mv"
    " mm cm m km µm um in ft kg g mg t lb lbs oz l ml cl hl gal m3 mm/s m/s m/min m/h l/min l/h"
    " kg/h t/h n kn n.m nm j kj mj ppm ppb db lux ohm ω °  $ € £ chf sek pln bottle can case"
    " crate pallet unit piece pcs widget gallon litre liter metre meter tonne ton ms week month"
    " year"
)
"""Spellings that are units whether the plant has them or not: what was seen must have them too."""

COUNTED = _table(
    "alarm alarms alarme alarmen alarmes alarmas allarme allarmi alarmos alarmy alarmów larm:alarm;"
    "incident incidents vorfall vorfälle incidente incidentes incidenti incidenten incydent"
    " incydenty incydentów:incident;"
    "proposal proposals vorschlag vorschläge proposition propositions propuesta propuestas proposta"
    " proposte voorstel voorstellen propostas propozycja propozycje förslag:proposal;"
    "machine machines maschine maschinen máquina máquinas macchina macchine maszyna maszyny maskin"
    " maskiner:machine;"
    "line lines linie linien ligne lignes línea líneas linea linee lijn lijnen linha linhas"
    " linje linjer:line;"
    "stop stops stopp stopps arrêt arrêts parada paradas fermata fermate:stop;"
    "order orders auftrag aufträge:order;job jobs:job;changeover changeovers:changeover;"
    "cause causes ursache ursachen:cause;supervisor supervisors:supervisor;"
    "remedy remedies:remedy;scenario scenarios:scenario;failure failures:failure;"
    "reading readings:reading;operator operators:operator;mechanic mechanics:mechanic;"
    "person people:people;asset assets:asset;measurement measurements:measurement;"
    "event events:event;fault faults:fault;report reports:report"
)
"""Things that are counted, singular English."""

NONE = words(
    "no zero kein keine keinen aucun aucune ningún ninguna nessun nessuna geen nenhum nenhuma żaden"
    " żadnych inga inget"
)
"""How it is said that there is none."""
TIMES = {
    "hundred": 100.0, "thousand": 1e3, "tausend": 1e3, "mille": 1e3, "mil": 1e3, "mila": 1e3,
    "duizend": 1e3, "tysiąc": 1e3, "tysiące": 1e3, "tusen": 1e3, "million": 1e6, "millionen": 1e6,
    "millions": 1e6, "billion": 1e9, "dozen": 12.0, "dutzend": 12.0,
}  # fmt: skip
"""Words that multiply the number before them."""

ABOUT = (
    r"(?:\b(?:about|around|roughly|nearly|almost|approximately|approx\.?|some|etwa|rund|circa|ca\."
    r"|ungefähr|knapp|environ|près\sde|unos|unas|aproximadamente|cerca\sde|ongeveer|około|cirka"
    r"|omkring)|[~≈])\s*$"
)

_MONTHS = """
january february march april may june july august september october november december
jan feb mar apr may jun jul aug sep oct nov dec
januar februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
januari februari maart april mei juni juli augustus september oktober november december
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
januari februari mars april maj juni juli augusti september oktober november december
"""
MONTHS = {m: at for row in _MONTHS.splitlines() for at, m in enumerate(row.split(), 1)}

_TELLING = {
    "en": "the is of and it was has at with from which no are not this that its for by to",
    "de": "der die das ist und mit von bei läuft seit nicht den dem ein eine auf wird hat um liegt",
    "fr": "le la les il y est et avec des du depuis pas une sur dans fait par aux à l",
    "es": "el los las es y con del desde una por para está se en lleva",
    "it": "il lo gli è e con della del dal una per di sulla alle sono",
    "nl": "de het is en met van sinds niet een op wordt heeft bij",
    "pt": "o os as é e com da do desde uma por para está na no",
    "pl": "jest i z od nie na w do przez wynosi się o",
    "sv": "är och med från sedan inte en på av har det som kör vid",
}
_TELLS = {language: words(said) for language, said in _TELLING.items()}
FUNCTION = frozenset().union(*_TELLS.values()) | words(
    "a an as or but so now on in if than then when per off up out over we he she they you i all"
    " may can had did do due yet too via vs each both only also am im um zu als an es er ab je"
    " pro vor nach au ne se ce ou où qui que si en un y al lo su ni da ma tra fra più meno ed te"
    " ze om aan dat die als naar och att men så vi ett za po ze to by co od ku às ao mas já pm am"
    " bis jusqu jusque hasta fino tot até till until versus always perhaps today yesterday"
    " s t d m minus plus times less this its is was has does goes makes runs lies stays rises falls"
    " reads needs costs takes gives holds ends begins starts stops plus compared others hours"
    " mehr moins plus más gt lt eq uhr and ev"
)
"""Words that behind a number are no unit."""

_WORD = re.compile(r"[^\W\d_]+")
_GROUPED = r"\d{1,3}(?:[.,]\d{3})+"
_FIGURE = re.compile(r"(?<![\w.,:/-])\d{1,12}(?:[.,'’\xa0]\d{1,12}){0,6}(?![\w:/-])")


def language_of(text: str, locale: str = "en") -> str:
    """The language most of whose small words stand in a text; the locale's where none leads."""
    said = _WORD.findall(text.lower())
    score = {language: sum(w in tells for w in said) for language, tells in _TELLS.items()}
    own = locale[:2].lower()
    best = max(score, key=lambda one: (score[one], one == own, one == "en"))
    return best if score[best] >= 2 else own


def style_of(text: str, locale: str = "en") -> Style:
    """What begins decimals in a whole text: as its numbers show, else its language."""
    points = commas = False
    for found in _FIGURE.finditer(text):
        figure = found.group(0)
        if re.fullmatch(_GROUPED, figure) and len(set(re.findall(r"[.,]", figure))) == 1:
            # Alone it could be either; repeated it can only part thousands.
            if figure.count(",") > 1:
                points = True
            elif figure.count(".") > 1:
                commas = True
            continue
        if figure.count(".") > 1 or figure.count(",") > 1:
            continue  # a date, or no number
        last = max(figure.rfind("."), figure.rfind(","))
        if last >= 0:
            points |= figure[last] == "."
            commas |= figure[last] == ","
    if points != commas:
        return "point" if points else "comma"
    return "comma" if language_of(text, locale) in COMMA else "point"


_POINT = re.compile(r"(\d{1,3}(?:[,'’\xa0]\d{3})+|\d+)(?:\.(\d+))?")
_COMMA = re.compile(r"(\d{1,3}(?:[.'’\xa0 ]\d{3})+|\d+)(?:,(\d+))?")


def read_number(digits: str, style: Style) -> tuple[float, float] | None:
    """Value and smallest step of digits with separators; None where they are no number so."""
    found = (_POINT if style == "point" else _COMMA).fullmatch(digits)
    if found is None or len(digits) > 40:
        return None
    whole, part = re.sub(r"\D", "", found.group(1)), found.group(2) or ""
    return float(f"{whole}.{part or 0}"), 10.0 ** -len(part)
