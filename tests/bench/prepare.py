"""What runs inside Odoo to set the benchmark up: called through `shell.Shell`."""


def system(env, code, connector="api", groups=()):
    """An active system without a rate limit; returns a bearer key."""
    user = env["res.users"].create(
        {
            "name": f"Service {code}",
            "login": f"service-{code}",
            "group_ids": [(4, env.ref(group).id) for group in ("base.group_user", *groups)],
        }
    )
    record = env["seam.system"].create(
        {
            "name": code,
            "code": code,
            "connector": connector,
            "user_id": user.id,
            "rate_limit": 0,
        }
    )
    record.action_activate()
    return record._new_api_key()


def webhook_secret(env, code, text):
    env["seam.credential"].create(
        {
            "name": "Webhook",
            "system_id": _system(env, code).id,
            "purpose": "webhook",
            "secret_input": text,
        }
    )


def flow(env, system_code, code, contract=None, state="active", **values):
    """An active flow; returns its id. `contract`: (name, version) of what comes in."""
    record = env["seam.flow"].create(
        {
            "name": code,
            "code": code,
            "system_id": _system(env, system_code).id,
            "contract_version_id": contract and _version(env, *contract).id,
            **values,
        }
    )
    if state == "active":
        record.action_activate()
    else:
        record.state = state
    return record.id


def set_flow(env, flow_id, **values):
    env["seam.flow"].browse(flow_id).write(values)


def activate(env, flow_id):
    env["seam.flow"].browse(flow_id).action_activate()


def pause(env, flow_id):
    env["seam.flow"].browse(flow_id).action_pause()


def enqueue_nothing(env, count):
    """`count` jobs that do nothing, enqueued in one transaction."""
    for _ in range(count):
        env["seam.bench"].with_delay(channel="root.bench").nothing()


def _system(env, code):
    return env["seam.system"].search([("code", "=", code)])


def _version(env, name, version):
    return env["seam.contract.version"].search(
        [("contract_id.name", "=", name), ("version", "=", version)]
    )


def partner(env, code, url, **values):
    _system(env, code).write({"base_url": url, "allowed_hosts": "127.0.0.1", **values})


def emit(env, flow_id, count):
    """`count` documents of 600 bytes into the outbox of one flow."""
    rows = env["seam.bench"].create([{"body": b"eA=="} for _ in range(count)])
    env["seam.message"]._write_batch(flow_id, rows._name, "", dict.fromkeys(rows.ids))


def discard_all(env, flow_id):
    env["seam.message"].search(
        [("flow_id", "=", flow_id), ("state", "in", ["pending", "waiting", "failed"])]
    )._discard("The benchmark is over.")


def enqueue_sending(env, url, count, each):
    """Jobs that send rows by `requests`, `each` at a time, and mark every row as sent."""
    rows = env["seam.bench"].create([{"body": b"eA=="} for _ in range(count)])
    for start in range(0, count, each):
        env["seam.bench"].with_delay(channel="root.bench").send(url, rows.ids[start : start + each])


def workplace(env, password, systems=10, flows=3, teams=8, members=5):
    """Paused flows named volume…, and teams of clerks; the last of each team is its lead.

    Logins are volume-<team>-<member>.
    """
    env["ir.config_parameter"].set_param("auth_password_policy.minlength", "0")
    for number in range(systems):
        system(env, f"volume{number}")
        for way in range(flows):
            flow(env, f"volume{number}", f"volume{way}", state="paused")
    for number in range(teams):
        users = env["res.users"].create(
            [_clerk(env, number, member, password, members) for member in range(members)]
        )
        env["seam.exception.team"].create(
            {
                "name": f"Team {number}",
                "lead_id": users[-1].id,
                "member_ids": [(0, 0, {"user_id": user.id}) for user in users],
            }
        )


def _clerk(env, team, member, password, members):
    lead = member == members - 1
    group = "seam_exception.group_seam_lead" if lead else "seam.group_seam_operator"
    return {
        "name": f"Clerk {team}.{member}",
        "login": f"volume-{team}-{member}",
        "email": f"volume-{team}-{member}@example.com",
        "password": password,
        "group_ids": [(4, env.ref("base.group_user").id), (4, env.ref(group).id)],
    }


def rank(env):
    """As the workplace's cron does."""
    env["seam.exception"]._rank_open()


def has_method(env, model, name):
    return hasattr(type(env[model]), name)
