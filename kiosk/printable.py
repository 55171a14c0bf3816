"""Text that others wrote, made harmless for logs, terminals and databases."""


def printable(text: str) -> str:
    """Replace what is not printable: a name with an escape sequence would steer a terminal."""
    if text.isprintable():  # nearly all is, and thousands of rows are listed
        return text
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
