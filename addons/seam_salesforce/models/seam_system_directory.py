from odoo import models

from odoo.addons.seam.engine.fault import Fault

from .. import library

USERS = (
    "SELECT Id, Email, Name FROM User "
    "WHERE IsActive = true AND UserType = 'Standard' ORDER BY Id LIMIT 2000"
)
STAGES = (
    "SELECT ApiName, MasterLabel, IsClosed, IsWon FROM OpportunityStage "
    "WHERE IsActive = true ORDER BY SortOrder"
)


class SeamSystemDirectory(models.Model):
    """Who and what is called how in Salesforce: users by e-mail address, stages by name."""

    _inherit = "seam.system"

    def action_salesforce_directory(self):
        """Button: bind users and stages that are clearly the same."""
        self.ensure_one()
        self.check_access("write")
        client = self._client()
        try:
            connection = library.connect(client)
            users = connection.query(USERS)["records"]
            stages = connection.query(STAGES)["records"]
            missing = self.env["seam.crm.field"]._look(self, client)
        except Fault as fault:
            return self._notice(f"{fault.message} {fault.fix}".strip(), "danger")
        finally:
            client.close()
        bound, unknown = self._bind_users(users)
        learnt, open_stages = self._learn_stages(stages)
        said = [
            self.env._(
                "Known by now: users %(users)s of %(people)s, stages %(stages)s of %(all)s.",
                users=bound,
                people=len(users),
                stages=learnt,
                all=learnt + len(open_stages),
            )
        ]
        if unknown:
            said.append(
                self.env._(
                    "No user of Odoo has the e-mail address of: %s.", ", ".join(unknown[:20])
                )
            )
        if open_stages:
            said.append(
                self.env._("These stages mean nothing in Odoo yet: %s.", ", ".join(open_stages))
            )
        if missing:
            said.append(self.env._("Salesforce lacks what is mapped: %s.", missing._missing_text()))
        is_whole = not (unknown or open_stages or missing)
        notice = self._notice(" ".join(said), "success" if is_whole else "warning")
        notice["params"]["next"] = self._directory(users, stages)
        return notice

    def _directory(self, users, stages):
        """:return: action: where it is chosen who and what all of them are in Odoo"""
        return self.env["seam.crm.directory"]._open(
            self,
            [
                (stage["ApiName"], stage.get("MasterLabel"), self._outcome(stage))
                for stage in stages
                if stage["IsWon"] or not stage["IsClosed"]
            ],
            [(user["Id"], user.get("Name"), user.get("Email")) for user in users],
        )

    def _outcome(self, stage):
        return self.env._("Won") if stage["IsWon"] else self.env._("Open")

    def _bind_users(self, users):
        """:return: (how many are bound, names of those whom nobody in Odoo is)"""
        bindings = self.env["seam.binding"].sudo()
        known = bindings._find(self.id, "res.users", [user["Id"] for user in users])
        taken = {user.id for user in known.values()}
        unknown, found = [], {}
        for user in users:
            if user["Id"] in known:
                continue
            ours = self._user_of(user.get("Email"))
            if len(ours) == 1 and ours.id not in taken:
                found[user["Id"]] = ours
                taken.add(ours.id)
            else:
                unknown.append(user.get("Name") or user["Id"])
        if found:
            bindings._bind(self.id, found)
        return len(known) + len(found), unknown

    def _user_of(self, mail):
        """Sandboxes put .invalid behind all addresses."""
        mail = (mail or "").strip().lower().removesuffix(".invalid")
        users = self.env["res.users"].sudo()
        if not mail:
            return users
        return users.search(
            [
                ("share", "=", False),
                ("company_ids", "in", self.company_id.ids),
                "|",
                ("login", "=ilike", mail),
                ("email_normalized", "=", mail),
            ]
        )

    def _learn_stages(self, stages):
        """A stage means the one of the same name, and the won one that which is won.

        :return: (how many have a meaning, names of those that have none). Lost deals stay in
            their stage in Odoo: theirs needs no meaning.
        """
        meanings = self.env["seam.value.map"]
        wanted = [stage for stage in stages if stage["IsWon"] or not stage["IsClosed"]]
        known = meanings._translate(self.id, "crm.stage", [s["ApiName"] for s in wanted])
        all_stages = self.env["crm.stage"].search([("team_ids", "=", False)])
        count, unknown = len(known), []
        for stage in wanted:
            if stage["ApiName"] in known:
                continue
            ours = self._stage_of(stage, all_stages)
            if ours:
                meanings._learn(self.id, "crm.stage", stage["ApiName"], ours)
                count += 1
            else:
                unknown.append(stage.get("MasterLabel") or stage["ApiName"])
        return count, unknown

    def _stage_of(self, stage, ours):
        names = {(stage.get("MasterLabel") or "").lower(), stage["ApiName"].lower()}
        same = ours.filtered(lambda one: one.with_context(lang="en_US").name.lower() in names)
        if stage["IsWon"]:
            same = same or ours.filtered("is_won")
        return same if len(same) == 1 else ours.browse()
