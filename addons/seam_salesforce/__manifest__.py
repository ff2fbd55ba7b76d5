{
    "name": "Seam: Salesforce",
    "summary": "Accounts, contacts, opportunities and activities of Salesforce agree with Odoo",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["seam_crm"],
    "external_dependencies": {"python": ["simple-salesforce"]},
    "data": [
        "security/ir.model.access.csv",
        "security/seam_salesforce_security.xml",
        "data/seam_contract_data.xml",
        "views/seam_system_views.xml",
    ],
}
