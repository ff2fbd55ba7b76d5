import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Records that may be meant, each with the reason; a click chooses one. */
export class CandidatesField extends Component {
    static template = "seam.CandidatesField";
    static props = {...standardFieldProps, target: String};

    get candidates() {
        return this.props.record.data[this.props.name] || [];
    }

    isChosen(candidate) {
        return this.props.record.data[this.props.target]?.resId === candidate.id;
    }

    choose({id, name}) {
        return this.props.record.update({
            [this.props.target]: {resId: id, displayName: name},
        });
    }
}

registry.category("fields").add("seam_candidates", {
    component: CandidatesField,
    displayName: _t("Candidates"),
    supportedTypes: ["json"],
    extractProps: ({options}) => ({target: options.target}),
});
