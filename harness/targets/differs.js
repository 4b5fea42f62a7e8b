// Fails when a result of the given report differs from the official implementation without a written reason: a note at one of its rules.
const report = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
const without = report.scenarios.filter((s) => s.verdict === "differs" && !s.rules.some((id) => report.rules[id]?.note));
for (const s of without) console.error(`${s.id}[${s.axes}] differs without a written reason: ${s.reason}`);
console.log(Object.entries(report.summary).map(([verdict, n]) => `${n} ${verdict}`).join(", "));
process.exit(without.length ? 1 : 0);
