"""The CRM of the benchmark of first loads. Runs inside Odoo, through `shell.Shell`."""

import time

from tests.bench import prepare

GROUPS = ("base.group_partner_manager", "sales_team.group_sale_salesman_all_leads")


def set_up(env, code, url):
    """Connect the fake of Salesforce by the connector's own button; returns the flow's id."""
    env.company.country_id = env.ref("base.de")
    prepare.system(env, code, "salesforce", GROUPS)
    system = env["seam.system"].search([("code", "=", code)])
    system.write(
        {
            "base_url": url,
            "allowed_hosts": "127.0.0.1",
            "auth": "oauth2_client",
            "token_url": f"{url}/services/oauth2/token",
            "client_id": "client",
            "call_rate": 0,
        }
    )
    env["seam.credential"].create(
        {
            "name": "Salesforce",
            "system_id": system.id,
            "purpose": "client_secret",
            "secret_input": "secret",
        }
    )
    # whose the contacts are there
    env["res.users"].create({"name": "Olga", "login": "olga@fake-salesforce.example"})
    system.action_salesforce_setup()
    flows = {flow.code: flow for flow in system.flow_ids}
    (flows["contacts"] | flows["contacts-out"]).action_activate()
    return flows["contacts"].id


def pull_all(env, flow_id):
    env["seam.pull"].search([("flow_id", "=", flow_id)]).action_load_all()


def enqueue_load(env, url, token):
    """The rival's first job."""
    env["seam.bench"].with_delay(channel="root.bench").load_contacts(url, token)


def make(env, code, count, each):
    """Make contacts as the service user does; returns seconds, commits included."""
    system = env["seam.system"].search([("code", "=", code)])
    country = env.ref("base.de").id
    run = time.time_ns()
    partners = env["res.partner"].with_user(system.user_id).with_context(tracking_disable=True)
    started = time.monotonic()
    for begin in range(0, count, each):
        partners.create(
            [
                {
                    "name": f"Person Bare{number}",
                    "email": f"bare{run}-{number}@contacts.example",
                    "phone": f"+49 30 {number:08d}",
                    "function": "Clerk",
                    "street": f"Ring {number}",
                    "city": "Bonn",
                    "zip": "53111",
                    "country_id": country,
                }
                for number in range(begin, begin + each)
            ]
        )
        env.cr.commit()
    return time.monotonic() - started
