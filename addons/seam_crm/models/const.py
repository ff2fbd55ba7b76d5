"""What a document of a CRM is in Odoo."""

MODELS = {
    "crm-company": "res.partner",
    "crm-contact": "res.partner",
    "crm-deal": "crm.lead",
    "crm-activity": "mail.activity",
}
# Of a deal: one field in Odoo, told as ``contact`` and ``company``. The person counts.
CUSTOMER = "customer"
