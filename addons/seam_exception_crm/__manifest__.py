{
    "name": "Seam: Conflicts with a CRM",
    "summary": "Decide which side counts when Odoo and a CRM both changed a record",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Productivity/Integrations",
    "depends": ["seam_exception", "seam_crm"],
    "auto_install": True,
}
