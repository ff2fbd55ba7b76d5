import dataclasses
import math

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_system_client import SystemClient

from .. import const, errors, links, mapper, pull, quota, together


class HubspotClient(SystemClient):
    """Seam's client of a system, with what HubSpot has of its own: what is left of the
    calls of a day, how long to wait after the last one, and requests of several steps.

    It holds plain values, as calls are made beside each other.

    :ivar zone: name of the time zone in which HubSpot's day ends
    :ivar told: what an answer said last of the calls of the day, quota.Left, or None
    """

    zone = told = None

    def request(self, method, path, **kwargs):
        """As ``SystemClient.request``.

        :param path: ``const.STEPS``: the requests in the document are made one after the
            other, until one is refused. Each may be repeated. The last answer is the
            answer.
        """
        if path not in (const.STEPS, const.BATCH):
            return self._noted(super().request(method, path, **kwargs))
        kwargs.pop("params", None)
        if path == const.BATCH:
            return self._batch(kwargs.pop("json"), kwargs)
        for step in kwargs.pop("json")["steps"]:
            response = self._step(step, kwargs)
            if response.status >= 300:
                break
        return response

    def _step(self, step, kwargs):
        params = dict(step["params"])
        if const.INSTEAD in params:
            return self._link_instead(step, params[const.INSTEAD], kwargs)
        seen = params.pop(const.SEEN, None)
        told = {**kwargs, "params": params or None, "json": step["json"]}
        if seen is None:
            return self.request(step["method"], step["path"], **told)
        response = self._look(step["method"], step["path"], **told)
        if response.status >= 300:
            return response
        record, wanted = errors.read(response), step["path"].rpartition("/")[2]
        # Who was merged is answered for under another number.
        if str(record.get("id")) == wanted and _last_change(record) <= seen:
            return response
        return dataclasses.replace(response, status=const.CHANGED_MEANWHILE, body=b"{}")

    def _link_instead(self, step, to, kwargs):
        """Link a record in the place of another, the new one first: it is never without."""
        path, params = step["path"], {"limit": const.LINK_PAGE}
        response = self._look("GET", path, **{**kwargs, "params": params})
        if response.status >= 300:
            return response
        linked = together.listed(errors.read(response), "results")
        found = links.replaced(linked, step["json"][0]["associationTypeId"], to)
        if found is None:
            body = codec.dump({"category": const.SEVERAL_LINKED})
            return dataclasses.replace(response, status=400, body=body)
        is_to_link, before = found
        calls = [("PUT", f"{path}/{to}", step["json"])] if is_to_link else []
        calls += [("DELETE", f"{path}/{number}", None) for number in before]
        for method, place, body in calls:
            response = self.request(method, place, **{**kwargs, "json": body})
            if response.status >= 300:
                break
        return response

    def _look(self, method, path, **kwargs):
        """A question that is not answered leaves no doubt: nothing was changed yet.

        :return: http.Response
        """
        try:
            response = self.request(method, path, **kwargs)
        except Fault as fault:
            raise errors.question(fault) from None
        if response.status < 500:
            return response
        return dataclasses.replace(response, status=const.NOT_NOW)

    def _batch(self, told, kwargs):
        """Ask of many records when they changed last, and change those that nobody did.

        :return: http.Response of the change; it names the others, too, but for those of which
            HubSpot did not answer: of them it says nothing, so that each goes alone
        """
        changed, unsaid = set(), set()
        for body in told["looks"]:
            path = f"crm/v3/objects/{told['type']}/batch/read"
            response = self._look("POST", path, json=body, **kwargs)
            if response.status >= 300:
                return response
            answer = errors.read(response)
            changed |= _changed(answer, told["seen"])
            unsaid |= _unsaid(answer, [str(each["id"]) for each in body["inputs"]])
            self._forget_answer(response)
        inputs = [each for each in told["inputs"] if each["id"] not in changed | unsaid]
        if inputs:
            response = self.request("POST", told["path"], json={"inputs": inputs}, **kwargs)
            if response.status >= 300:
                return response
        answer = errors.read(response) if inputs else {}
        body = codec.dump({**answer, const.MEANWHILE: sorted(changed)})
        return dataclasses.replace(response, body=body)

    def _forget_answer(self, response):
        """It tells of many people: whoever looks at the evidence of one of them sees one."""
        if self.calls and self.calls[-1].response is response:
            bare = dataclasses.replace(response, body=b"")
            self.calls[-1] = self.calls[-1]._replace(response=bare)

    def _noted(self, response):
        self.told = quota.read(response.headers) or self.told
        if response.status != 429:
            return response
        wait = {"retry-after": str(math.ceil(self._patience(response)))}
        patient = dataclasses.replace(response, headers={**response.headers, **wait})
        # who looks at the evidence waits as long
        if self.calls and self.calls[-1].response is response:
            self.calls[-1] = self.calls[-1]._replace(response=patient)
        return patient

    def _patience(self, response):
        """HubSpot says how long to wait for its burst limit only, and not always."""
        if errors.is_daily(errors.read(response)):
            return quota.until_midnight(self.zone)
        if response.retry_after is not None:
            return response.retry_after
        try:
            return max(1.0, int(response.headers[const.HEADER_INTERVAL]) / 1000)
        except (KeyError, ValueError):
            return const.BURST_SECONDS


def _changed(told, seen):
    """
    :param told: HubSpot's answer of many records, with the history of their properties
    :param seen: dict number → (milliseconds since 1970, names of properties)
    :return: set of numbers of those whose own properties changed later
    """
    return {
        id_
        for id_, record in ((str(each.get("id")), each) for each in told.get("results") or ())
        if id_ in seen and _last_change(record, seen[id_][1]) > seen[id_][0]
    }


def _unsaid(told, asked):
    """Who was merged is answered for under another number: a change would be another one's.

    :param told: HubSpot's answer of many records
    :return: set of the numbers asked for that it neither has nor says to be missing
    """
    said = {str(each.get("id")) for each in together.listed(told, "results")}
    for error in filter(errors.is_missing, together.listed(told, "errors")):
        said |= together.ids_in(error, ("id", "ids"))
    return set(asked) - said


def _last_change(record, names=None):
    """
    :param names: of the properties that matter; None: all that are there
    :return: milliseconds since 1970 of the last change of the properties that were asked for
        with their history; 0 where there is none
    """
    histories = record.get("propertiesWithHistory") or {}
    times = [
        each["timestamp"]
        for name, history in histories.items()
        if names is None or name in names
        for each in history
        if "timestamp" in each
    ]
    return max((pull.milliseconds(mapper.moment(time, "/timestamp")) for time in times), default=0)
