"""Every requirement of the seeds is answered by something that exists."""

from pipelines import traceability


def test_every_requirement_has_an_answer_that_exists() -> None:
    assert traceability.problems() == []


def test_a_blank_and_an_answer_that_does_not_exist_are_told(monkeypatch) -> None:
    wrong = {
        "S0-01": {"zh": "空", "by": []},
        "S0-02": {
            "zh": "错",
            "by": [
                "metric nothing",
                "wall tile-nothing",
                "command nothing",
                "sheet nothing",
                "page /nothing",
            ],
        },
    }
    monkeypatch.setattr(traceability, "requirements", lambda: wrong)
    assert traceability.problems() == [
        "S0-01 has no answer",
        "S0-02: there is no metric nothing",
        "S0-02: there is no wall tile-nothing",
        "S0-02: there is no command nothing",
        "S0-02: there is no sheet nothing",
        "S0-02: there is no page /nothing",
    ]


def test_the_written_page_is_the_generated_one() -> None:
    written = traceability.TARGET.read_text(encoding="utf-8")
    assert written == traceability.render(), "run python -m pipelines.traceability"
