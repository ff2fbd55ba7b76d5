"""What chat rooms take as a message. Plain Python: no Odoo, no call.

The shapes are those of the vendors' pages, read when this was written:

* Slack incoming webhooks, ``{"text", "blocks"}``:
  https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
* Microsoft Teams workflows, an Adaptive Card in ``attachments``:
  https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
* Mattermost incoming webhooks, ``{"text", "attachments"}`` in Slack's older form:
  https://developers.mattermost.com/integrate/webhooks/incoming/
* Google Chat webhooks, ``{"text"}`` with its own markup:
  https://developers.google.com/workspace/chat/format-messages
"""

from typing import Any, NamedTuple

COLORS = {"0": "#6c757d", "1": "#fd7e14", "2": "#dc3545"}


class Notice(NamedTuple):
    """One alert in words.

    :ivar facts: pairs of (label, value)
    :ivar url: where the reader goes on
    :ivar severity: "0", "1" or "2"
    """

    title: str
    text: str
    facts: tuple[tuple[str, str], ...]
    url: str
    severity: str = "1"


def payload(kind: str, notice: Notice) -> dict[str, Any]:
    """The JSON document that a chat of this kind takes.

    :raise KeyError: no such kind
    """
    return {
        "slack": _slack,
        "teams": _teams,
        "mattermost": _mattermost,
        "google_chat": _google_chat,
    }[kind](notice)


def _slack(notice):
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": notice.title[:150]}},
        {"type": "section", "text": {"type": "mrkdwn", "text": _slack_text(notice.text)[:3000]}},
    ]
    if notice.facts:
        blocks.append(
            {
                "type": "section",
                "fields": [
                    {"type": "mrkdwn", "text": f"*{_slack_text(k)}*\n{_slack_text(v)}"[:2000]}
                    for k, v in notice.facts[:10]
                ],
            }
        )
    blocks.append(
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"<{_slack_text(notice.url)}|Odoo>"},
        }
    )
    return {"text": _slack_text(notice.title), "blocks": blocks}


def _slack_text(text):
    """Slack asks for these three to be escaped, so that nobody can be called by a name
    in a partner's data."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") or " "


def _teams(notice):
    body: list[dict[str, Any]] = [
        {
            "type": "TextBlock",
            "text": notice.title,
            "weight": "Bolder",
            "size": "Medium",
            "wrap": True,
            "color": {"2": "Attention", "1": "Warning"}.get(notice.severity, "Default"),
        },
        {"type": "TextBlock", "text": notice.text, "wrap": True},
    ]
    if notice.facts:
        body.append(
            {
                "type": "FactSet",
                "facts": [{"title": title, "value": value} for title, value in notice.facts],
            }
        )
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": "Odoo", "url": notice.url}],
    }
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        ],
    }


def _mattermost(notice):
    text = _no_mention(notice.text)
    return {
        "text": "",
        "attachments": [
            {
                "fallback": _no_mention(notice.title),
                "color": COLORS.get(notice.severity, COLORS["1"]),
                "title": _no_mention(notice.title),
                "title_link": notice.url,
                "text": text,
                "fields": [
                    {"short": True, "title": title, "value": _no_mention(value)}
                    for title, value in notice.facts
                ],
            }
        ],
    }


def _google_chat(notice):
    lines = [f"*{notice.title}*", notice.text]
    lines += [f"{title}: {value}" for title, value in notice.facts]
    plain = "\n".join(lines).replace("<", "‹").replace(">", "›")
    return {"text": f"{plain}\n<{notice.url}|Odoo>"[:4000]}


def _no_mention(text):
    """An @ of a partner's data calls nobody."""
    return text.replace("@", "@\u200b")
