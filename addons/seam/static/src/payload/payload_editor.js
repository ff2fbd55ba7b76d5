import {useEffect} from "@odoo/owl";

import {CodeEditor} from "@web/core/code_editor/code_editor";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useDebounced} from "@web/core/utils/timing";
import {AceField} from "@web/views/fields/ace/ace_field";
import {placeToShow, placeViolations} from "./pointer_lines";

/** How long after the last key the text is checked. */
const CHECK_AFTER = 700;

/** Odoo's code editor, with the lines at fault marked in the margin. */
export class MarkedEditor extends CodeEditor {
    static props = {
        ...CodeEditor.props,
        marks: {type: Array, optional: true},
        jumpTo: {type: Object, optional: true},
    };

    setup() {
        super.setup();
        let markers = [];
        useEffect(
            (marks) => {
                const session = this.aceEditor.getSession();
                markers.forEach((id) => session.removeMarker(id));
                const placed = (marks || []).filter((mark) => mark.line !== null);
                markers = placed.map(({line}) => {
                    const range = session.getSelection().getRange();
                    range.setStart(line, 0);
                    range.setEnd(line, 1);
                    return session.addMarker(range, "o_seam_marker", "fullLine");
                });
                session.setAnnotations(
                    placed.map(({line, message}) => ({
                        row: line,
                        column: 0,
                        text: message,
                        type: "error",
                    }))
                );
            },
            () => [this.props.marks]
        );
        useEffect(
            (jump) => {
                if (jump) {
                    this.aceEditor.gotoLine(jump.line + 1, 0, false);
                    this.aceEditor.focus();
                }
            },
            () => [this.props.jumpTo]
        );
    }
}

/** Edits a payload; the server says while one types what is still wrong. */
export class PayloadEditorField extends AceField {
    static template = "seam.PayloadEditorField";
    static components = {MarkedEditor};
    static props = {...AceField.props, violationsField: {type: String, optional: true}};

    setup() {
        super.setup();
        this.state.jumpTo = undefined;
        this.cache = {};
        this.checkSoon = useDebounced(() => this.commitChanges(), CHECK_AFTER);
    }

    handleChange(text) {
        super.handleChange(text);
        this.checkSoon();
    }

    get marks() {
        const found = this.props.record.data[this.props.violationsField];
        const text = this.props.record.data[this.props.name] || "";
        if (this.cache.found !== found || this.cache.text !== text) {
            this.cache = {found, text, marks: placeViolations(text, found || [])};
        }
        return this.cache.marks;
    }

    get violations() {
        return this.marks.map((mark) => ({...mark, place: placeToShow(mark)}));
    }

    jump(line) {
        this.state.jumpTo = {line};
    }
}

export const payloadEditorField = {
    component: PayloadEditorField,
    displayName: _t("Payload editor"),
    supportedTypes: ["text"],
    supportedOptions: [{label: _t("Field with the violations"), name: "violations", type: "field"}],
    extractProps: ({options}) => ({violationsField: options.violations}),
};

registry.category("fields").add("seam_payload_editor", payloadEditorField);
