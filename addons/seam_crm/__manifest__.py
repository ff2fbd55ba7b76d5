{
    "name": "Seam: CRM",
    "summary": "Companies, contacts and deals agree with those of another CRM, field by field",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["seam", "contacts", "sale_crm", "phone_validation"],
    "data": [
        "security/ir.model.access.csv",
        "security/seam_crm_security.xml",
        "data/seam_contract_data.xml",
        "views/seam_crm_consent_views.xml",
        "views/seam_crm_field_views.xml",
        "views/seam_crm_unmapped_views.xml",
        "views/seam_flow_views.xml",
        "views/seam_exception_views.xml",
    ],
}
