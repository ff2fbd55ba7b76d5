from datetime import datetime

from odoo import models

from . import judge
from .seam_crm_consent import EMAIL, Word, naive
from .values import addresses

# of both agreements there is one for each contact, beside those of its fields
NAME = "consents"
OBJECTS = "opt_out"
# what a CRM that keeps no time of it may say anew with each state
UNDATED = ("at", "source")
# between the checksums of an address and of what was said of it
TIMED, UNTIMED = "=", ":"


class SeamHandlerCrmContact(models.AbstractModel):
    """Consents that a CRM tells. They belong to an address, and go with no merge and no match."""

    _inherit = "seam.handler.crm.contact"

    def _carry_out(self, flow, plans):
        for plan in plans:
            plan.extra[NAME] = plan.letter.document.get(NAME) or []
        super()._carry_out(flow, plans)

    def _finish(self, flow, plans):
        back = self.env["res.partner"]
        for plan in plans:
            if self._take_consents(flow, plan):
                back |= plan.record
        back |= self._weigh_silence(flow, plans)
        back |= self._objectors(plans)
        super()._finish(flow, plans)
        if back:
            self._tell(back, answer=True)

    def _take_consents(self, flow, plan):
        """:return: whether the CRM is to be told what counts"""
        consents, stale = self.env["seam.crm.consent"], False
        told = [pair for pair in self._about_mail(plan) if not _is_silence(pair[1])]
        for address, each in told:
            if not address:
                plan.notes.append(self.env._("A consent without an e-mail address is not taken."))
            elif self._is_echo(plan, each, address) or self._is_known(plan, each, address):
                continue
            elif consents._hear(address, _word(each), flow.system_id):
                continue
            elif not _was_said(plan, each, address):
                stale = True
                plan.notes.append(
                    self.env._("What it says of mail to %s is older than what counts.", address)
                )
        return self._agree_consents(flow, plan, told, stale)

    def _about_mail(self, plan):
        """:return: list of (address or False, what the document says of mail to it)"""
        return [
            (self._consent_address(plan, each), each)
            for each in plan.extra[NAME]
            if each["purpose"] == EMAIL
        ]

    def _is_echo(self, plan, each, address):
        """A CRM that was told what a person said tells it again, as said at the moment when it
        was told. That is no new word: who said it first stays, and a consent of between counts.
        """
        entry = plan.entries.get(NAME)
        if not (entry and entry.sent):
            return False
        mine = self.env["seam.handler.crm.contact.out"]._consents(plan.record)
        said = {(word["address"], word["status"]) for word in mine}
        return (address, each["status"]) in said and entry.ours == judge.checksum(mine)

    def _is_known(self, plan, each, address):
        """An objection of which a CRM keeps no time is news once: each change of the record
        tells it anew, with a later moment.
        """
        if not each.get("at_latest"):
            return False
        if _was_said(plan, each, address):
            return True
        word = self.env["seam.crm.consent"]._words([address]).get(address)
        return bool(word) and word.status == OBJECTS

    def _weigh_silence(self, flow, plans):
        """That nobody objects, since nobody knows when, ends no objection, and is no consent.

        :return: the contacts of which the CRM is to be told what counts
        """
        silent = {}
        for plan in plans:
            for address, each in self._about_mail(plan):
                if address and _is_silence(each):
                    silent.setdefault(plan, []).append((address, each))
        objects = self.env["res.partner"]
        addresses_told = {address for told in silent.values() for address, _each in told}
        words = self.env["seam.crm.consent"]._words(addresses_told) if silent else {}
        objected = {address for address, word in words.items() if word.status == OBJECTS}
        for plan, told in silent.items():
            stays = [address for address, _each in told if address in objected]
            plan.notes += [
                self.env._("It does not say when the objection to mail to %s ended.", address)
                for address in stays
            ]
            if stays or NAME in plan.entries:
                if self._agree_consents(flow, plan, told, bool(stays)):
                    objects |= plan.record
        return objects

    def _consent_address(self, plan, each):
        told = (plan.letter.document.get("fields") or {}).get("email")
        found = addresses(each.get("address")) or addresses(told)
        return found[0] if found else plan.record.email_normalized

    def _agree_consents(self, flow, plan, told, stale):
        """Keep what the CRM said last, and what of Odoo's it thereby knows.

        :param told: list of (address, what is said of it)
        :return: whether the CRM is to be told what counts
        """
        if not told:
            return False
        theirs, version = _marks(self._about_mail(plan)), plan.letter.identity.version
        agreements = self.env["seam.crm.agreement"].sudo()
        known = agreements._of(flow.system_id.id, "res.partner", plan.record.ids)
        entry = known.get(plan.record.id, ({}, {}))[0].get(NAME)
        if stale:
            new = judge.Entry("", theirs, version)
        else:
            ours, stale = self._known_there(plan, told, entry)
            new = judge.agree(entry, ours, theirs, version)
        agreements._keep(flow.system_id.id, "res.partner", {plan.record.id: {NAME: new}})
        return stale

    def _known_there(self, plan, told, entry):
        """A CRM that says what it said before, or nothing, or speaks of another address, does
        not know what was said here since.

        :return: (checksum of what of Odoo's it knows, whether it is to be told more)
        """
        mine = self.env["seam.handler.crm.contact.out"]._consents(plan.record)
        mark = judge.checksum(mine)
        said = {(address, each["status"]) for address, each in told}
        if all((word["address"], word["status"]) in said for word in mine):
            return mark, False
        if entry:
            return entry.ours, entry.ours != mark
        # to have met is no reason to tell of a consent
        objects = any(word["status"] == OBJECTS for word in mine)
        return ("", True) if objects else (mark, False)

    def _objectors(self, plans):
        """An objection known here is told to a CRM that meets the contact; a consent is not.

        :return: the contacts that have objected
        """
        met = [
            plan.record
            for plan in plans
            if NAME not in plan.entries
            and plan.record.email_normalized
            and all(each["purpose"] != EMAIL for each in plan.extra[NAME])
        ]
        addresses_met = list({partner.email_normalized for partner in met})
        words = self.env["seam.crm.consent"]._words(addresses_met) if met else {}
        objected = {address for address, word in words.items() if word.status == "opt_out"}
        return self.env["res.partner"].union(
            *(partner for partner in met if partner.email_normalized in objected)
        )


