/**
 * Where things are in a JSON text. Reads tokens and never fails: a text that is not
 * JSON, or half edited, gives the places that can be told.
 */

const TOKEN = /"(?:[^"\\]|\\[\s\S])*"|[[\]{},:]|[^\s[\]{},:"]+|"|\n/g;

/**
 * @param {string} text
 * @returns {string} a step of an RFC 6901 pointer
 */
function escapeStep(text) {
    return text.replaceAll("~", "~0").replaceAll("/", "~1");
}

function nameOf(token) {
    try {
        return JSON.parse(token);
    } catch {
        return token;
    }
}

/**
 * Find the lines (from 0) on which the values of RFC 6901 pointers begin.
 *
 * @param {string} text
 * @param {Iterable<string>} pointers
 * @returns {Map<string, number>} without the pointers that lead nowhere
 */
export function findLines(text, pointers) {
    const wanted = new Set(pointers);
    const lines = new Map();
    const stack = [];
    let line = 0;
    let path = "";
    let expectName = false;

    const note = () => {
        if (wanted.has(path) && !lines.has(path)) {
            lines.set(path, line);
        }
    };
    const enter = (list) => {
        note();
        stack.push({list, path, index: 0});
        path = list ? `${path}/0` : path;
        expectName = !list;
    };
    const leave = () => {
        const frame = stack.pop();
        path = frame ? frame.path : "";
        expectName = false;
    };
    const next = () => {
        const frame = stack.at(-1);
        if (frame?.list) {
            frame.index += 1;
            path = `${frame.path}/${frame.index}`;
        } else if (frame) {
            path = frame.path;
            expectName = true;
        }
    };

    for (const [token] of text.matchAll(TOKEN)) {
        if (lines.size === wanted.size) {
            break;
        }
        if (token === "\n") {
            line += 1;
        } else if (token === "{" || token === "[") {
            enter(token === "[");
        } else if (token === "}" || token === "]") {
            leave();
        } else if (token === ",") {
            next();
        } else if (token === ":") {
            expectName = false;
        } else if (expectName && token[0] === '"') {
            path = `${stack.at(-1).path}/${escapeStep(nameOf(token))}`;
            note();
        } else {
            note();
        }
    }
    return lines;
}

/**
 * Place each violation at the line of its pointer, or of the nearest value around it
 * that the text has.
 *
 * @param {string} text
 * @param {{pointer: string, message: string}[]} violations
 * @returns {Object[]} the violations, each with `line` (from 0, or null) and `exact`
 */
export function placeViolations(text, violations) {
    const wanted = new Set();
    for (const {pointer} of violations) {
        for (let at = pointer || ""; at; at = at.slice(0, at.lastIndexOf("/"))) {
            wanted.add(at);
        }
    }
    const lines = findLines(text, wanted);
    return violations.map((violation) => {
        const pointer = violation.pointer || "";
        for (let at = pointer; at; at = at.slice(0, at.lastIndexOf("/"))) {
            if (lines.has(at)) {
                return {...violation, line: lines.get(at), exact: at === pointer};
            }
        }
        return {...violation, line: pointer ? null : 0, exact: !pointer};
    });
}

/**
 * A pointer as people say it: "/lines/0/sku" is "lines › 1 › sku".
 *
 * @param {string} pointer
 * @returns {string}
 */
export function readablePointer(pointer) {
    return (pointer || "")
        .split("/")
        .slice(1)
        .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
        .map((step) => (/^\d+$/.test(step) ? `${Number(step) + 1}` : step))
        .join(" › ");
}

/**
 * @param {{pointer: string, message: string}} violation
 * @returns {string} where it is, unless its sentence begins with that
 */
export function placeToShow({pointer, message}) {
    const told = message.startsWith((pointer || "").slice(1));
    return told ? "" : readablePointer(pointer);
}

const COLOURED = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;

/**
 * Cut a line of JSON into parts to colour.
 *
 * @param {string} line
 * @returns {{kind: string, text: string}[]} kind: name, text, number, word or ""
 */
export function colourLine(line) {
    const parts = [];
    let end = 0;
    for (const match of line.matchAll(COLOURED)) {
        if (match.index > end) {
            parts.push({kind: "", text: line.slice(end, match.index)});
        }
        const [all, text, colon, number] = match;
        if (text) {
            parts.push({kind: colon ? "name" : "text", text});
            if (colon) {
                parts.push({kind: "", text: colon});
            }
        } else {
            parts.push({kind: number ? "number" : "word", text: all});
        }
        end = match.index + all.length;
    }
    if (end < line.length) {
        parts.push({kind: "", text: line.slice(end)});
    }
    return parts;
}
