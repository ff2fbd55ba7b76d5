import ipaddress

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder

from odoo import SUPERUSER_ID, http
from odoo.http import request

from .. import settings
from ..engine import secret
from ..models.seam_flow_hour import OUTCOMES
from ..models.seam_metrics import STUCK_SECONDS
from .caller import bearer_token
from .intake import OPTIONS
from .problem import answer, problem

# A lane whose oldest message waits longer is not ready; [seam] ready_minutes.
READY_MINUTES = 60
PROBE_SECONDS = 5
# Headers that a proxy adds: what comes with one only seems to come from this machine.
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")


class Metrics(http.Controller):
    """What monitoring asks: is it alive, is it ready, how much of what."""

    @http.route("/seam/health", methods=["GET"], **{**OPTIONS, "readonly": True})
    def health(self):
        return answer({"status": "pass"}, headers={"Cache-Control": "no-store"})

    @http.route("/seam/ready", methods=["GET"], **OPTIONS)
    def ready(self):
        checks = readiness(self._numbers())
        failed = [check["detail"] for check in checks.values() if check["status"] == "fail"]
        return answer(
            {"status": "fail" if failed else "pass", "failed": failed, "checks": checks},
            status=503 if failed else 200,
            headers={"Cache-Control": "no-store"},
        )

    @http.route("/seam/metrics", methods=["GET"], **{**OPTIONS, "readonly": True})
    def metrics(self):
        if not self._may_scrape():
            return problem(
                401,
                "Send the metrics key of this server as “Authorization: Bearer <key>”.",
                headers={"WWW-Authenticate": 'Bearer realm="seam metrics"'},
            )
        registry = CollectorRegistry()
        registry.register(Collector(self._numbers()))
        encoder, content_type = choose_encoder(request.httprequest.headers.get("Accept", ""))
        return request.make_response(encoder(registry), headers=[("Content-Type", content_type)])

    def _numbers(self):
        numbers = request.env(user=SUPERUSER_ID)["seam.metrics"]
        numbers._limit_time(PROBE_SECONDS)
        return numbers

    def _may_scrape(self):
        """With a key of its own, or, where none is set, from this machine itself."""
        key = settings.get("metrics_key")
        if key:
            return secret.same(bearer_token(), key)
        headers, address = request.httprequest.headers, request.httprequest.remote_addr
        if any(name in headers for name in FORWARDED):
            return False
        try:
            return ipaddress.ip_address(address).is_loopback
        except ValueError:
            return False


def readiness(numbers):
    """:return: name of the check → ``{"status": "pass" | "fail", "detail", ...}``"""
    limit = float(settings.get("ready_minutes") or READY_MINUTES) * 60
    checks = {
        "database": _check(True, "The database answers."),
        "runner": _check(
            numbers._runner_alive(),
            "The runner of queue_job works.",
            "No runner of queue_job works on this database: nothing is processed.",
        ),
    }
    for lane in numbers._lanes():
        checks[f"lane:{lane['lane']}"] = _lane_check(lane, limit)
    return checks


def _lane_check(lane, limit):
    oldest, asked = lane["oldest"] or 0, lane["asked"] or 0
    name = lane["lane"]
    if asked > STUCK_SECONDS:
        check = _check(False, "", f"Lane {name} was woken {asked:.0f} s ago and nobody came.")
    else:
        check = _check(
            oldest <= limit,
            f"Lane {name} is worked off.",
            f"The oldest message of lane {name} waits for {oldest / 60:.0f} minutes.",
        )
    return {**check, "oldest_seconds": round(oldest, 1), "woken_seconds": round(asked, 1)}


def _check(passed, good, bad=""):
    return {"status": "pass" if passed else "fail", "detail": good if passed else bad}


class Collector:
    """Asks the database when it is scraped; keeps nothing in the process."""

    def __init__(self, numbers):
        self.numbers = numbers

    def collect(self):
        yield from self._flows()
        yield from self._in_flight()
        yield from self._lanes()
        yield self._exceptions()
        yield GaugeMetricFamily(
            "seam_runner_up",
            "Whether a runner of queue_job works on this database.",
            value=int(self.numbers._runner_alive()),
        )

    def _flows(self):
        names = ["system", "flow"]
        received = CounterMetricFamily("seam_messages_received", "Messages received.", labels=names)
        settled = CounterMetricFamily(
            "seam_messages_settled", "Messages by their outcome.", labels=[*names, "outcome"]
        )
        seconds = SummaryMetricFamily(
            "seam_message_seconds", "Seconds from receipt until done.", labels=names
        )
        state = GaugeMetricFamily(
            "seam_flow_state", "1 for the flow's state.", labels=[*names, "state"]
        )
        for flow in self.numbers._totals():
            labels = [flow["system"], flow["flow"]]
            received.add_metric(labels, flow["received"])
            for outcome in OUTCOMES:
                settled.add_metric([*labels, outcome], flow[outcome])
            seconds.add_metric(labels, flow["done"], flow["seconds"])
            state.add_metric([*labels, flow["state"]], 1)
        return received, settled, seconds, state

    def _in_flight(self):
        names = ["system", "flow", "lane", "state"]
        count = GaugeMetricFamily(
            "seam_messages_in_flight", "Messages without an outcome yet.", labels=names
        )
        oldest = GaugeMetricFamily(
            "seam_oldest_message_seconds", "Age of the oldest of them.", labels=["lane", "state"]
        )
        ages = {}
        for row in self.numbers._in_flight():
            count.add_metric([row[name] for name in names], row["count"])
            place = (row["lane"], row["state"])
            ages[place] = max(ages.get(place, 0), row["oldest"])
        for place, age in ages.items():
            oldest.add_metric(place, age)
        return count, oldest

    def _lanes(self):
        oldest = GaugeMetricFamily(
            "seam_lane_delay_seconds",
            "How long the oldest message that could be processed waits.",
            labels=["lane"],
        )
        woken = GaugeMetricFamily(
            "seam_lane_woken_seconds",
            "How long ago a drain was asked for that has not begun.",
            labels=["lane"],
        )
        for lane in self.numbers._lanes():
            oldest.add_metric([lane["lane"]], max(0, lane["oldest"] or 0))
            woken.add_metric([lane["lane"]], max(0, lane["asked"] or 0))
        return oldest, woken

    def _exceptions(self):
        labels = ["system", "kind", "code"]
        cases = GaugeMetricFamily("seam_exceptions_open", "Open exceptions.", labels=labels)
        for row in self.numbers._open_exceptions():
            cases.add_metric([row[name] for name in labels], row["count"])
        return cases
