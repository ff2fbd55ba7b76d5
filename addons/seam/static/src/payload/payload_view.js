import {Component, onMounted, onPatched, useRef, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {CopyButton} from "@web/core/copy_button/copy_button";
import {colourLine, placeToShow, placeViolations} from "./pointer_lines";

/** Height of a line, as in payload.scss. */
const LINE = 20;
/** Up to here all lines are drawn, so that the browser's own search finds everything. */
const DRAW_ALL = 2000;
/** Lines drawn above and below what is seen of a longer text. */
const MARGIN = 60;
/** Of a longer line the rest is left out; "Copy" has all of it. */
const LONGEST = 2000;

/**
 * A payload with line numbers, the lines at fault marked and their faults beside them.
 * Only the lines in sight are drawn of a long one.
 */
export class PayloadView extends Component {
    static template = "seam.PayloadView";
    static components = {CopyButton};
    static props = {
        text: String,
        violations: {type: Array, optional: true},
        foundOnly: {type: Boolean, optional: true},
        fileName: {type: String, optional: true},
    };
    static defaultProps = {violations: [], foundOnly: false, fileName: "message.json"};

    setup() {
        this.viewport = useRef("viewport");
        this.state = useState({top: 0, height: 600, current: null});
        this.cache = {};
        onMounted(() => this.measure());
        onPatched(() => this.measure());
        this.copied = _t("Copied");
    }

    /** Lines and placed violations, worked out once for each text. */
    get content() {
        const {text, violations} = this.props;
        if (this.cache.text !== text || this.cache.violations !== violations) {
            const placed = placeViolations(text, violations);
            this.cache = {
                text,
                violations,
                lines: text.split("\n"),
                placed: this.props.foundOnly ? placed.filter((one) => one.exact) : placed,
            };
            this.cache.byLine = Map.groupBy
                ? Map.groupBy(this.cache.placed, (one) => one.line)
                : this.cache.placed.reduce(
                      (map, one) => map.set(one.line, [...(map.get(one.line) || []), one]),
                      new Map()
                  );
        }
        return this.cache;
    }

    get violations() {
        return this.content.placed.map((one) => ({...one, place: placeToShow(one)}));
    }

    get rows() {
        const {lines, byLine} = this.content;
        const [first, last] = this.range;
        return lines.slice(first, last).map((line, i) => {
            const faults = byLine.get(first + i) || [];
            return {
                number: first + i + 1,
                parts: colourLine(line.slice(0, LONGEST)),
                cut: line.length > LONGEST,
                note: faults.map((fault) => fault.message).join(" "),
                current: faults.length && this.state.current === first + i,
            };
        });
    }

    get range() {
        const count = this.content.lines.length;
        if (count <= DRAW_ALL) {
            return [0, count];
        }
        const first = Math.floor(this.state.top / LINE);
        const seen = Math.ceil(this.state.height / LINE);
        return [Math.max(0, first - MARGIN), Math.min(count, first + seen + MARGIN)];
    }

    get offset() {
        return this.range[0] * LINE;
    }

    get height() {
        return this.content.lines.length * LINE;
    }

    get gutter() {
        return `${String(this.content.lines.length).length + 1}ch`;
    }

    measure() {
        const height = this.viewport.el?.clientHeight;
        if (height && height !== this.state.height) {
            this.state.height = height;
        }
    }

    onScroll() {
        if (this.content.lines.length > DRAW_ALL) {
            this.state.top = this.viewport.el.scrollTop;
        }
    }

    jump(line) {
        const el = this.viewport.el;
        this.state.current = line;
        el.scrollTop = Math.max(0, line * LINE - el.clientHeight / 3);
        el.scrollLeft = 0;
        this.state.top = el.scrollTop;
        el.focus({preventScroll: true});
    }

    download() {
        const url = URL.createObjectURL(new Blob([this.props.text], {type: "text/plain"}));
        const link = document.createElement("a");
        link.href = url;
        link.download = this.props.fileName;
        link.click();
        URL.revokeObjectURL(url);
    }
}
