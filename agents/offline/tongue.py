"""In which language a question is asked, told by its script or its words.

The offline operator reads English alone, and says so in the asker's language rather than guess. It
must never take English, however misspelt, for another: one word alone tells nothing, nor do those
of the plant's own names.
"""

import re
from collections.abc import Collection

_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the what whats why how which who when where does did doing show and of for with any "
        "there should would could if this that line lines tell give not has have",
        "de": "warum wieso weshalb wie ist sind der das dem des ein eine einer einen nicht und "
        "oder auf mit von für zu welche welcher welches wer wann läuft steht macht gerade heute "
        "gestern bitte wird zeig zeige gibt wurde beim zur "
        "linie linien füller abfüller verschließer verschliesser etikettierer "
        "kompressor verdichter ursache grund geschwindigkeit leistung druck temperatur "
        "durchsatz pumpe ventil füllstand alarme störung störungen zustand schwingung strom "
        "stillstand "
        "flaschen minuten stunde stunden letzte letzten schicht wartung arbeitsauftrag "
        "vorschlag wieviel langsam schnell hoch niedrig",
        "fr": "pourquoi est sont le la les des une du et où quelle quel quels quelles que qui quoi "
        "sur avec dans pas ligne combien fait quand cette ce aujourd'hui "
        "ligne remplisseuse boucheuse étiqueteuse compresseur baisse débit "
        "vitesse pression température collecteur alarme alarmes panne arrêt état "
        "bouteilles dernière dernières heure heures équipe entretien "
        "proposition pompe réservoir niveau lente rapide",
        "es": "qué por cuál cuáles cómo está están el los las una del línea dónde cuándo cuánto "
        "para la que porque hoy ayer esta "
        "línea llenadora compresor causa causas caída velocidad presión temperatura "
        "tubería colector descarga alarma alarmas avería parada estado botellas última "
        "últimas hora horas turno mantenimiento propuesta bomba depósito nivel zona "
        "baja lenta lento",
        "it": "perché perche qual quale quali è della del dello degli il gli una sono che cosa "
        "dove quando quanto linea funziona oggi ieri la com'è "
        "riempitrice tappatrice compressore causa calo velocità pressione temperatura "
        "collettore allarme allarmi guasto fermo stato bottiglie ultima ultime ora "
        "turno manutenzione proposta pompa serbatoio livello lenta",
        "pt": "por que porquê qual quais como está estão uma da não linha onde quando quanto são "
        "você fazendo hoje ontem "
        "enchedora causa queda velocidade pressão temperatura coletor alarme "
        "alarmes avaria parada garrafas última últimas hora turno manutenção proposta "
        "bomba reservatório nível lenta",
        "nl": "waarom welke zijn het een voor niet lijn waar wanneer hoeveel draait staat wordt "
        "vandaag gisteren deze "
        "vuller oorzaak snelheid druk temperatuur doorvoer alarmen storing "
        "toestand flessen laatste uur ploeg onderhoud voorstel pomp niveau langzaam",
        "pl": "dlaczego jak jaka jaki jakie jest są nie czy linii linia linią gdzie kiedy ile się "
        "dla dzisiaj wczoraj",
        "sv": "varför hur är det vad vilken vilka inte och på för från linjen linje när går står "
        "idag igår",
        "da": "hvorfor hvordan hvad hva hvilken hvilke er ikke og på linje linjen hvornår hvor det",
        "cs": "proč jak je jsou linka linky lince kde kdy kolik není který která jaký jaká stojí "
        "dnes včera",
        "tr": "neden niye nasıl nedir kaç hangi için hattı hattın değil çalışıyor nerede durumu "
        "bugün dün oluyor",
    }.items()
}
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
"""Japanese before Chinese: it has characters of both."""
_LETTERS = 3


def tongue(text: str, own: Collection[str] = ()) -> str:
    """The language of a question, ISO 639-1; `en` where nothing clearly says another.

    Args:
        text: the question.
        own: words of the plant's names, which are of no language.
    """
    for language, letter in _SCRIPTS:
        if len(letter.findall(text)) >= _LETTERS:
            return language
    said = set(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower().replace("’", "'")))
    english = len(said & _WORDS["en"])
    hits = {language: len(said.difference(own) & words) for language, words in _WORDS.items()}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] >= 2 and hits[best] > english else "en"
