{
    "name": "Seam: Exception Workplace",
    "summary": "ERP users resolve what an integration cannot: one case per cause, ranked, "
    "with an owner, a clock and a way out",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Productivity/Integrations",
    "depends": ["seam", "mail", "resource"],
    "data": [
        "security/seam_exception_security.xml",
        "security/ir.model.access.csv",
        "data/seam_exception_data.xml",
        "views/seam_exception_views.xml",
        "views/seam_exception_team_views.xml",
        "views/seam_exception_rule_views.xml",
        "views/seam_escalation_views.xml",
        "views/seam_flow_views.xml",
        "views/seam_operation_views.xml",
        "views/seam_exception_wizard_views.xml",
        "views/seam_exception_menus.xml",
    ],
    "demo": ["demo/seam_exception_demo.xml"],
}
