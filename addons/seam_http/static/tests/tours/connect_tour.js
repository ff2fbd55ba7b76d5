import {registry} from "@web/core/registry";
import {patient} from "@seam/../tests/tours/patience";

const next = (content, trigger) => [
    {
        content: `Go on: ${content}`,
        trigger: ".o_form_statusbar button[name=action_next]",
        run: "click",
    },
    {content, trigger},
];

registry.category("web_tour.tours").add("seam_http_connect", {
    steps: patient([
        {
            content: "It begins with the address",
            trigger: ".o_arrow_button_current:contains('Address')",
        },
        ...next("How we log in", ".o_arrow_button_current:contains('Log in')"),
        {
            content: "Choose how",
            trigger: ".o_field_widget[name=auth] input",
            run: "click",
        },
        {
            content: "By a key in a header",
            trigger: ".o_select_menu_item:contains('API key in a header')",
            run: "click",
        },
        {
            content: "Name the header",
            trigger: ".o_field_widget[name=auth_header] input",
            run: "edit X-Api-Key",
        },
        {
            content: "Enter the key",
            trigger: ".o_field_widget[name=secret] input",
            run: "edit meadow-key",
        },
        {
            content: "Try it",
            trigger: "button[name=action_test]",
            run: "click",
        },
        {
            content: "It works",
            trigger: ".alert-success:contains('was reached')",
        },
        ...next("The description", ".o_arrow_button_current:contains('Description')"),
        ...next("What it offers", ".o_arrow_button_current:contains('Operations')"),
        {
            content: "Use the list of clients",
            trigger: ".o_data_row:contains('GET') td[name=chosen] input",
            run: "click",
        },
        ...next("Its fields", ".o_arrow_button_current:contains('Fields')"),
        {
            content: "The example of the description is there",
            trigger: ".o_seam_mapping .o_seam_sample",
        },
        {
            content: "What is it in Odoo?",
            trigger: ".o_field_widget[name=model_id] input",
            run: "edit Contact",
        },
        {
            content: "A contact",
            trigger: ".o-autocomplete--dropdown-item a:text('Contact')",
            run: "click",
        },
        {
            content: "Keep it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Once it is kept, the fields of a contact can be filled",
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible",
        },
        {
            content: "Have lines suggested",
            trigger: ".o_seam_mapping_suggest",
            run: "click",
        },
        {
            content: "What they find is shown at once",
            trigger: ".o_seam_result:contains('Ada Meadow')",
        },
        {
            content: "A mistake is told at its line",
            trigger: ".o_seam_mapping_lines tbody tr:first .o_seam_source",
            run: "edit display_nam(",
        },
        {
            content: "In a sentence",
            trigger: ".o_seam_problem:contains('ends too early')",
        },
        {
            content: "And not kept",
            trigger: ".o_seam_mapping_status:contains('Not saved')",
        },
        {
            content: "Mend it",
            trigger: ".o_seam_mapping_lines tbody tr:first .o_seam_source",
            run: "edit address.town",
        },
        {
            content: "Kept",
            trigger: ".o_seam_mapping_status:text('Saved')",
        },
        ...next("Nothing is kept yet", ".o_arrow_button_current:contains('Dry run')"),
        {
            content: "Try it on a real record",
            trigger: "button[name=action_try]",
            run: "click",
        },
        {
            content: "It fits",
            trigger: ".alert-success:contains('It was understood')",
        },
        {
            content: "The key is not shown",
            trigger: ".o_field_widget[name=try_headers]:contains('X-Api-Key: •••')",
        },
    ]),
});
