"""Is this text Windows-1252? Bytes cannot tell, words can.

Every single-byte file can be read as Windows-1252, mostly into wrong letters. So the text made of it is looked at word
by word: one that no Western European language would write shows that the file is in another encoding, and the file is
refused rather than guessed into wrong letters. Two kinds of signs:

- impossible words: signs inside a word (`Wa³êsa`, `J”rg`), three accented letters in a row (Cyrillic, Greek,
  Asian encodings), a capital after a small letter (`MŠller`). One of them refuses the file.
- unlikely words: letter pairs that are Czech, Hungarian, Polish or Turkish in the other Windows encodings (`Dvoøák`,
  `Yýldýz`), and a hard blank before a small letter, which is the á of MS-DOS (`Gonz lez`).
  More than one in 200 accented words refuses the file.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Final, Literal

from learning_graph.hr_file.problems import FileRefused

RESOLUTION: Final = "Save the file as UTF-8 (in Excel: file type “CSV UTF-8”) and drop it again."

_TOKEN = re.compile(r"[A-Za-z]*[^\x00-\x7f][A-Za-z\u0080-\uffff]*")
_QUOTES_BEFORE: Final = "“„«‘‚‹¿¡€•–—\u00a0"  # noqa: RUF001 - these very characters
_SIGNS_AFTER: Final = "”“»’›€™®…•–—\u00a0"  # noqa: RUF001
_ALONE: Final = "“”„«»‘’‚‹›¿¡§€£¥©®™°•…–—\u00a0\u00ad·ªº¢†‡‰×÷±½¼¾²³¹µ¦"  # noqa: RUF001
_UNITS = re.compile(r"[mk]?m[²³]|[MDN]ª|[Nn]º")
_APOSTROPHE = re.compile(r"(?:^|[^A-Za-z\u00c0-\u00ff])(?:[A-Za-z\u00c0-\u00ff]{1,2}|\w+l)’\w|\w’s?$")  # noqa: RUF001
_DASH = re.compile(r"\w[–—][A-Z\u00c0-\u00dd]")  # noqa: RUF001
_LETTERS = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸ]+")
_BLANK_INSIDE = re.compile("[A-Za-zÀ-ÿ]\u00a0[a-zß-ÿ]")
_ACCENTED_RUN = re.compile(r"[^\x00-\x7f]{3}")
_CAPITAL_INSIDE = re.compile(r"[a-zß-öø-ÿšžœ][À-ÖØ-ÞŠŽŒŸ]|[A-Za-zÀ-ÿ][À-ÖØ-ÞŠŽŒŸ][a-z]")
_ACCENTED_VOWEL: Final = "àáâãäåæèéêëìíîïòóôõöøùúûüýÿœ"
_UNLIKELY = re.compile(
    rf"([{_ACCENTED_VOWEL}])(?!\1)[{_ACCENTED_VOWEL}]"  # two different accented vowels: áè, øí
    rf"|[aeiouy{_ACCENTED_VOWEL}][øæ]"  # oø, iæ: ř and ć
    r"|[ìùò](?=[a-zà-ÿšžœ])"  # ě, ů, ň inside a word
    rf"|è[aeiouy{_ACCENTED_VOWEL}]"  # č before a vowel
    r"|ñ(?![aeiouyáéíóúü])"  # ń
    r"|õ(?!e)"  # ő
    r"|œ(?![ucdist])"  # ś
    r"|[bcdfghjklmnpqrstvwxz]š[bcdfghjklmnpqrstvwxz]"  # Macintosh ö
    r"|^ç[bcdfghjklmnpqrstvwxz]|^ß|[aou]á|eiá"  # Macintosh Á, Cyrillic Я, DOS ß
    r"|ê[gdbkzsw]"  # ę
    r"|^(?=.*[ðþ])(?!.*[áéíóúæ])(?!.*(?:ur|son)$)"  # ğ and ş, which Icelandic words would accompany with á, í, ú…
    r"|^(?=.*ý[a-z])(?!.*[áéíóúæðþ])"  # dotless i
)
_UNLIKELY_WORDS_IN: Final = 200

Verdict = Literal["western", "unlikely", "impossible"]


class WesternText:
    """Decodes Windows-1252 and refuses the file where its words show another encoding.

    Args:
        line: the line of the file on which the first byte stands.
    """

    name = "windows-1252"

    def __init__(self, line: int) -> None:
        self._decoder = codecs.getincrementaldecoder("cp1252")("strict")
        self._line = line
        self._tail = ""
        self._words = 0
        self._unlikely = 0
        self._first_unlikely = 0

    def decode(self, data: bytes, final: bool) -> str:
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            line = self._line + self._tail.count("\n") + data[: error.start].count(b"\n")
            raise _refusal(line) from error
        self._judge(text, final)
        return text

    def _judge(self, text: str, final: bool) -> None:
        text = self._tail + text
        cut = len(text) if final else max(text.rfind("\n"), text.rfind("\r")) + 1
        whole, self._tail = text[:cut], text[cut:]
        for match in _TOKEN.finditer(whole):
            verdict = judge_word(match[0])
            if verdict == "impossible":
                raise _refusal(self._line + whole.count("\n", 0, match.start()))
            self._words += 1
            if verdict == "unlikely":
                self._unlikely += 1
                self._first_unlikely = self._first_unlikely or self._line + whole.count("\n", 0, match.start())
        self._line += whole.count("\n")
        if final and self._unlikely * _UNLIKELY_WORDS_IN > self._words:
            raise _refusal(self._first_unlikely)


@lru_cache(maxsize=65_536)
def judge_word(token: str) -> Verdict:
    """Tell whether a run of letters and non-ASCII signs, read as Windows-1252, is a Western European word."""
    word = token.lstrip(_QUOTES_BEFORE).rstrip(_SIGNS_AFTER)
    if not word or token in _ALONE or _UNITS.fullmatch(token):
        return "western"
    if "’" in word and not _APOSTROPHE.search(word):  # noqa: RUF001
        return "impossible"
    if ("–" in word or "—" in word) and not _DASH.search(word):  # noqa: RUF001
        return "impossible"
    verdict: Verdict = "unlikely" if _BLANK_INSIDE.search(word) else "western"
    for part in re.split("[’–—·\u00a0\u00ad]", word):  # noqa: RUF001
        if not part:
            continue
        if not _LETTERS.fullmatch(part) or _ACCENTED_RUN.search(part) or _CAPITAL_INSIDE.search(part):
            return "impossible"
        if _UNLIKELY.search(part.lower()):
            verdict = "unlikely"
    return verdict


def _refusal(line: int) -> FileRefused:
    return FileRefused(
        "the file is not UTF-8, and as Windows-1252 this line would get wrong letters", resolution=RESOLUTION, line=line
    )
