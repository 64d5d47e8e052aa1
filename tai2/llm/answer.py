"""Puts an answer together from one JSON document or from the chunks of a stream, and judges it.

The client feeds it. An answer is a Completion only when it finished by itself, no error stands
anywhere in it and it is not empty; partial text beside an error is never returned.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tai2.llm.chat import ChatFailed, Code, Completion, Json, Outcome, ToolCall, Usage
from tai2.llm.envelope import record, rows, text, usd, whole
from tai2.llm.faults import OK, Refusal, failure
from tai2.llm.toolcalls import ToolCalls

_BAD_ENDS: Final[Mapping[str, Code]] = {
    "length": Code.LENGTH,
    "content_filter": Code.CONTENT_FILTER,
    "error": Code.SERVER,
}


class Answer:
    """One answer while it arrives."""

    def __init__(self, *, is_stream: bool, now_ms: int) -> None:
        self._is_stream = is_stream
        self._now_ms = now_ms
        self._pieces: list[str] = []
        self._refusal = ""
        self._finish = ""
        self._error: Mapping[str, Json] | None = None
        self._said_after_end = False
        self._choices = 0
        self._reasoning: list[Json] = []
        self._tool_calls = ToolCalls()
        self._names = {"model": "", "provider": "", "id": ""}
        self._usage = Usage()

    def add(self, document: Json) -> str:
        """Take a document or chunk; return the text that it adds."""
        chunk = _unwrapped(record(document))
        self._note_error(chunk.get("error"))
        if "usage" in chunk:
            self._usage = _merged(self._usage, usage_in(record(chunk["usage"])))
        for name in self._names:
            self._names[name] = text(chunk.get(name)) or self._names[name]
        choices = rows(chunk.get("choices"))
        self._choices = max(self._choices, len(choices))
        return "".join(self._add_choice(record(choice)) for choice in choices)

    def close(self, *, is_complete: bool = True) -> Outcome:
        """Judge what has arrived.

        Args:
            is_complete: False when the connection broke before the end.
        """
        failed = self._failure(is_complete=is_complete)
        if failed is not None:
            return failed
        return Completion(
            text="".join(self._pieces),
            tool_calls=self._tool_calls.all(),
            message=self._message(),
            model=self._names["model"],
            provider=self._names["provider"],
            generation_id=self._names["id"],
            usage=self._usage,
        )

    def _add_choice(self, choice: Mapping[str, Json]) -> str:
        self._note_error(choice.get("error"))
        said = record(choice.get("delta")) or record(choice.get("message"))
        piece = _content(said.get("content"))
        if self._finish and piece:
            self._said_after_end = True
        self._pieces.append(piece)
        self._refusal += text(said.get("refusal"))
        self._reasoning.extend(rows(said.get("reasoning_details")))
        self._tool_calls.add(rows(said.get("tool_calls")))
        self._finish = text(choice.get("finish_reason")) or self._finish
        return piece

    def _note_error(self, error: Json) -> None:
        if error:
            self._error = record(error) or {"message": text(error)}

    def _failure(self, *, is_complete: bool) -> ChatFailed | None:
        if self._error is not None:
            return self._refused(self._error)
        for found, code, detail in self._objections(is_complete=is_complete):
            if found:
                return self._failed(code, detail)
        return None

    def _objections(self, *, is_complete: bool) -> tuple[tuple[bool, Code, str], ...]:
        """List what can be wrong, gravest first; the first that holds is the verdict."""
        has_calls, finish = bool(self._tool_calls.all()), self._finish
        cut = not is_complete or (self._is_stream and self._choices > 0 and not finish)
        is_blank = not "".join(self._pieces).strip()
        known_end = finish == "stop" or (finish == "tool_calls" and has_calls)
        return (
            (cut, Code.TRUNCATED, "the answer broke off"),
            (self._choices == 0, Code.NO_CHOICES, "the answer holds no choice"),
            (self._choices > 1, Code.BAD_BODY, "the answer holds several choices"),
            (finish in _BAD_ENDS, _BAD_ENDS.get(finish, Code.SERVER), f"finished by {finish}"),
            (bool(self._refusal), Code.REFUSED, f"the model refuses: {self._refusal}"),
            (not finish, Code.NO_FINISH, "no finish_reason"),
            (not known_end, Code.NO_FINISH, f"finish_reason {finish!r:.40}"),
            (self._said_after_end, Code.BAD_BODY, "text after the end of the answer"),
            (is_blank and not has_calls, Code.EMPTY, "the answer is empty"),
        )

    def _refused(self, error: Mapping[str, Json]) -> ChatFailed:
        found = failure(Refusal(http_status=OK, error=error, now_ms=self._now_ms))
        return self._failed(found.code, found.detail, cause=found)

    def _failed(self, code: Code, detail: str, cause: ChatFailed | None = None) -> ChatFailed:
        may_retry = cause.may_retry if cause else code in _WORTH_ANOTHER
        return ChatFailed(
            code=code,
            detail=detail,
            may_retry=may_retry,
            retry_after_s=cause.retry_after_s if cause else None,
            is_format_fault=bool(cause and cause.is_format_fault),
            generation_id=self._names["id"],
            usage=self._usage,
        )

    def _message(self) -> Mapping[str, Json]:
        message: dict[str, Json] = {"role": "assistant", "content": "".join(self._pieces)}
        if self._reasoning:
            message["reasoning_details"] = self._reasoning
        if calls := self._tool_calls.all():
            message["tool_calls"] = [_echo(call) for call in calls]
        return message


_WORTH_ANOTHER: Final = frozenset({Code.TRUNCATED, Code.NO_CHOICES, Code.SERVER, Code.EMPTY})


def _unwrapped(document: dict[str, Json]) -> dict[str, Json]:
    """Return the completion, which some answers nest under "provider"."""
    nested = record(document.get("provider"))
    return nested if "choices" in nested and not document.get("choices") else document


def _content(content: Json) -> str:
    """Return the text of a message: a string, or parts that are joined."""
    if isinstance(content, list):
        return "".join(text(record(part).get("text")) for part in content)
    return text(content)


def _echo(call: ToolCall) -> Mapping[str, Json]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.call_id, "type": "function", "function": function}


def usage_in(counted: Mapping[str, Json]) -> Usage:
    """Return the counts of a usage object; what is missing or absurd is None."""
    prompt = record(counted.get("prompt_tokens_details"))
    completion = record(counted.get("completion_tokens_details"))
    return Usage(
        prompt_tokens=whole(counted.get("prompt_tokens")),
        completion_tokens=whole(counted.get("completion_tokens")),
        reasoning_tokens=whole(completion.get("reasoning_tokens")),
        cached_tokens=whole(prompt.get("cached_tokens")),
        cost_usd=usd(counted.get("cost")),
    )


def _merged(old: Usage, new: Usage) -> Usage:
    """Return the larger of two counts: a server that counts twice never makes it cheaper."""
    costs = [each.cost_usd for each in (old, new) if each.cost_usd is not None]
    return Usage(
        prompt_tokens=_larger(old.prompt_tokens, new.prompt_tokens),
        completion_tokens=_larger(old.completion_tokens, new.completion_tokens),
        reasoning_tokens=_larger(old.reasoning_tokens, new.reasoning_tokens),
        cached_tokens=_larger(old.cached_tokens, new.cached_tokens),
        cost_usd=max(costs, default=Decimal(0)) if costs else None,
    )


def _larger(old: int | None, new: int | None) -> int | None:
    counts = [count for count in (old, new) if count is not None]
    return max(counts) if counts else None
