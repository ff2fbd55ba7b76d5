{
    "name": "Seam: HubSpot",
    "summary": "Companies, contacts, deals and activities agree with those of HubSpot",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["seam_crm"],
    "external_dependencies": {"python": ["hubspot-api-client"]},
    "data": [
        "security/ir.model.access.csv",
        "security/seam_hubspot_security.xml",
        "data/seam_contract_data.xml",
        "views/seam_flow_views.xml",
        "views/seam_system_views.xml",
    ],
}
