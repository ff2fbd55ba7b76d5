import {registry} from "@web/core/registry";
import {patient} from "@seam/../tests/tours/patience";

registry.category("web_tour.tours").add("seam_dashboard", {
    url: "/odoo/seam-dashboard",
    steps: patient([
        {
            content: "How many are open",
            trigger: "[data-tile=open] .o_seam_number:contains('3')",
        },
        {
            content: "What money is held up",
            trigger: "[data-currency=EUR]:contains('1,234 EUR')",
        },
        {
            content: "There is a chart, with its words",
            trigger: ".o_seam_chart canvas[aria-label*='4 opened, 1 resolved']",
        },
        {
            content: "Who cannot see it reads a table",
            trigger: ".o_seam_table summary",
            run: "click",
        },
        {
            content: "The table has the same figures",
            trigger: ".o_seam_table tfoot button:contains('4')",
        },
        {
            content: "Look at those past their target",
            trigger: "[data-tile=late]:contains('3')",
            run: "click",
        },
        {
            content: "It is the list of these three, under a name that says so",
            trigger:
                ".o_breadcrumb:contains('Past their target') ~ *, .o_control_panel:contains('Past their target')",
        },
        {
            content: "Three lines",
            trigger: ".o_list_view:has(.o_data_row:eq(2)):not(:has(.o_data_row:eq(3)))",
        },
        {
            content: "Back",
            trigger: ".o_back_button, .breadcrumb-item a:contains('dashboard')",
            run: "click",
        },
        {
            content: "By age: a bar opens what it counts",
            trigger: "[data-label='1 to 3 days']:contains('1')",
            run: "click",
        },
        {
            content: "One line",
            trigger: ".o_list_view .o_data_row:contains('Case of 30 hours')",
        },
        {
            content: "Back",
            trigger: ".o_back_button, .breadcrumb-item a:contains('dashboard')",
            run: "click",
        },
        {
            content: "Today",
            trigger: "[data-period=today]",
            run: "click",
        },
        {
            content: "It stays chosen",
            trigger: "[data-period=today][aria-pressed=true]",
        },
        {
            content: "Only mine",
            trigger: "[data-scope=mine]",
            run: "click",
        },
        {
            content: "I have none",
            trigger: ".o_seam_through:contains('All is through')",
        },
    ]),
});

registry.category("web_tour.tours").add("seam_dashboard_through", {
    url: "/odoo/seam-dashboard",
    steps: patient([
        {
            content: "Nothing is open; what was done is told",
            trigger: ".o_seam_through:contains('1 exceptions'):contains('1 hour')",
        },
        {
            content: "Look at what was resolved",
            trigger: ".o_seam_through button",
            run: "click",
        },
        {
            content: "It is in the list",
            trigger: ".o_list_view .o_data_row:contains('Case of 5 hours')",
        },
    ]),
});
