"""Events become plain lines: the answer on stdout, talk on stderr, no escape sequence."""

from decimal import Decimal

from tai2.ask.dialogue import Dialogue
from tai2.ask.events import AskEvent, Delta, Failed, Looking, Waiting
from tai2.ask.terminal import Transcript, talk
from tai2.view.text import safe
from tests.builders.asking import sources
from tests.fakes.chat import ScriptedChat, calls, fails, says


async def shown(*scripts: object) -> tuple[str, list[AskEvent]]:
    transcript = Transcript()
    dialogue = Dialogue(sources(), ScriptedChat(*scripts) if scripts else None)
    events = [event async for event in dialogue.ask("why no trade?")]
    return "".join(map(transcript.text, events)), events


async def test_facts_alone_end_with_one_line_feed() -> None:
    text, _ = await shown()
    assert text.startswith("3 cycles in the last hour")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


async def test_streamed_words_are_printed_once_with_their_footer() -> None:
    text, _ = await shown(says("Held [D-3]."))
    assert text.count("Held [D-3].") == 1
    assert text.endswith(
        "Held [D-3]. \n\n— sources 1/1 ok · no numbers · scripted/model · $0.0010\n"
    )


async def test_an_answer_that_was_not_streamed_is_printed_whole() -> None:
    text, _ = await shown(calls(text="Held [D-3]."))
    assert "\n\nHeld [D-3].\n\n— sources 1/1 ok" in text


async def test_talk_before_a_look_up_stands_on_its_own_line() -> None:
    transcript = Transcript()
    first = transcript.text(Delta(text="Let me look."))
    assert first + transcript.text(Looking(tool="funnel", arguments="{}")) == "Let me look.\n"


async def test_a_failure_is_talk_and_leaves_the_facts() -> None:
    text, events = await shown(fails("LLM_SERVER", "overloaded"))
    assert text.startswith("3 cycles")
    assert talk(events[-1]) == "no explanation: overloaded (LLM_SERVER)"


def test_talk_is_one_clean_line() -> None:
    noisy = Looking(tool="x\x1b]52;c;aGk=\x07", arguments="{\n\u202e}")
    assert talk(noisy) == "looking at x { }"
    assert talk(Waiting()) == "the model is thinking"
    assert talk(Delta(text="x")) == ""


def test_no_event_prints_an_escape_sequence() -> None:
    transcript = Transcript()
    failed = Failed(code="X\x1b[31m", detail="\x9b2J", cost_usd=Decimal(0))
    for event in (Delta(text="\x1b[2Jhi\u202e\x07"), failed):
        printed = transcript.text(event) + talk(event)
        assert safe(printed, keep_lines=True) == printed
