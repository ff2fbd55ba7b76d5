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
    key = records._name, env.context.get("seam_origin")
    marks.setdefault(key, set()).update(records.ids)


def _tell_marked(env):
    marks = env.cr.precommit.data.pop(MARKS, {})
    for (model, origin), ids in marks.items():
        records = env(su=True)[model].with_context(active_test=False, seam_origin=origin)
        records.browse(sorted(ids)).exists()._seam_crm_tell()
