from odoo import fields, models
from odoo.exceptions import AccessError

# The last human act is looked for among so many of a case's newest messages.
LOOK_BACK = 200


class SeamExceptionEpisode(models.Model):
    """One time that a cause was there, from its opening to its end. Never changed."""

    _name = "seam.exception.episode"
    _description = "Earlier occurrence"
    _order = "resolved_at desc, id desc"
    _log_access = False
    _rec_name = "how"

    exception_id = fields.Many2one(
        "seam.exception", required=True, readonly=True, ondelete="cascade"
    )
    number = fields.Integer("Time", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    flow_id = fields.Many2one("seam.flow", required=True, readonly=True, ondelete="cascade")
    code = fields.Char(required=True, readonly=True)
    fault_class = fields.Char(readonly=True)
    team_id = fields.Many2one("seam.exception.team", readonly=True, ondelete="set null")
    opened_at = fields.Datetime("Opened", required=True, readonly=True)
    acknowledged_at = fields.Datetime("Acknowledged", readonly=True)
    resolved_at = fields.Datetime("Resolved", required=True, readonly=True, index=True)
    resolved_by_id = fields.Many2one("res.users", "By", readonly=True)
    how = fields.Char(readonly=True)
    documents = fields.Integer(readonly=True)
    act_event = fields.Integer(readonly=True, help="The event that tells of the act.")

    _number_uniq = models.UniqueIndex("(exception_id, number)")
    _like_idx = models.Index("(flow_id, code, resolved_at DESC) WHERE resolved_by_id IS NOT NULL")

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self.env._("What happened is never changed."))


class SeamException(models.Model):
    _inherit = "seam.exception"

    episode_ids = fields.One2many("seam.exception.episode", "exception_id", "Earlier times")
    like_episode_id = fields.Many2one(
        "seam.exception.episode", "Resolved like this", compute="_compute_like_episode"
    )
    like_hint = fields.Char("What helped", compute="_compute_like_episode")

    def _remember(self, resolution):
        """Keep how these cases were resolved: by the last act of a person, if there was one.

        Seam itself closes a case when its last message is through; what let it through
        is in the history of the messages.
        """
        if not self:
            return
        self.env.flush_all()
        by_hand = self.env.uid if self.env.context.get("seam_by_hand") else None
        self.env.cr.execute(
            """
            INSERT INTO seam_exception_episode
                   (exception_id, number, company_id, flow_id, code, fault_class, team_id,
                    opened_at, acknowledged_at, resolved_at, resolved_by_id, how, act_event, documents)
            SELECT e.id, COALESCE(e.occurrence, 1), e.company_id, e.flow_id, e.code,
                   e.fault_class, e.team_id, e.first_at, e.acknowledged_at, e.resolved_at,
                   COALESCE(%(by_hand)s, act.user_id),
                   CASE WHEN %(by_hand)s IS NULL THEN act.how ELSE %(resolution)s END,
                   act.id,
                   GREATEST(0, (SELECT count(*) FROM seam_message m WHERE m.exception_id = e.id)
                               - COALESCE(before.documents, 0))
              FROM seam_exception e
              LEFT JOIN LATERAL (
                   SELECT sum(p.documents) AS documents, max(p.act_event) AS act_event
                     FROM seam_exception_episode p WHERE p.exception_id = e.id) before ON true
              LEFT JOIN LATERAL (
                   SELECT v.id, v.user_id, v.name || COALESCE(': ' || v.reason, '') AS how
                     FROM (SELECT id FROM seam_message WHERE exception_id = e.id
                            ORDER BY id DESC LIMIT %(look_back)s) m
                     JOIN seam_message_event v ON v.message_id = m.id
                    WHERE v.user_id IS NOT NULL AND v.id > COALESCE(before.act_event, 0)
                    ORDER BY v.id DESC LIMIT 1) act ON true
             WHERE e.id = ANY(%(ids)s)
            ON CONFLICT (exception_id, number) DO NOTHING
            RETURNING exception_id, how
            """,
            {
                "by_hand": by_hand,
                "resolution": resolution,
                "ids": self.ids,
                "look_back": LOOK_BACK,
            },
        )
        done = {id_: how for id_, how in self.env.cr.fetchall()}
        self.env["seam.exception.episode"].invalidate_model(flush=False)
        for case in self:
            if done.get(case.id) and not by_hand:
                case.resolution = f"{resolution} {done[case.id]}"[:500]

    def _compute_like_episode(self):
        """The newest time that a person resolved this cause, else one like it."""
        Episode = self.env["seam.exception.episode"]
        for case in self:
            human = [("resolved_by_id", "!=", False), ("how", "!=", False)]
            like = Episode.search([("exception_id", "=", case.id), *human], limit=1)
            like = like or Episode.search(
                [
                    ("flow_id", "=", case.flow_id.id),
                    ("code", "=", case.code),
                    ("exception_id", "!=", case.id),
                    *human,
                ],
                limit=1,
            )
            case.like_episode_id = like
            case.like_hint = case._told_before(like) if like else False

    def _told_before(self, episode):
        return self.env._(
            "%(when)s: %(who)s – %(how)s",
            when=fields.Date.to_string(episode.resolved_at),
            who=episode.sudo().resolved_by_id.name,
            how=episode.how,
        )
