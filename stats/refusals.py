"""Refusals that a reader of any language can be told."""


class RefusalError(ValueError):
    """What is refused, as a sentence in English with ``%(name)s`` places, and their values.

    Whoever shows it can translate ``sentence`` and put ``values`` into the translation.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values)
        self.sentence, self.values = sentence, values
