"""Letters of one flow in one call, where the partner takes them so."""

import logging

from .. import log
from ..engine import codec
from ..engine.exchange import interpret, refused
from ..engine.fault import Fault
from .letter import Exchange

_logger = logging.getLogger(__name__)


def exchange(connector, client, conf, claim, letters):
    """Make the call, and take its answer apart; touches no record and no cursor.

    What fails as a whole is everybody's answer. What the partner refuses as a whole may be
    the fault of one: nothing of it was done, and each is to go alone.

    :param client: SystemClient that records its calls
    :return: list of Exchange, parallel to ``letters``; empty: each is to go alone
    """
    first = letters[0]
    with log.bound(trace_id=first.trace_id, message_id=first.uuid, flow=conf.code):
        answer, responses = _talk(connector, client, conf, letters)
    if not (answer or responses):
        return []
    said = responses or [None] * len(letters)
    return [
        Exchange(
            conf,
            claim,
            letter,
            answer or (refused(_unclear(conf)) if response is None else None),
            response,
            _evidence(client.calls, letter, response, len(letters)),
            letter is first,
            _is_good(client.calls),
        )
        for letter, response in zip(letters, said, strict=True)
    ]


def _talk(connector, client, conf, letters):
    """:return: (Answer of all or None, list of a Response or None for each)"""
    parts = [(letter.sending, letter.request) for letter in letters]
    try:
        request = connector._to_batch(conf, parts)
    except Exception:  # each says alone what is wrong with it
        _logger.exception("%s messages of %s could not be put together", len(parts), conf.code)
        return None, []
    try:
        response = client.request(
            request.method,
            request.path,
            params=request.params or None,
            headers={"traceparent": parts[0][0].traceparent, **request.headers},
            json=request.json,
            data=request.data,
        )
    except Exception as error:  # whatever it was, the calls of others must be recorded
        return _failed(client, conf, error)
    fault = interpret(response, conf.host).fault
    if fault is None:
        return None, _taken_apart(connector, conf, parts, response)
    if fault.code == "transport.rejected":
        _logger.warning("%s: %s All go alone.", conf.code, fault.message)
        return None, []
    return None, [response] * len(parts)


def _failed(client, conf, error):
    """:return: as ``_talk``; what no call was made for goes alone, and so says what is wrong"""
    if isinstance(error, Fault) and error.code.partition(".")[0] in ("transport", "auth", "config"):
        return refused(error), []
    _logger.error("Messages of %s failed together", conf.code, exc_info=error)
    return (refused(_unclear(conf)), []) if client.calls else (None, [])


def _taken_apart(connector, conf, parts, response):
    try:
        responses = list(connector._from_batch(conf, parts, response))
        if len(responses) == len(parts):
            return responses
        _logger.error("%s: %s answers for %s messages", conf.code, len(responses), len(parts))
    except Exception:  # what was done is asked, message by message
        _logger.exception("An answer to %s messages of %s is not clear", len(parts), conf.code)
    return [None] * len(parts)


def _is_good(calls):
    """:return: whether the call itself went well, whatever it said of each"""
    last = calls[-1].response if calls else None
    return last is not None and 200 <= last.status < 300


def _unclear(conf):
    return Fault(
        "transport.ambiguous",
        f"{conf.host} took several messages in one call, and it is not clear what became of"
        " this one.",
        subject=conf.host,
    )


def _evidence(calls, letter, response, count):
    """:return: list of http.Call, of this letter only: who reads one message does not see
    what the others were about"""
    request = letter.request
    body = codec.dump(request.json) if request.json is not None else request.data or b""
    own = [call._replace(body=body, together=count) for call in calls]
    return [*own[:-1], own[-1]._replace(response=response)] if own else []
