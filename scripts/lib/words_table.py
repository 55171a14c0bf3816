"""Writes every text of the glass in all languages into docs/operating.md, where it can be found.

The pictures of the glass cannot be searched. Each text is filled in as its picture is.
"""

from pathlib import Path

from glass_states import OCCASIONS, OTHER_VIN, VIN, Occasion, message_at

_PAGE = Path(__file__).resolve().parents[2] / "docs/operating.md"
_BEGIN = "<!-- words: made by scripts/docs -->\n"
_END = "<!-- end of words -->\n"
_LANGUAGES = {"en": "English", "es": "Español", "de": "Deutsch"}


def operating_page() -> str:
    """Return docs/operating.md with its table of languages made anew."""
    before, _, rest = _PAGE.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{_table()}{_END}{after}"


def _table() -> str:
    head = f"| {' | '.join(_LANGUAGES.values())} |\n|{'---|' * len(_LANGUAGES)}\n"
    occasions = [occasion for part in OCCASIONS.values() for occasion in part.values()]
    rows = [[_shown(occasion, language) for language in _LANGUAGES] for occasion in occasions]
    return head + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _shown(occasion: Occasion, language: str) -> str:
    message = message_at(occasion, language)
    return "<br>".join(_page(*lines) for lines in (message.lines, *message.more))


def _page(upper: str, lower: str) -> str:
    return f"*VIN* `/ {lower}`" if upper in {VIN, OTHER_VIN} else f"`{upper} / {lower}`"
