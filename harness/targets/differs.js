// Fails when a result of the given report differs from the official implementation without a written reason, a note at one of its rules; or fails without being listed in the given file of
// deviations; or when an entry of that file names a scenario that has not failed.
const { readFileSync } = require("fs");
const [, , file, list] = process.argv;
const report = JSON.parse(readFileSync(file, "utf8"));
const expected = new Map(list ? JSON.parse(readFileSync(list, "utf8")).map(({ id, reason }) => [id, reason]) : []);
const failed = report.scenarios.filter((s) => s.verdict === "fail" || s.verdict === "crashed");
const without = report.scenarios.filter((s) => s.verdict === "differs" && !expected.has(s.id) && !s.rules.some((id) => report.rules[id]?.note));
const unexpected = failed.filter((s) => !expected.has(s.id));
const stale = [...expected.keys()].filter((id) => !report.scenarios.some((s) => s.id === id && s.verdict !== "pass" && s.verdict !== "unsupported"));
for (const s of without) console.error(`${s.id}[${s.axes}] differs without a written reason: ${s.reason}`);
for (const s of unexpected) console.error(`${s.id}[${s.axes}] is no deviation that is known: ${s.reason}`);
for (const id of stale) console.error(`${id} is listed as a deviation, and has not failed`);
console.log(Object.entries(report.summary).map(([verdict, n]) => `${n} ${verdict}`).join(", "));
process.exit(without.length + unexpected.length + stale.length ? 1 : 0);
