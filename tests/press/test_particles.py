"""Korean particles after code agree on how a name is read."""

from press.particles import unlike_particles


def found(sample):
    return list(unlike_particles([sample.text("ko")]))


def test_a_name_is_read_in_one_way(sample):
    sample.edit("ko/sums.md", "`two` 항목", "`two`를 보고 `two`로 가는 `two`와, `ten`은 `ten`으로")
    sample.edit(
        "ko/sums.md", "합은 $6$입니다.", "합은 $6$이고, `two`을 더합니다. `ten`이나 `ten`입니다."
    )
    (error,) = found(sample)
    assert error.place == f"chapters/ko/sums.md:{sample.line('ko/sums.md', '`two`을')}"
    assert error.message == "`two` is followed by '을' here, by '를' elsewhere"
    place = sample.line("ko/sums.md", "`two`를")
    assert error.hint.startswith(f"See ko/sums, line {place}: ")
    sample.edit("ko/sums.md", "`two`을", "`two`를")
    assert found(sample) == []
