import {registry} from "@web/core/registry";
import {patient} from "@seam/../tests/tours/patience";
import {stepUtils} from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("seam_stock_compare", {
    url: "/odoo",
    steps: patient([
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: ".o_app[data-menu-xmlid='seam.menu_seam_root']",
            run: "click",
        },
        {
            content: "Stock with partners",
            trigger: "[data-menu-xmlid='seam_stock.menu_seam_stock_comparison']",
            run: "click",
        },
        {
            content: "All goods are there",
            trigger: ".o_data_row:contains('Chair')",
        },
        {
            content: "Look for differences",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Differences",
            trigger: ".o_filter_menu .o-dropdown-item:contains('Differences')",
            run: "click",
        },
        {
            content: "What agrees is gone",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Chair')))",
        },
        {
            content: "Open what differs",
            trigger: ".o_data_row:contains('Desk') [name=product_id]",
            run: "click",
        },
        {
            content: "It says by how much",
            trigger: ".o_form_view .alert-danger:contains('3.00')",
        },
        {
            content: "What did the warehouse tell?",
            trigger: "button[name=action_open_levels]",
            run: "click",
        },
        {
            content: "Its last word",
            trigger: ".o_data_row:contains('Desk') [name=quantity]:contains('9.00')",
        },
    ]),
});

registry.category("web_tour.tours").add("seam_stock_held", {
    steps: patient([
        {
            content: "The warehouse closed it with a part missing",
            trigger: ".o_form_view .alert-warning:contains('part missing')",
        },
        {
            content: "Ask again",
            trigger: "button[name=action_seam_request_again]",
            run: "click",
        },
        {
            content: "It is told again",
            trigger: ".o_form_view .alert-info:contains('going to be sent')",
        },
    ]),
});

registry.category("web_tour.tours").add("seam_stock_flow", {
    steps: patient([
        {
            content: "The rules of a warehouse",
            trigger: ".o_form_view a[name=stock]",
            run: "click",
        },
        {
            content: "What becomes of what is short",
            trigger: ".o_field_widget[name=stock_short] label:contains('have a person decide')",
        },
    ]),
});
