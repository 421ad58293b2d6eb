"""A cache of texts that is bounded by their length."""

from models.db.text_cache import cache_texts


def test_a_text_is_made_once_while_it_is_kept() -> None:
    made: list[str] = []

    @cache_texts(100_000)
    def doubled(text: str, times: int = 2) -> str:
        made.append(text)
        return text * times

    assert [doubled("ab"), doubled("ab"), doubled("ab", 3)] == ["abab", "abab", "ababab"]
    assert made == ["ab", "ab"]


def test_texts_are_forgotten_when_they_take_too_many_bytes_unless_they_are_used() -> None:
    made: list[int] = []

    @cache_texts(100_000)
    def long(number: int) -> str:
        made.append(number)
        return str(number) * 5000

    for number in range(1, 9):
        long(number)
        for again in range(1, number + 1):
            long(again) if again == 1 else None
    assert made == [1, 2, 3, 4, 5, 6, 7, 8]

    for number in range(10, 20):
        long(number)
    long(2)
    assert made[-1] == 2


def test_a_text_that_would_fill_much_of_the_cache_is_not_kept() -> None:
    made: list[str] = []

    @cache_texts(10_000)
    def same(text: str) -> str:
        made.append(text)
        return text

    same("a" * 5000)
    same("a" * 5000)

    assert len(made) == 2
