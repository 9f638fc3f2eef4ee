"""German and Spanish words for the search: what a learner types in these languages is looked up in English."""

_GERMAN = """
vergisst forget; vergessen forget; erinnert remember; erinnern remember; merkt remember; weiß remember; gedächtnis
memory; speicher memory; nachricht message; nachrichten message; frage question; fragen question; antwort answer;
antworten answer; verlauf history; gespräch conversation; gespräche conversation; unterhaltung conversation; doppelt
twice; zweimal twice; mehrfach twice; gespeichert stored; speichern stored; gesendet sent; geschickt sent; neustart
restart; neustarten restart; neugestartet restart; beenden ends; datenbank database; gesperrt locked;
blockiert locked; verschlüsselt encrypted; verschlüsselte encrypted; verschlüsselten encrypted; verschlüsselung
encrypted; schlüssel key; falscher wrong; falschem wrong; falschen wrong; falsch wrong; sitzung session; sitzungen
session; leer empty; leere empty; verschwindet disappear; verschwinden disappear; verschwunden disappear; weg disappear;
verloren lost; minuten minute; zehn ten; zeit time; löschen delete; lösche delete; gelöscht delete; alte old; alten old;
teurer expensive; teuer expensive; langsamer slower; langsam slower; kosten cost; reihenfolge order; gleichzeitig same
time; benutzer user; nutzer user; werkzeug tool; exportieren export; sichern back; sicherung back; exportiere export;
rückgängig undo; letzte last; vorherige previous; früheren previous; anfrage request; anfragen request; leert empty;
abläuft expire; abgelaufen expire; bild image; genehmigung approval; freigabe approval; übergabe handoff; teilen share;
sehen see; kennt remember; namen name; kein no; lang long; zu too; viele many
"""
_SPANISH = """
olvida forget; olvidó forget; recuerda remember; recuerdo remember; recordar remember; memoria memory; mensaje message;
mensajes message; pregunta question; preguntas question; respuesta answer; respuestas answer; historial history;
conversación conversation; conversaciones conversation; dos twice; veces twice; duplicados duplicate; duplicado
duplicate; repetidos twice; doble twice; guardan stored; guarda stored; guardado stored; guardados stored; guardar
stored; envían sent; envía sent; reiniciar restart; reinicio restart; reinicia restart; base database; datos database;
bloqueada locked; cifrada encrypted; cifrado encrypted; cifradas encrypted; encriptada encrypted; clave key; equivocada
wrong; incorrecta wrong; incorrecto wrong; sesión session; sesiones session; vacía empty; vacío empty; vacias empty;
desaparece disappear; desaparecen disappear; pierde lost; pierden lost; perdido lost; minutos minute; diez ten; tiempo
time; borrar delete; borro delete; eliminar delete; elimino delete; antiguas old; viejas old; antiguos old; caro
expensive; cara expensive; lento slower; lenta slower; coste cost; costo cost; orden order; usuario user; usuarios user;
herramienta tool; exportar export; deshacer undo; último last; anterior previous; anteriores previous; caduca expire;
expira expire; imagen image; aprobación approval; comparten share; nombre name; largo long; larga long; demasiado too;
muchos many; todo everything
"""
_SAYS_NOTHING = """
der die das dem den des ein eine einen und oder ist sind war nach vor bei mit von zu im in am an auf für wird werden
wurde nicht sich mich mein meine meiner mir er sie es wie warum wieso was wo alles immer jede jeder jedes jedem agent
bot ich man auch mehr wenn el la los las un una unos unas y o son está están fue de del al en con por para que qué no se
me mi mis su sus lo le cómo como porque cuando después cada vez más muy siempre agente yo
"""


def _pairs(text: str) -> dict[str, str]:
    return {word: " ".join(english) for word, *english in (entry.split() for entry in text.split(";"))}


_ENGLISH = _pairs(_GERMAN) | _pairs(_SPANISH)
_EMPTY = frozenset(_SAYS_NOTHING.split())
_ALSO_ENGLISH = "in an am was war die man me no o y es agent bot base mit time en"
_TELLS_LANGUAGE = frozenset({*_ENGLISH, *_EMPTY}) - frozenset(_ALSO_ENGLISH.split()) - frozenset(_ENGLISH.values())
"""Words of German or Spanish that are not English words as well."""


def in_english(text: str) -> str:
    """The text with its German or Spanish words in English, without those that say nothing; other text as it is."""
    words = text.casefold().replace("?", " ").replace("¿", " ").replace(",", " ").replace(".", " ").split()
    if sum(word in _TELLS_LANGUAGE for word in words) < 2 and not (len(words) < 4 and _ENGLISH.keys() & set(words)):
        return text
    return " ".join(_ENGLISH.get(word, word) for word in words if word in _ENGLISH or word not in _EMPTY)
