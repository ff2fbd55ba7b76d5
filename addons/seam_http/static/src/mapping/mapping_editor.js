import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useBus, useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";

/** Milliseconds after the last key until the result is asked for. */
const PATIENCE = 400;
const REFERRING = ["many2one", "many2many"];

let instances = 0;

/**
 * Lines of a mapping above a sample and what becomes of it. Everything is tried on the
 * server while one types, and kept as soon as all lines can be used.
 */
export class MappingEditor extends Component {
    static template = "seam_http.MappingEditor";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.uid = `o_seam_mapping_${instances++}`;
        this.nextId = -1;
        this.state = useState({
            loaded: false,
            lines: [],
            sample: "",
            targets: [],
            targetsAreFields: false,
            choices: {kind: [], missing: [], reference: []},
            result: "",
            problems: [],
            values: {},
            sources: [],
            status: "",
            focus: null,
        });
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({detail}) =>
            detail.proms.push(this.flush())
        );
        onWillStart(() => this.load(this.props));
        useRecordObserver((record, props) => this.onRecord({...props, record}));
        onWillUnmount(() => this.flush());
    }

    // -- loading -----------------------------------------------------------------------

    idOf(props) {
        const value = props.record.data[props.name];
        return typeof value === "object" && value ? value.id : value || props.record.resId;
    }

    keyOf(props) {
        const {model_id: model, handler} = props.record.data;
        return [this.idOf(props), model?.id || "", handler || ""].join("|");
    }

    /** What can be filled depends on the record type: look again once that is saved. */
    async onRecord(props) {
        const key = this.keyOf(props);
        const {dirty} = props.record;
        if (!this.key || key === this.key || dirty) {
            return;
        }
        this.key = key;
        await this.flush();
        await this.load(props);
    }

    async load(props) {
        this.key = this.keyOf(props);
        this.endpointId = this.idOf(props);
        if (!this.endpointId) {
            this.state.loaded = false;
            return;
        }
        const given = await this.orm.call("seam.endpoint", "mapping_state", [this.endpointId]);
        Object.assign(this.state, {
            loaded: true,
            lines: given.lines,
            sample: given.sample,
            targets: given.targets,
            targetsAreFields: given.targets_are_fields,
            choices: given.choices,
            status: "",
        });
        await this.preview(false);
    }

    // -- preview and saving ------------------------------------------------------------

    get ready() {
        return this.state.lines.filter((line) => line.target && line.source);
    }

    changed() {
        this.state.status = _t("…");
        browser.clearTimeout(this.timer);
        this.pending = true;
        this.timer = browser.setTimeout(() => this.flush(), PATIENCE);
    }

    async flush() {
        browser.clearTimeout(this.timer);
        if (this.pending) {
            this.pending = false;
            await this.preview(true);
        }
    }

    async preview(save) {
        const turn = (this.turn = (this.turn || 0) + 1);
        const lines = this.ready.map((line) => ({...line}));
        const found = await this.orm.call("seam.endpoint", "mapping_preview", [
            this.endpointId,
            lines,
            this.state.sample,
            save,
        ]);
        if (turn !== this.turn) {
            return;
        }
        const {result, problems, values, sources} = found;
        Object.assign(this.state, {result, problems, values, sources});
        if (save) {
            this.state.status = found.saved ? _t("Saved") : _t("Not saved: mend the lines in red");
        }
    }

    problemsOf(id) {
        return this.state.problems.filter(([line]) => line === id).map(([, message]) => message);
    }

    get otherProblems() {
        return this.problemsOf(0);
    }

    // -- lines -------------------------------------------------------------------------

    targetOf(line) {
        return this.state.targets.find((target) => target.path === line.target);
    }

    isReference(line) {
        return this.state.targetsAreFields && REFERRING.includes(this.targetOf(line)?.type);
    }

    needsParameter(line) {
        return !["as_is", "text", "upper", "lower", "trim"].includes(line.kind);
    }

    set(line, name, value) {
        line[name] = value;
        if (name === "target" && this.isReference(line) && !line.reference) {
            line.reference = "value_map";
        }
        this.changed();
    }

    add(values = {}) {
        const line = {
            id: this.nextId--,
            target: "",
            source: "",
            kind: "as_is",
            parameter: "",
            missing: "omit",
            default: "",
            reference: "",
            reference_field: "",
            ...values,
        };
        this.state.lines.push(line);
        this.state.focus = line.id;
        if (line.target && line.source) {
            this.changed();
        }
    }

    remove(line) {
        this.state.lines = this.state.lines.filter((each) => each.id !== line.id);
        this.changed();
    }

    move(line, by) {
        const {lines} = this.state;
        const from = lines.findIndex((each) => each.id === line.id);
        const [taken] = lines.splice(from, 1);
        lines.splice(Math.max(0, from + by), 0, taken);
        this.changed();
    }

    /** Put a path of the sample into the line that is looked at, or into a new one. */
    pick(path) {
        const {lines, focus} = this.state;
        const line = lines.find((each) => each.id === focus && !each.source);
        if (line) {
            this.set(line, "source", path);
        } else {
            this.add({source: path});
        }
    }

    async suggest() {
        const found = await this.orm.call("seam.endpoint", "mapping_suggest", [
            this.endpointId,
            this.state.lines.map(({target}) => ({target})),
            this.state.sample,
        ]);
        if (!found.length) {
            this.notification.add(_t("No further names are equal on both sides."), {type: "info"});
        }
        for (const values of found) {
            this.add(values);
        }
    }

    async example() {
        await this.flush();
        this.state.sample = await this.orm.call("seam.endpoint", "mapping_example", [
            this.endpointId,
        ]);
        this.changed();
        await this.flush();
        // which fields are sent may have been proposed with it
        const {record} = this.props;
        if (!(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("fields").add("seam_mapping", {
    component: MappingEditor,
    supportedTypes: ["many2one", "integer"],
});
