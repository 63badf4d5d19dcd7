"""Refusals whose sentences can be translated."""


class RefusalError(ValueError):
    """What is refused, as a sentence in English with ``%(name)s`` places, and their values.

    To show it in another language, translate ``sentence`` and put ``values`` into the translation.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values)
        self.sentence, self.values = sentence, values
