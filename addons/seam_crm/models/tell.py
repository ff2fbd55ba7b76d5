"""What changed in a transaction is noted, and CRMs are told once, before its commit."""

MARKS = "seam.crm.tell"


def tell(records, names):
    """Have CRMs told of records of which these fields changed.

    :param names: set of Odoo's fields
    """
    env = records.env
    if not records or not env["seam.flow"]._crm_tells(records._name):
        return
    watched = env["seam.crm.field"]._watched(records._name) & names
    if not watched:
        return
    env["seam.crm.agreement"]._mark(records, watched)
    marks = env.cr.precommit.data.setdefault(MARKS, {})
    if not marks:
        env.cr.precommit.add(lambda: _tell_marked(env))
    changed = marks.setdefault((records._name, env.context.get("seam_origin")), {})
    for id_ in records.ids:
        changed.setdefault(id_, set()).update(watched)


def _tell_marked(env):
    marks = env.cr.precommit.data.pop(MARKS, {})
    for (model, origin), changed in marks.items():
        records = env(su=True)[model].with_context(active_test=False, seam_origin=origin)
        records = records.browse(sorted(changed)).exists()
        records._seam_crm_tell()
        if not origin:
            records.env["seam.binding"]._crm_set_back(records, changed)
