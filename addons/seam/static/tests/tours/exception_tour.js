import {registry} from "@web/core/registry";
import {patient} from "@seam/../tests/tours/patience";

registry.category("web_tour.tours").add("seam_exception_fix", {
    url: "/odoo/seam-exceptions",
    steps: patient([
        {
            content: "Exceptions come first; open the one about the unknown partner",
            trigger: ".o_data_row:contains('Partner X1 is unknown') [name=name]",
            run: "click",
        },
        {
            content: "It says what to do",
            trigger: ".o_form_view .alert:contains('Choose the partner that is meant')",
        },
        {
            content: "Say what the code means",
            trigger: "button[name=action_open_fix]:contains('X1')",
            run: "click",
        },
        {
            content: "The likely record is proposed with a reason",
            trigger: ".modal .o_seam_candidates button:contains('Similar name')",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: ".modal .o_seam_candidates button[aria-checked=true]",
        },
        {
            content: "Confirm",
            trigger: ".modal button[name=action_fix]",
            run: "click",
        },
        {
            content: "Its messages are released",
            trigger: ".o_notification:contains('released')",
        },
        {
            content: "They are under way again",
            trigger: ".o_form_view .alert:contains('under way again')",
        },
    ]),
});

registry.category("web_tour.tours").add("seam_exception_resolved", {
    url: "/odoo/seam-exceptions",
    steps: patient([
        {
            content: "It is not among the open ones any more",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Partner X1 is unknown')))",
        },
        {
            content: "Look at all",
            trigger: ".o_searchview_facet:contains('Open') .o_facet_remove",
            run: "click",
        },
        {
            content: "Open it",
            trigger: ".o_data_row:contains('Partner X1 is unknown') [name=name]",
            run: "click",
        },
        {
            content: "It is resolved",
            trigger: ".o_form_view .ribbon:contains('Resolved')",
        },
    ]),
});

registry.category("web_tour.tours").add("seam_message_edit", {
    url: "/odoo/seam-exceptions",
    steps: patient([
        {
            content: "Open the exception about the broken contract",
            trigger: ".o_data_row:contains('must be a whole number') [name=name]",
            run: "click",
        },
        {
            content: "Edit the one message that it holds up",
            trigger: "button[name=action_open_edit]",
            run: "click",
        },
        {
            content: "What is wrong stands beside the text",
            trigger:
                ".modal .o_seam_violation:contains('must be a whole number'):contains('line 2')",
            run: "click",
        },
        {
            content: "Correct it",
            trigger: ".modal .ace_editor",
            run() {
                window.ace.edit(this.anchor).setValue('{"quantity": 2}', -1);
            },
        },
        {
            content: "Nothing is wrong with it now",
            trigger: ".modal .alert:contains('keeps to the contract')",
        },
        {
            content: "Say why",
            trigger: ".modal div[name=reason] input",
            run: "edit They told us by phone",
        },
        {
            content: "Resubmit",
            trigger: ".modal button[name=action_resubmit]",
            run: "click",
        },
        {
            content: "The new message opens; look at its timeline",
            trigger: ".o_form_view:not(:has(.modal)) a[name=timeline]",
            run: "click",
        },
        {
            content: "It tells who did what, and why",
            trigger: ".o_seam_timeline:contains('They told us by phone') .o_seam_added",
        },
    ]),
});
