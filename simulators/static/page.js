/* What the simulators' pages share: a page says what it shows, and what its buttons ask for. */

/* Words for the chances and faults that several simulators know. */
export const WORDS = {
    latency: "slow (seconds)",
    error_500: "fails (500)",
    unavailable: "is closed (503)",
    too_many: "is busy (429)",
    reset: "hangs up",
    reset_after: "acts, hangs up",
    timeout: "acts, says nothing",
    error_after: "acts, fails (500)",
    doubled: "twice at once",
    repeated: "again, other id",
    reordered: "out of order",
    delayed: "20 seconds late",
    renamed_field: "a field renamed",
    missing_field: "a field missing",
    retyped_field: "fields of other type",
};
const GROUPS = ["chances", "faults", "event_faults"];
const EVERY_MS = 2000;

export const find = (id) => document.getElementById(id);

export function say(text) {
    find("status").textContent = text;
}

export function element(name, text, attributes = {}) {
    const made = Object.assign(document.createElement(name), attributes);
    made.textContent = text;
    return made;
}

/* A row of a table; a cell is its text, or an element made before. */
export function row(...cells) {
    const made = element("tr", "");
    made.append(...cells.map((cell) => (cell instanceof Element ? cell : element("td", cell))));
    return made;
}

/* What the simulator answers to wishes. Throws what it does not understand. */
export async function control(wishes) {
    const options = {
        method: "POST",
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify(wishes),
    };
    const answer = await (await fetch("/control", options)).json();
    if (answer.error) throw new Error(answer.error);
    return answer;
}

/* Do `work` while the button is off, and say the sentence it gives. */
export async function act(button, work) {
    button.disabled = true;
    try {
        say(await work());
    } catch (error) {
        say(error.message);
    }
    button.disabled = false;
    refresh();
}

/* Ask for `wishes`; where they are met, `done` is said. */
export function wish(button, wishes, done) {
    return act(button, async () => {
        await control(wishes);
        return done;
    });
}

/* A button in the row of `name` that asks for `wishes`. */
export function deed(label, name, wishes, done) {
    const button = element("button", label, {type: "button"});
    button.setAttribute("aria-label", `${label}: ${name}`);
    button.addEventListener("click", () => wish(button, wishes, done));
    return button;
}

/* The cell with what Odoo answered to an event: its sentence, where it says one. */
export function answered(event) {
    const fine = event.status >= 200 && event.status < 300;
    return element("td", sentence(event), {className: `answer ${fine ? "good" : "bad"}`});
}

function sentence(event) {
    if (event.error) return event.error;
    let said = event.answer;
    try {
        const content = JSON.parse(said);
        said = content.detail || (content.duplicate ? "known already" : content.state) || said;
    } catch {
        /* not JSON: shown as it is */
    }
    return `${event.status} ${said}`.slice(0, 240);
}

/* The row of an event in told.html. */
export function told(event) {
    const kind = event.kind.replaceAll("_", " ");
    return row(event.at, event.flow, event.about, kind, answered(event), `${event.ms} ms`);
}

/* Make the form #settings, which holds rules.html, work.

Its own fields are named as /control names them. `words` are those for chances and faults; `seconds` the
faults that are counted in seconds, with the most of them; `refine(wishes)` changes what is asked for.
Returns a function that fills the form from the first state it is given. */
export function settings({words = WORDS, seconds = {}, refine = (wishes) => wishes}) {
    const own = [...find("settings").querySelectorAll("input")];
    find("settings").addEventListener("submit", (event) => {
        event.preventDefault();
        const wishes = Object.fromEntries(own.map((input) => [input.id, setting(input)]));
        for (const group of GROUPS) wishes[group] = chosen(group);
        wish(event.submitter, refine(wishes), "Applied.");
    });
    find("mend").addEventListener("click", (event) =>
        wish(event.target, {mend: true}, "Sent again, in the form that was agreed.")
    );

    function choose(group, name, value) {
        const most = seconds[name] || 1;
        find(group).append(chooser(group, name, words[name] || name, value, most));
    }

    let filled = false;
    return (state) => {
        if (filled) return;
        filled = true;
        for (const input of own)
            if (input.type === "checkbox") input.checked = state[input.id];
            else input.value = state[input.id];
        for (const [name, value] of Object.entries(state.chances)) choose("chances", name, value);
        for (const group of ["faults", "event_faults"])
            for (const name of state[`all_${group}`]) {
                const fault = state[group][name] || {chance: 0, seconds: 0};
                choose(group, name, name in seconds ? fault.seconds : fault.chance);
            }
    };
}

function setting(input) {
    return input.type === "checkbox" ? input.checked : Number(input.value);
}

function chosen(group) {
    const inputs = [...find(group).querySelectorAll("input")];
    return Object.fromEntries(inputs.map((input) => [input.dataset.name, Number(input.value)]));
}

function chooser(group, name, text, value, max) {
    const input = element("input", "", {
        id: `${group}_${name}`,
        type: "number",
        min: 0,
        max,
        step: "any",
        value,
    });
    input.dataset.name = name;
    const box = element("div", "");
    box.append(element("label", text, {htmlFor: input.id}), input);
    return box;
}

const shown = {};

/* Fill a table with rows, when they are others than those that stand there. */
export function show(id, records, make) {
    const text = JSON.stringify(records);
    if (shown[id] === text) return;
    shown[id] = text;
    find(id).replaceChildren(...records.map(make));
}

/* How many events wait, above the table of told.html, and the events in it. */
export function showTold(state) {
    find("waiting").textContent =
        `${state.waiting} wait to be told; ${state.drifted} broke the contract. The latest:`;
    show("events", state.events, told);
}

let watched = null;

/* Show the state now, every few seconds, and after each act; `name` is what the simulator is called. */
export function watch(name, render) {
    watched = {name, render};
    refresh();
    setInterval(refresh, EVERY_MS);
}

async function refresh() {
    let state;
    try {
        state = await (await fetch("/control")).json();
    } catch {
        return say(`The ${watched.name} does not answer.`);
    }
    find("target").textContent = state.target;
    return watched.render(state);
}