class SeamHandlerCrmContactOut(models.AbstractModel):
    _inherit = "seam.handler.crm.contact.out"

    def _consents(self, partner):
        """:return: list of what is said of mail to the contact; empty: nothing"""
        address = partner.email_normalized
        word = self.env["seam.crm.consent"]._words([address]).get(address)
        if not word:
            return []
        return [
            {
                "purpose": EMAIL,
                "address": address,
                "status": word.status,
                "at": word.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                **({"source": word.source[:500]} if word.source else {}),
            }
        ]

    def _changes(self, record, lines, entries, ids):
        content = super()._changes(record, lines, entries, ids)
        mine, entry = self._consents(record), entries.get(NAME)
        if not mine or (entry and entry.ours == judge.checksum(mine)):
            return content
        # to have met is no reason to tell of a consent
        if entry or mine[0]["status"] == "opt_out":
            content[NAME] = mine
        return content

    def _sent(self, lookup, record, document):
        told = super()._sent(lookup, record, document)
        if NAME in document:
            told[NAME] = judge.checksum(document[NAME])
        return told

    def _agreed(self, name, entry, mark, document, sent):
        """What the CRM said at no known time of an address of which it was told is over: said
        again it is news. Of other addresses it stays; and what has a time is the same word for ever.
        """
        agreed = super()._agreed(name, entry, mark, document, sent)
        if name != NAME:
            return agreed
        over = tuple(judge.checksum(each["address"]) + UNTIMED for each in document[NAME])
        said = entry.theirs.split() if entry else ()
        stays = [one for one in said if not one.startswith(over)]
        return agreed._replace(theirs=" ".join(stays))


def _is_silence(each):
    return bool(each.get("at_latest")) and each["status"] != OBJECTS


def _was_said(plan, each, address):
    """:return: whether the CRM said the same of an address the last time"""
    entry = plan.entries.get(NAME)
    return bool(entry) and _mark(address, each) in entry.theirs.split()


def _marks(told):
    """What a CRM said last, of each address for itself: one may change, and the others not.

    :param told: list of (address, what is said of it)
    """
    return " ".join(sorted({_mark(address, each) for address, each in told}))


def _mark(address, each):
    """:return: checksums of an address and of what was said of it; where no time of it is known,
    without one"""
    lasting, between = each, TIMED
    if each.get("at_latest"):
        lasting = {name: value for name, value in each.items() if name not in UNDATED}
        between = UNTIMED
    return f"{judge.checksum(address)}{between}{judge.checksum(lasting)}"


def _word(each):
    at = naive(datetime.fromisoformat(each["at"].replace("Z", "+00:00")))
    return Word(each["status"], at, (each.get("source") or "")[:500])
