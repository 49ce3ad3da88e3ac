"""The offline operator's own words. None holds a number: numbers come from tools alone.

Templates by name; braces are filled with names from the plant, words of the question or of tools.
"""

NAME: str = "offline operator 1"
"""What stands under its answers; the number is its version."""

CAN = (
    "I answer questions about this plant: how something runs now, how a value went, indicators, "
    "alarms and incidents, causes, what limits a line, what would happen if, comparisons, a better "
    "order of the jobs, ways to pick, where goods should lie, what is likely to fail, how likely a "
    "machine fails and how long it lasts, when a job costs least, what could run better, what "
    "quality a lot will have, how far forecasts are off, what the manuals say, what could be done, "
    "what keeps coming back, proposals and work orders. I can hand in a proposal; people decide."
)
HELLO = "Good day. {can}"
NOT_UNDERSTOOD = (
    "I did not understand that as a question about this plant, and whatever is not about it is "
    "outside what I do: ask me, for example, how a line runs, why it is slow or what would help."
)
UNSURE = (
    "I am not sure what you ask. Do you mean any of these? Say which by its place in the list, or "
    "ask it in other words."
)
NOT_SURE = "I am not sure what you ask. Do you mean this? Say “yes”, or ask it in other words."
UNKNOWN_NAME = "There is nothing here called “{name}”. Did you mean {nearest}?"
ANY_OF_THESE = "Did you mean any of these?"
NOT_THEN = (
    "How things will stand {when} is not known, and I simulate from how they stand now; so this is "
    "what it would be from now:"
)
WHICH = "Which do you mean: {choices}?"
NOT_READ = (
    "I did not understand the change “{said}”, so nothing was simulated and nothing set. {changes}"
)
NOT_WHOLE = (
    "I did not understand the change “{said}”: not “{words}”, so nothing was simulated and nothing "
    "set. {changes}"
)
NOT_A_NUMBER = (
    "I cannot tell which number “{numeral}” is in “{said}”, so nothing was simulated and nothing "
    "set. Write it without points or commas between thousands, and with a point before decimals."
)
WRONG_UNIT = (
    "In “{said}” I can take only {needed}, not “{unit}”, and I convert nothing, so nothing was "
    "simulated and nothing set."
)
CHANGES = (
    "What I can simulate: that a machine or utility stops for some minutes; that it runs at, or "
    "slower or faster by, some per cent of its speed, capacity or demand; that it rejects some per "
    "cent more or less; that it fails more or less often, or that its repairs take longer or "
    "shorter; more or less buffer between neighbours; how many people mend what stops on a line; a "
    "planned stop or another product on it, or that what is planned comes later, sooner or never; "
    "that a setpoint goes to a value; each from now, as of the past, or with all healthy. Say the "
    "machine, the number and its unit."
)
DECIDE = (
    "Only people decide and act here: I cannot approve, reject, write or switch anything, but I "
    "can find the cause, simulate what would help and propose it."
)
NOT_WRITTEN = "I set nothing myself: I simulate and propose, people decide."
NOT_HANDED = (
    "Another order of the jobs, way to pick or place for goods cannot be handed in here yet: "
    "nothing is connected that would carry it out. Tell it to the planner; I have changed nothing."
)
YET_TO_COME = (
    "A cause is looked for in what was measured, and “{horizon}” is yet to come: ask “why” of now "
    "or of a time that is past, or “what is likely to fail {horizon}?”"
)
REPORT = (
    "What happened is taken down from you in your own name, not through me: opstwin say “…”, or of "
    "a stop, opstwin stops. Then it weighs in every diagnosis of that time. That an answer was "
    "wrong, and what it was: opstwin wrong “…”."
)
SENSOR = "Yes, most likely an instrument is at fault [{id}]."
NOT_BELIEVED = "Yes, what it shows is not believed [{id}]."
NO_SENSOR = "No, most likely it is not an instrument [{id}]."
NO_SIGN = "No: there is no sign of it [{id}]."
SENSOR_OPEN = "Whether it is an instrument cannot be told from what was measured."
SEEN = "What was seen:"
DOCUMENT = "From the documents:"
NOT_AMONG = "What you asked for is not among the remedies found, so nothing was handed in."
NOTHING_TO_PROPOSE = "So there is nothing to propose."
OFFER = "Say “propose it” to hand the best in for approval."
OFFER_IT = "Say “propose it” to hand just that in for approval."
MAY_NOT_PROPOSE = "You are not among those who may propose; an operator can hand it in."
NOTHING_FOUND = "Nothing was found that bears an answer."
HANDOVER = {
    "indicator": "Lines:",
    "incident": "Incidents:",
    "proposal": "Changed and pending:",
    "record": "Work orders:",
    "forecast": "What may fail next:",
}
"""Headings of a shift's report, by the kind of evidence below each."""
ENGLISH_ONLY = {
    "de": "Deutsch verstehe ich noch nicht, nur Englisch. Bitte stellen Sie die Frage auf "
    "Englisch, zum Beispiel: {examples}. Die Antwort ist dann auch in dieser Sprache.",
    "fr": "Je ne comprends pas encore le français, seulement l’anglais. Posez la question dans "
    "cette langue, par exemple : {examples}. La réponse est alors en anglais aussi.",
    "es": "Todavía no entiendo el español, solo el inglés. Haga la pregunta en ese idioma, por "
    "ejemplo: {examples}. La respuesta es entonces también en inglés.",
    "it": "Non capisco ancora l’italiano, solo l’inglese. Faccia la domanda in questa lingua, per "
    "esempio: {examples}. Anche la risposta è in inglese.",
    "pt": "Ainda não entendo português, só inglês. Faça a pergunta nessa língua, por exemplo: "
    "{examples}. A resposta também é em inglês.",
    "nl": "Nederlands begrijp ik nog niet, alleen Engels. Stel uw vraag in die taal, bijvoorbeeld: "
    "{examples}. Het antwoord is dan ook in het Engels.",
    "pl": "Nie rozumiem jeszcze po polsku, tylko po angielsku. Proszę zapytać w tym języku, na "
    "przykład: {examples}. Odpowiedź też jest po angielsku.",
    "sv": "Jag förstår inte svenska ännu, bara engelska. Ställ frågan på det språket, till "
    "exempel: {examples}. Svaret är då också på engelska.",
    "da": "Jeg forstår ikke dansk endnu, kun engelsk. Stil spørgsmålet på det sprog, for "
    "eksempel: {examples}. Svaret er så også på engelsk.",
    "cs": "Česky ještě nerozumím, jen anglicky. Zeptejte se prosím v tomto jazyce, například: "
    "{examples}. Odpověď je pak také anglicky.",
    "tr": "Henüz Türkçe anlamıyorum, yalnızca İngilizce. Lütfen soruyu bu dilde sorun, örneğin: "
    "{examples}. Yanıt da İngilizce olur.",
    "ru": "Я пока не понимаю по-русски, только по-английски. Задайте вопрос на этом языке, "
    "например: {examples}. Ответ будет тоже по-английски.",
    "zh": "我还不懂中文，只懂英语。请用英语提问，例如：{examples}。回答也是英语。",
    "ja": "日本語はまだわかりません。わかるのは英語だけです。英語で質問してください。"
    "例：{examples}。答えも英語です。",
    "ko": "아직 한국어를 이해하지 못하고 영어만 이해합니다. 영어로 질문해 주세요. 예: {examples}. "
    "답변도 영어입니다.",
}
"""By language, ISO 639-1."""
EXAMPLES = "“Any alarms?”, “Why so slow?”, “What would help?”, “Propose what helps most.”"
