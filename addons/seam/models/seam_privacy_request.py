from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError

from ..const import TERMINAL
from ..engine import person

try:
    import phonenumbers
except ImportError:
    phonenumbers = None

OFFICER = "seam.group_seam_privacy"
# What a request knows of the person; it goes when the person is erased.
VALUES = ("partner_ids", "email", "phone", "words")
# A request that nobody goes on with forgets whom it was about.
FORGET_DAYS = 30
FILE_DAYS = 7
FEW = 10_000


class SeamPrivacyRequest(models.Model):
    """A person asks what Seam has of him, or that it be erased.

    Search, look, hand out, erase: ``seam_privacy_search.py``, ``seam_privacy_export.py``,
    ``seam_privacy_erase.py``. What stays is who did what, when and why, without the person.
    """

    _name = "seam.privacy.request"
    _description = "Privacy request"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="Each company answers for its own messages: make a request for each.",
    )
    user_id = fields.Many2one(
        "res.users", "Who", required=True, readonly=True, default=lambda self: self.env.user
    )
    reason = fields.Char("Why", help="E.g. the date of the person's letter. It is kept.")
    # who was archived is a person all the same
    partner_ids = fields.Many2many("res.partner", string="Contacts", context={"active_test": False})
    email = fields.Char("E-mail", help="One address, or several divided by commas.")
    phone = fields.Char(help="One number in any shape, or several divided by commas.")
    words = fields.Text(
        "Names and streets",
        help="A line each. Nobody is searched for by these, because others have them too; but "
        "where something of the person is found, they are taken out as well.",
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("searching", "Searching"),
            ("found", "Searched"),
            ("erasing", "Erasing"),
            ("done", "Erased"),
            ("cancelled", "Put away"),
        ],
        required=True,
        default="draft",
        readonly=True,
    )
    drop_bindings = fields.Boolean(
        "Forget the links",
        help="Which id of which system is which contact. Without them a system that tells of "
        "the person again makes a new contact.",
    )
    shown_as = fields.Char("Person", readonly=True, help="Kept: only the first letters.")
    searched_at = fields.Datetime("Searched on", readonly=True)
    erased_at = fields.Datetime("Erased on", readonly=True)
    erased_by_id = fields.Many2one("res.users", "Erased by", readonly=True)
    note = fields.Char(readonly=True)
    log_id = fields.Many2one("privacy.log", "In Odoo's privacy log", readonly=True)
    finding_ids = fields.One2many("seam.privacy.finding", "request_id", readonly=True)

    # the work: where it has come to
    positions = fields.Json(readonly=True)
    looked = fields.Integer(readonly=True)
    to_look = fields.Integer(readonly=True)
    closing = fields.Boolean(readonly=True)
    exporting = fields.Boolean(readonly=True)
    exported_to = fields.Integer(readonly=True)
    progress = fields.Integer(compute="_compute_progress")

    size_text = fields.Char("What a search looks at", compute="_compute_size_text")
    message_count = fields.Integer("Messages", compute="_compute_found")
    open_count = fields.Integer("Not finished", compute="_compute_found")
    open_text = fields.Text("Not finished yet", compute="_compute_found")
    summary = fields.Html("Found", compute="_compute_found", sanitize=False)
    export_ids = fields.Many2many("ir.attachment", "Files", compute="_compute_export_ids")

    def _compute_name(self):
        for request in self:
            request.name = self.env._("Request %s", request.id or "")

    @api.depends("looked", "to_look", "state")
    def _compute_progress(self):
        for request in self:
            share = request.looked / request.to_look if request.to_look else 0
            request.progress = min(99, round(100 * share)) if request.state != "done" else 100

    @api.depends("state", "company_id")
    def _compute_size_text(self):
        """An estimate by the planner's numbers: no large table is counted for it."""
        self.env.cr.execute(
            """
            SELECT reltuples::bigint, pg_total_relation_size(oid) FROM pg_class
             WHERE oid = 'seam_message'::regclass
            """
        )
        rows, size = self.env.cr.fetchone()
        if rows < FEW:
            # the planner may not know yet, and so few are counted at once
            self.env.cr.execute(
                "SELECT count(*) FROM (SELECT 1 FROM seam_message LIMIT %s) few", [FEW]
            )
            rows = max(rows, self.env.cr.fetchone()[0])
        for request in self:
            request.size_text = self.env._(
                "About %(number)s messages (%(size)s), and what was written about them.",
                number=f"{rows:,}",
                size=tools.human_size(size),
            )

    def _compute_found(self):
        for request in self:
            request.summary = request._summary()
            messages = request.sudo()._open_messages()
            request.open_count = len(messages)
            request.message_count = self.env["seam.privacy.finding"].search_count(
                [("request_id", "=", request.id), ("res_model", "=", "seam.message")]
            )
            states = dict(messages._fields["state"]._description_selection(self.env))
            lines = [
                f"{message.flow_id.display_name} · {message.uuid[:8]} · {states[message.state]}"
                for message in messages[:20]
            ]
            request.open_text = "\n".join(lines) or False

    def _compute_export_ids(self):
        for request in self:
            request.export_ids = request._exports()

    def _exports(self):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids)], order="id")
        )

    def _open_messages(self):
        """:return: found messages that are not finished"""
        self.env.cr.execute(
            """
            SELECT m.id FROM seam_privacy_finding f JOIN seam_message m ON m.id = f.message_id
             WHERE f.request_id = ANY(%s) AND f.state = 'found' AND NOT m.state IN %s
             ORDER BY m.id
            """,
            [self.ids, TERMINAL],
        )
        return self.env["seam.message"].browse(row[0] for row in self.env.cr.fetchall())

    def _drop_found(self):
        """Forget what was found and not erased."""
        self.env.cr.execute(
            "DELETE FROM seam_privacy_finding WHERE request_id = ANY(%s) AND state = 'found'",
            [self.ids],
        )
        self.env.invalidate_all()

    # -- whom it is about ----------------------------------------------------------------

    @api.onchange("partner_ids")
    def _onchange_partner_ids(self):
        """What Odoo knows of the contacts is looked for."""
        for partner in self.partner_ids:
            self.email = _joined(self.email, tools.email_normalize_all(partner.email or ""))
            self.phone = _joined(self.phone, [partner.phone] if partner.phone else [])
            words = _words(partner)
            lines = (self.words or "").splitlines()
            self.words = "\n".join([*lines, *(word for word in words if word not in lines)])

    def _person(self):
        """:return: person.Person
        :raise UserError: what was entered cannot be looked for
        """
        self.ensure_one()
        emails = tuple(tools.email_normalize_all((self.email or "").replace(";", ",")))
        if self.email and not emails:
            raise UserError(self.env._("“%s” is no e-mail address.", self.email))
        phones = tuple(
            self._phone_parts(text.strip())
            for text in (self.phone or "").replace(";", ",").split(",")
            if text.strip()
        )
        words = tuple(line.strip() for line in (self.words or "").splitlines() if line.strip())
        return person.Person(emails, phones, words)

    def _phone_parts(self, text):
        """:return: (country code or "", national number), digits"""
        if len(person.digits(text)) < person.MIN_DIGITS:
            raise UserError(
                self.env._("The phone number “%s” is too short: it would find others.", text)
            )
        return self._parsed(text) or ("", person.digits(text).lstrip("0"))

    def _parsed(self, text):
        """:return: as above, or None where it is no number that the library knows"""
        if not phonenumbers:
            return None
        try:
            number = phonenumbers.parse(text, self.company_id.country_id.code or None)
        except phonenumbers.NumberParseException:
            return None
        return str(number.country_code), str(number.national_number)

    def _partners(self):
        """:return: the contacts that are meant: those chosen, and those with the address"""
        emails = list(self._person().emails)
        same = self.env["res.partner"].sudo().with_context(active_test=False)
        if not emails:
            return self.partner_ids
        return self.partner_ids | same.search(
            [
                ("email_normalized", "in", emails),
                ("company_id", "in", [False, self.company_id.id]),
            ]
        )

    # -- buttons ---------------------------------------------------------------------------

    def _act(self, *states):
        """:return: this request as superuser
        :raise AccessError, UserError: the user may not, or it is not the time
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("Only a privacy officer may do this."))
        if self.state not in states:
            raise UserError(self.env._("It is not the time for this. Reload the page."))
        return self.sudo()

    def action_search(self):
        request = self._act("draft", "found")
        sought = request._person()
        if not (sought.emails or sought.phones or request.partner_ids):
            raise UserError(self.env._("Enter a contact, an e-mail address or a phone number."))
        request._drop_found()
        request._add_words()
        request.write(
            {
                "state": "searching",
                "positions": {},
                "looked": 0,
                "to_look": request._rows_to_look_at(),
                "note": False,
                "closing": False,
                "shown_as": request._shown_as(sought),
            }
        )
        request._enqueue()

    def _add_words(self):
        """Who is known by an address only has a name too, that stands in labels and notes."""
        lines = (self.words or "").splitlines()
        for partner in self._partners():
            lines += [word for word in _words(partner) if word not in lines]
        self.words = "\n".join(lines) or False

    def _shown_as(self, sought):
        names = [*sought.emails[:1], *sought.words[:1]] or self.partner_ids[:1].mapped("name")
        return ", ".join(person.shown(name) for name in names) or person.shown(self.phone)

    def action_export(self):
        request = self._act("found")
        request._exports().unlink()
        request.write({"exporting": True, "exported_to": 0})
        request._enqueue()

    def action_erase(self):
        """Begin to erase, unless something is still on its way."""
        request = self._act("found")
        if not (request.reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        if request.exporting:
            raise UserError(self.env._("The files are being made. Wait for them first."))
        if request._open_messages():
            raise UserError(
                self.env._(
                    "Messages of this person that are not finished: %s. Have them resolved or "
                    "discarded first.",
                    len(request._open_messages()),
                )
            )
        mask = request._person().everything()
        request.write(
            {
                "state": "erasing",
                "reason": person.masked(mask, request.reason),
                "erased_by_id": self.env.uid,
                "looked": 0,
                "to_look": request._left_to_erase(),
                "note": False,
            }
        )
        request._enqueue()

    def action_put_away(self):
        """Nothing is erased, and whom it was about is forgotten."""
        self._act("draft", "searching", "found")._forget("cancelled")

    def _left_to_erase(self):
        return self.env["seam.privacy.finding"].search_count(
            [("request_id", "=", self.id), ("state", "=", "found")]
        )

    def _forget(self, state):
        """The request stays, without the person."""
        self._drop_found()
        self._exports().unlink()
        self.write(
            {
                "state": state,
                "partner_ids": [(5,)],
                "email": False,
                "phone": False,
                "words": False,
                "positions": False,
                "exporting": False,
            }
        )

    def action_open_messages(self):
        """For those who may see messages: what must be finished first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        action["domain"] = [("id", "in", self._act(*self._states()).sudo()._open_messages().ids)]
        action["context"] = {}
        return action

    def _states(self):
        return [code for code, _name in self._fields["state"].selection]

    @api.autovacuum
    def _gc_forgotten(self):
        """Files go after a week, requests that nobody goes on with forget the person."""
        week = fields.Datetime.subtract(fields.Datetime.now(), days=FILE_DAYS)
        self.env["ir.attachment"].sudo().search(
            [("res_model", "=", self._name), ("create_date", "<", week)]
        ).unlink()
        before = fields.Datetime.subtract(fields.Datetime.now(), days=FORGET_DAYS)
        self.search(
            [("state", "in", ("draft", "searching", "found")), ("write_date", "<", before)],
            limit=100,
        )._forget_each()

    def _forget_each(self):
        for request in self:
            request._forget("cancelled")

    # -- guards ----------------------------------------------------------------------------

    def write(self, vals):
        """:raise AccessError: a user rewrites what happened, or whom it was about"""
        if not self.env.su:
            locked = [name for name in vals if self._fields[name].readonly]
            after = set(self.mapped("state")) - {"draft", "found"}
            if locked or after:
                raise AccessError(self.env._("A privacy request is not changed by hand."))
            if {*VALUES, "company_id"} & set(vals) and set(self.mapped("state")) != {"draft"}:
                raise UserError(
                    self.env._("It was searched already. Make a new request for other values.")
                )
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        given = {name for vals in vals_list for name in vals}
        if not self.env.su and any(self._fields[name].readonly for name in given):
            raise AccessError(self.env._("A privacy request is not changed by hand."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if self.filtered(lambda request: request.state != "draft"):
            raise AccessError(self.env._("What was done with a person's data stays on record."))


class SeamPrivacyFinding(models.Model):
    """A row in which a person was found. That of an erased message is its tombstone."""

    _name = "seam.privacy.finding"
    _description = "Found of a person"
    _log_access = False
    _order = "id"

    request_id = fields.Many2one(
        "seam.privacy.request", required=True, readonly=True, ondelete="cascade"
    )
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    message_id = fields.Many2one("seam.message", readonly=True, ondelete="cascade")
    how = fields.Selection(
        [
            ("link", "It is about a contact or a document of the person"),
            ("payload", "The person is named in what came or was sent"),
            ("text", "The person is named in what was written about it"),
            ("part", "What is the person's came out of it, or took its place"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("found", "Found"), ("erased", "Erased"), ("kept", "Kept: an id, no person")],
        required=True,
        readonly=True,
    )
    rekeyed = fields.Boolean(readonly=True)

    _once_uniq = models.UniqueIndex("(request_id, res_model, res_id)")
    _message_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")
    _todo_idx = models.Index("(request_id, id) WHERE state = 'found'")
    _rekeyed_idx = models.Index("(message_id) WHERE rekeyed")

    @api.model
    def _note(self, request, model, ids, how):
        """Write down what was found, once.

        :param ids: of the model's rows; of messages that were erased before, none is noted
        """
        if not ids:
            return
        self.env.cr.execute(
            """
            INSERT INTO seam_privacy_finding (request_id, res_model, res_id, message_id, how, state)
            SELECT %(request)s, %(model)s, id, CASE WHEN %(message)s THEN id END, %(how)s, 'found'
              FROM unnest(%(ids)s) AS id
             WHERE NOT %(message)s OR %(how)s = 'text' OR NOT EXISTS (
                   SELECT 1 FROM seam_privacy_finding f
                    WHERE f.message_id = id AND f.state = 'erased')
                ON CONFLICT (request_id, res_model, res_id)
                DO UPDATE SET state = 'found' WHERE %(how)s = 'text'
            """,
            {
                "request": request.id,
                "model": model,
                "message": model == "seam.message",
                "how": how,
                "ids": list(ids),
            },
        )
        self.invalidate_model(flush=False)


def _words(partner):
    """:return: list of what tells a contact from others, besides addresses and numbers"""
    return [x for x in (partner.name, partner.street, partner.street2, partner.vat) if x]


def _joined(text, more):
    known = [part.strip() for part in (text or "").split(",") if part.strip()]
    return ", ".join(dict.fromkeys([*known, *more])) or False
